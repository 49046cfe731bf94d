// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring with a writer and several readers in threads of their own, for a
 * while.  Built as shipped code is, -O2 and no sanitizer: copies that race
 * with the writer are the point of the ring, and ThreadSanitizer, which does
 * not know fences either, would report each of them.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "test_ring.h"

#define RUN_MS		2000
#define MAX_THREADS	4

static struct np_ring ring;
static u64 words[4 * NP_RING_BLOCK / sizeof(u64)];
static bool writer_done;
static bool short_records;

/* One reader: what it read, and how. */
struct reader {
	struct np_cursor	cur;
	u64			received;
	u64			lost;
	u64			opened;
	bool			slow;
	u64			buf[NP_RING_FRAME_MAX / sizeof(u64)];
};

/* Lengths of all kinds, short ones more often. */
static u32 len_of(u64 seq)
{
	u64 hash = test_hash(seq);

	if (short_records)
		return sizeof(struct np_frame);
	return sizeof(struct np_frame) + 8 * ((hash & 0xff) % (hash & 0x700 ? 16 : 254));
}

static u64 now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

/* At full speed, with a pause now and then in which readers come to the end. */
static void *writer(void *arg)
{
	u64 until = now_ms() + *(const unsigned int *)arg;
	struct np_frame *frame;
	u64 state = 7, burst;
	u32 len;

	while (now_ms() < until) {
		for (burst = test_random(&state) % 4000; burst; burst--) {
			len = len_of(ring.seq);
			frame = np_ring_reserve(&ring, len);
			record_fill(frame, len, FILL_HASH);
			np_ring_commit(&ring);
			if (short_records)
				now_ms(); /* lets np_ring_newest() come to an end */
		}
		if (!short_records && test_random(&state) % 8 == 0)
			usleep(50);
	}
	__atomic_store_n(&writer_done, true, __ATOMIC_RELEASE);
	return NULL;
}

static bool is_done(void)
{
	return __atomic_load_n(&writer_done, __ATOMIC_ACQUIRE);
}

static u64 distance(u64 pos)
{
	/* no earlier than what was read before */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return READ_ONCE(ring.reserved) - pos;
}

/* Read once; the number is what the cursor said, plus the loss. */
static bool read_one(struct reader *r, u64 *lost)
{
	u64 seq = r->cur.seq;
	int len;

	len = np_ring_read(&ring, &r->cur, r->buf, lost);
	if (!len)
		return false;
	seq += *lost;
	EXPECT(len_of(seq), len);
	return record_is(r->buf, seq, len_of(seq), FILL_HASH);
}

static void *read_until_the_end(void *arg)
{
	struct reader *r = arg;
	bool done;
	u64 lost;

	do {
		done = is_done();
		while (r->slow && r->received % 256 == 255 && !is_done() &&
		       distance(r->cur.pos) <= ring.size)
			sched_yield();
		while (read_one(r, &lost)) {
			r->received++;
			r->lost += lost;
			if (r->slow && r->received % 256 == 255)
				break;
		}
	} while (!done || np_ring_pending(&ring, &r->cur));
	return NULL;
}

static void *open_newest_again_and_again(void *arg)
{
	struct reader *r = arg;
	u64 pos, before, lost;

	while (!is_done()) {
		before = READ_ONCE(ring.seq);
		np_ring_newest(&ring, &r->cur);
		pos = r->cur.pos;
		EXPECT_TRUE(r->cur.seq >= before && r->cur.seq <= READ_ONCE(ring.seq));
		r->opened++;
		while (!np_ring_pending(&ring, &r->cur) && !is_done())
			sched_yield();
		if (!read_one(r, &lost))
			continue;
		r->received++;
		/* only what was overwritten can be lost */
		EXPECT(lost > 0, lost && distance(pos) > ring.size);
	}
	return NULL;
}

static void *open_oldest_again_and_again(void *arg)
{
	struct reader *r = arg;
	struct np_frame *frame = (struct np_frame *)r->buf;
	u64 lost, i;

	while (!is_done()) {
		np_ring_oldest(&ring, &r->cur);
		r->opened++;
		if (!np_ring_read(&ring, &r->cur, r->buf, &lost))
			continue;
		EXPECT(0, lost);
		record_is(r->buf, frame->seq, len_of(frame->seq), FILL_HASH);
		for (i = 0; i < 3; i++)
			r->received += read_one(r, &lost);
	}
	return NULL;
}

/* A writer for some time and these readers; returns when all are through. */
static void run(struct reader *readers, unsigned int nr, void *(*read)(void *), unsigned int ms)
{
	pthread_t threads[MAX_THREADS + 1];
	unsigned int i;

	writer_done = false;
	for (i = 0; i < nr; i++)
		if (pthread_create(&threads[i], NULL, read, &readers[i]))
			abort();
	if (pthread_create(&threads[nr], NULL, writer, &ms))
		abort();
	for (i = 0; i <= nr; i++)
		pthread_join(threads[i], NULL);
}

static void received_and_lost_make_up_what_was_written(void)
{
	static struct reader readers[MAX_THREADS];
	unsigned int i;
	u64 before;

	short_records = false;
	EXPECT_TRUE(np_ring_init(&ring, words, sizeof(words)));
	for (i = 0; i < MAX_THREADS; i++) {
		readers[i].slow = i % 2;
		np_ring_newest(&ring, &readers[i].cur);
	}
	before = ring.seq;
	run(readers, MAX_THREADS, read_until_the_end, RUN_MS);
	for (i = 0; i < MAX_THREADS; i++) {
		printf("# reader %u: %llu received, %llu lost of %llu\n", i,
		       readers[i].received, readers[i].lost, ring.seq - before);
		EXPECT(ring.seq - before, readers[i].received + readers[i].lost);
		EXPECT_TRUE(readers[i].received > 0);
		EXPECT(readers[i].slow, readers[i].slow && readers[i].lost > 0);
	}
}

static void newest_beside_a_writer_counts_no_loss_that_did_not_happen(void)
{
	static struct reader reader;

	short_records = true;
	EXPECT_TRUE(np_ring_init(&ring, words, sizeof(words)));
	run(&reader, 1, open_newest_again_and_again, RUN_MS / 2);
	printf("# opened %llu times\n", reader.opened);
	EXPECT_TRUE(reader.received > 0);
}

static void oldest_beside_a_writer_gives_whole_records(void)
{
	static struct reader readers[2];

	short_records = false;
	EXPECT_TRUE(np_ring_init(&ring, words, 2 * NP_RING_BLOCK));
	run(readers, ARRAY_SIZE(readers), open_oldest_again_and_again, RUN_MS / 2);
	printf("# opened %llu times\n", readers[0].opened + readers[1].opened);
	EXPECT_TRUE(readers[0].received + readers[1].received > 0);
}

static const struct test_case cases[] = {
	{ "received_and_lost_make_up_what_was_written",
	  received_and_lost_make_up_what_was_written },
	{ "newest_beside_a_writer_counts_no_loss_that_did_not_happen",
	  newest_beside_a_writer_counts_no_loss_that_did_not_happen },
	{ "oldest_beside_a_writer_gives_whole_records",
	  oldest_beside_a_writer_gives_whole_records },
};

int main(void)
{
	return test_main(cases, ARRAY_SIZE(cases));
}
