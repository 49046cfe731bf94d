// SPDX-License-Identifier: GPL-2.0-only
/* The ring against a model, writer and readers in turn. */
#include "test_ring_model.h"

static void init_refuses_bad_sizes(void)
{
	static const u64 bad[] = { 0, 8, NP_RING_BLOCK, SMALL - 8, SMALL + 8,
				   3 * NP_RING_BLOCK, U32_MAX, (1ULL << 32) + SMALL };
	struct np_ring ring;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT(false, np_ring_init(&ring, words, bad[i]));
}

static void init_makes_an_empty_ring_of_a_power_of_two(void)
{
	struct np_ring ring;
	u64 size;

	for (size = SMALL; size <= 1ULL << 40; size *= 2) {
		memset(&ring, 0xff, sizeof(ring));
		EXPECT_TRUE(np_ring_init(&ring, words, size));
		EXPECT(size, ring.size);
		EXPECT(0, ring.head | ring.reserved | ring.seq);
	}
}

static void empty_ring_gives_nothing(void)
{
	struct reader a = { 0 }, b = { 0 };

	start(SMALL, FILL_HASH);
	np_ring_oldest(&w.ring, &a.cur);
	np_ring_newest(&w.ring, &b.cur);
	read_all(&a);
	read_all(&b);
	write_some(1);
	EXPECT_TRUE(np_ring_pending(&w.ring, &a.cur));
	EXPECT_TRUE(np_ring_pending(&w.ring, &b.cur));
	read_all(&a);
	read_all(&b);
}

static void records_come_whole_and_in_order(void)
{
	struct reader r;
	int fill;

	for (fill = 0; fill < NR_FILLS; fill++) {
		start(LARGE, fill);
		at_newest(&r);
		write_some(100);
		read_all(&r);
		EXPECT(100, r.next);
	}
}

static void frame_under_construction_is_not_shown(void)
{
	struct np_frame *frame;
	struct reader r;

	start(SMALL, FILL_HASH);
	write_some(3);
	at_newest(&r);
	frame = np_ring_reserve(&w.ring, 64);
	EXPECT(false, np_ring_pending(&w.ring, &r.cur));
	EXPECT(false, read_one(&r));
	EXPECT(64, frame->len);
	EXPECT(3, frame->seq);
	np_ring_commit(&w.ring);
	EXPECT_TRUE(np_ring_pending(&w.ring, &r.cur));
}

/* Leave some room in the block, then write a frame that fits or does not. */
static void frame_that_does_not_fit_begins_the_next_block(void)
{
	static const struct { u32 room, len; bool fits; } rows[] = {
		{ 8, 24, false }, { 16, 24, false }, { 24, 24, true }, { 24, 32, false },
		{ 2040, 2048, false }, { 2048, 2048, true }, { 2040, 24, true }, { 0, 24, true },
	};
	unsigned int i, lap;
	struct reader r;
	u64 pos;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		start(SMALL, FILL_HASH);
		at_newest(&r);
		for (lap = 1; lap < 10; lap++) {
			pos = lap * NP_RING_BLOCK - rows[i].room;
			while (w.ring.head + 2 * NP_RING_FRAME_MAX < pos)
				write_len(1024);
			write_len((pos - w.ring.head) / 16 * 8);
			write_len(pos - w.ring.head);
			write_len(rows[i].len);
			if (!rows[i].fits)
				pos = lap * NP_RING_BLOCK;
			EXPECT(pos + rows[i].len, w.ring.head);
			read_all(&r);
			EXPECT(0, r.lost);
		}
	}
}

static void ring_wraps_many_times(void)
{
	static const u64 sizes[] = { SMALL, LARGE };
	unsigned int i, written;
	struct reader r;
	u64 state = 1;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		start(sizes[i], FILL_HASH);
		at_newest(&r);
		for (written = 0; written < MAX_RECORDS - 10; ) {
			write_some(1 + test_random(&state) % 8);
			written = w.ring.seq;
			while (read_one(&r))
				EXPECT(0, r.lost);
			EXPECT(written, r.next);
		}
		EXPECT_TRUE(w.ring.head > 1000 * sizes[i]);
	}
}

static void positions_and_numbers_pass_4_gib(void)
{
	const u64 pos = (1ULL << 32) - SMALL;
	struct reader a, b;
	unsigned int i;

	start_at(SMALL, FILL_HASH, pos, U32_MAX - 10);
	at_newest(&a);
	at_newest(&b);
	for (i = 0; i < 500; i++) {
		write_some(1);
		EXPECT_TRUE(read_one(&a));
		EXPECT(0, a.lost);
	}
	read_all(&b);
	EXPECT_TRUE(w.ring.head > 1ULL << 32);
}

static void oldest_gets_every_record_of_the_whole_blocks(void)
{
	unsigned int i;
	struct reader r;

	start(SMALL, FILL_HASH);
	for (i = 0; i < 3000; i++) {
		write_some(1);
		at_oldest(&r);
		EXPECT_TRUE(read_one(&r));
		EXPECT(0, r.lost);
		if (i % 16 == 0)
			read_all(&r);
	}
}

static void newest_gets_only_what_follows(void)
{
	unsigned int i;
	struct reader r;

	start(SMALL, FILL_HASH);
	for (i = 0; i < 3000; i++) {
		at_newest(&r);
		EXPECT(false, np_ring_pending(&w.ring, &r.cur));
		EXPECT(false, read_one(&r));
		write_some(1);
		EXPECT_TRUE(np_ring_pending(&w.ring, &r.cur));
		EXPECT_TRUE(read_one(&r));
		EXPECT(0, r.lost);
	}
}

static void reader_one_ring_behind_loses_nothing(void)
{
	struct reader r;

	start(SMALL, FILL_HASH);
	at_newest(&r);
	while (w.ring.head < SMALL)
		write_len(1024);
	EXPECT_TRUE(read_one(&r));
	EXPECT(0, r.lost);
}

static void reader_one_frame_further_behind_loses_a_block(void)
{
	struct reader r;

	start(SMALL, FILL_HASH);
	at_newest(&r);
	while (w.ring.head < SMALL)
		write_len(1024);
	np_ring_reserve(&w.ring, 24); /* this alone spoils it */
	EXPECT_TRUE(read_one(&r));
	EXPECT(NP_RING_BLOCK / 1024, r.lost);
}

/* What is lost is exactly what the model says is gone. */
static void slow_reader_knows_exactly_what_it_lost(void)
{
	u64 state = 3, next, received = 0, lost = 0;
	unsigned int i, reads;
	struct reader r;

	start(SMALL, FILL_HASH);
	at_newest(&r);
	for (i = 0; i < 5000; i++) {
		write_some(1 + test_random(&state) % 60);
		for (reads = test_random(&state) % 40; reads && r.next < w.ring.seq; reads--) {
			next = holds(r.next) ? r.next : oldest();
			EXPECT_TRUE(read_one(&r));
			EXPECT(next + 1, r.next);
			received++;
			lost += r.lost;
		}
	}
	while (read_one(&r)) {
		received++;
		lost += r.lost;
	}
	EXPECT(w.ring.seq, received + lost);
	EXPECT_TRUE(lost > 10000 && received > 10000);
}

static void two_readers_do_not_disturb_each_other(void)
{
	struct reader fast, slow;
	unsigned int i;

	start(SMALL, FILL_HASH);
	at_newest(&fast);
	at_newest(&slow);
	for (i = 1; i < 20000; i++) {
		write_some(1);
		EXPECT_TRUE(read_one(&fast));
		EXPECT(0, fast.lost);
		if (i % 100 == 0)
			EXPECT_TRUE(read_one(&slow));
	}
	read_all(&slow);
	read_all(&fast);
}

/* Other memory in place of the old, which is the caller's again. */
static void replace(u64 size)
{
	static u64 other[LARGE / sizeof(u64)];
	u64 written = w.ring.head - w.ring.skipped;

	memset(other, 0, sizeof(other));
	EXPECT_TRUE(np_ring_replace(&w.ring, other, size) == words);
	memset(words, 0xff, sizeof(words));
	EXPECT(written, w.ring.head - w.ring.skipped);
}

static void replaced_memory_holds_only_what_follows(void)
{
	static const u64 sizes[] = { SMALL, LARGE };
	struct reader fast, slow, late;
	unsigned int from, to, nr;

	for (nr = 0; nr < 100; nr++) {
		for (from = 0; from < 2; from++) {
			for (to = 0; to < 2; to++) {
				start(sizes[from], FILL_HASH);
				at_newest(&fast);
				at_newest(&slow);
				write_some(nr);
				while (read_one(&fast))
					;
				replace(sizes[to]);
				EXPECT(false, read_one(&fast));
				EXPECT(false, read_one(&slow));
				EXPECT(false, np_ring_pending(&w.ring, &slow.cur));
				at_oldest(&late);
				write_some(5);
				EXPECT_TRUE(read_one(&slow));
				EXPECT(slow.next - 1, slow.lost);
				read_all(&slow);
				read_all(&fast);
				EXPECT_TRUE(read_one(&late));
				EXPECT(0, late.lost);
				read_all(&late);
				/* and it wraps as any ring does */
				write_some(1000);
				read_all(&fast);
			}
		}
	}
}

static void cleared_ring_begins_at_the_mark(void)
{
	struct reader begun, later;
	unsigned int nr;

	for (nr = 0; nr < 200; nr++) {
		start(SMALL, FILL_HASH);
		at_newest(&begun);
		write_some(nr);
		np_ring_clear(&w.ring);
		np_ring_oldest(&w.ring, &later.cur);
		EXPECT(0, np_ring_read(&w.ring, &later.cur, buf, &later.lost));
		write_some(3);
		np_ring_oldest(&w.ring, &later.cur);
		later.next = nr;
		EXPECT_TRUE(read_one(&later));
		EXPECT(0, later.lost);
		read_all(&later);
		/* who had begun to read goes on */
		read_all(&begun);
		/* the mark is of no use once it has been overwritten */
		write_some(200);
		at_oldest(&later);
		read_all(&later);
	}
}

static const struct test_case cases[] = {
	{ "init_refuses_bad_sizes", init_refuses_bad_sizes },
	{ "init_makes_an_empty_ring_of_a_power_of_two",
	  init_makes_an_empty_ring_of_a_power_of_two },
	{ "empty_ring_gives_nothing", empty_ring_gives_nothing },
	{ "records_come_whole_and_in_order", records_come_whole_and_in_order },
	{ "frame_under_construction_is_not_shown", frame_under_construction_is_not_shown },
	{ "frame_that_does_not_fit_begins_the_next_block",
	  frame_that_does_not_fit_begins_the_next_block },
	{ "ring_wraps_many_times", ring_wraps_many_times },
	{ "positions_and_numbers_pass_4_gib", positions_and_numbers_pass_4_gib },
	{ "oldest_gets_every_record_of_the_whole_blocks",
	  oldest_gets_every_record_of_the_whole_blocks },
	{ "newest_gets_only_what_follows", newest_gets_only_what_follows },
	{ "reader_one_ring_behind_loses_nothing", reader_one_ring_behind_loses_nothing },
	{ "reader_one_frame_further_behind_loses_a_block",
	  reader_one_frame_further_behind_loses_a_block },
	{ "slow_reader_knows_exactly_what_it_lost", slow_reader_knows_exactly_what_it_lost },
	{ "two_readers_do_not_disturb_each_other", two_readers_do_not_disturb_each_other },
	{ "replaced_memory_holds_only_what_follows", replaced_memory_holds_only_what_follows },
	{ "cleared_ring_begins_at_the_mark", cleared_ring_begins_at_the_mark },
};

int main(void)
{
	return test_main(cases, ARRAY_SIZE(cases));
}
