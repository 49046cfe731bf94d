// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring, written and read on several CPUs at once; selftests/host/test_ring*.c check its
 * logic step by step.
 */
#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/kthread.h>
#include <linux/vmalloc.h>

#include "np_ring.h"
#include "suites.h"

#define RING_BYTES	(2 * NP_RING_BLOCK)
#define MANY		20000

static struct np_ring ring;
static void *memory;
static u8 copy[NP_RING_FRAME_MAX] __aligned(8);

/* A frame whose words all say which record it is */
static void write_one(unsigned int words)
{
	unsigned int len = sizeof(struct np_frame) + 8 * words, i;
	struct np_frame *frame;
	unsigned long flags;
	u64 *word;

	local_irq_save(flags);
	frame = np_ring_reserve(&ring, len);
	frame->time = ring.seq;
	word = (u64 *)(frame + 1);
	for (i = 0; i < words; i++)
		word[i] = ring.seq;
	np_ring_commit(&ring);
	local_irq_restore(flags);
}

static bool whole(const void *buf, unsigned int len)
{
	const struct np_frame *frame = buf;
	const u64 *word = (const u64 *)(frame + 1);
	unsigned int i;

	if (frame->len != len || frame->time != frame->seq)
		return false;
	for (i = 0; i < (len - sizeof(*frame)) / 8; i++) {
		if (word[i] != frame->seq)
			return false;
	}
	return true;
}

static void records_come_whole_and_in_order(struct kunit *test)
{
	struct np_frame *frame = (struct np_frame *)copy;
	struct np_cursor cur;
	unsigned int i;
	u64 lost;
	int len;

	np_ring_newest(&ring, &cur);
	KUNIT_EXPECT_FALSE(test, np_ring_pending(&ring, &cur));
	for (i = 0; i < 100; i++)
		write_one(i % 20);
	for (i = 0; i < 100; i++) {
		len = np_ring_read(&ring, &cur, copy, &lost);
		KUNIT_ASSERT_TRUE(test, len && whole(copy, len));
		KUNIT_EXPECT_EQ(test, frame->seq, (u64)i);
		KUNIT_EXPECT_EQ(test, lost, 0ULL);
	}
	KUNIT_EXPECT_EQ(test, np_ring_read(&ring, &cur, copy, &lost), 0);
}

static void overtaken_reader_is_told_how_many_it_lost(struct kunit *test)
{
	struct np_frame *frame = (struct np_frame *)copy;
	struct np_cursor cur;
	unsigned int i;
	u64 lost;
	int len;

	np_ring_newest(&ring, &cur);
	for (i = 0; i < 3000; i++)
		write_one(4);
	len = np_ring_read(&ring, &cur, copy, &lost);
	KUNIT_ASSERT_TRUE(test, len && whole(copy, len));
	KUNIT_EXPECT_TRUE(test, lost > 0);
	KUNIT_EXPECT_EQ(test, lost, frame->seq);
	for (i = 0; np_ring_read(&ring, &cur, copy, &lost); i++)
		KUNIT_EXPECT_EQ(test, lost, 0ULL);
	KUNIT_EXPECT_EQ(test, frame->seq, 2999ULL);
}

static void bad_sizes_are_refused(struct kunit *test)
{
	struct np_ring other;

	KUNIT_EXPECT_FALSE(test, np_ring_init(&other, memory, 0));
	KUNIT_EXPECT_FALSE(test, np_ring_init(&other, memory, NP_RING_BLOCK));
	KUNIT_EXPECT_FALSE(test, np_ring_init(&other, memory, RING_BYTES + 8));
	KUNIT_EXPECT_TRUE(test, np_ring_init(&other, memory, RING_BYTES));
}

/**
 * struct beside - a reader that runs beside the writer.
 * @cur: its place
 * @task: its thread
 * @seen: records read or told lost
 * @faults: records that were not whole, or out of order
 * @buf: the record
 */
struct beside {
	struct np_cursor	cur;
	struct task_struct	*task;
	u64			seen;
	u64			faults;
	u64			buf[NP_RING_FRAME_MAX / 8];
};

static struct beside readers[3];

static void beside_read_all(struct beside *reader)
{
	const struct np_frame *frame = (const struct np_frame *)reader->buf;
	u64 lost;
	int len;

	for (;;) {
		len = np_ring_read(&ring, &reader->cur, reader->buf, &lost);
		if (!len)
			return;
		if (!whole(frame, len) || frame->seq != reader->seen + lost)
			reader->faults++;
		reader->seen = frame->seq + 1;
	}
}

static int beside(void *data)
{
	struct beside *reader = data;

	while (!kthread_should_stop()) {
		beside_read_all(reader);
		cond_resched();
	}
	beside_read_all(reader);
	return 0;
}

static void readers_beside_the_writer_see_whole_records_or_are_told(struct kunit *test)
{
	struct beside *reader;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(readers); i++) {
		reader = &readers[i];
		memset(reader, 0, sizeof(*reader));
		np_ring_newest(&ring, &reader->cur);
		reader->task = kthread_run(beside, reader, "np_beside%u", i);
	}
	for (i = 0; i < MANY; i++) {
		write_one(i % 100);
		if (i % 64 == 0)
			cond_resched();
	}
	for (i = 0; i < ARRAY_SIZE(readers); i++) {
		reader = &readers[i];
		if (IS_ERR(reader->task)) {
			KUNIT_EXPECT_TRUE(test, !IS_ERR(reader->task));
			continue;
		}
		kthread_stop(reader->task);
		KUNIT_EXPECT_EQ(test, reader->faults, 0ULL);
		KUNIT_EXPECT_EQ(test, reader->seen, (u64)MANY);
	}
}

static int ring_init(struct kunit *test)
{
	memory = vzalloc(RING_BYTES);
	if (!memory)
		return -ENOMEM;
	return np_ring_init(&ring, memory, RING_BYTES) ? 0 : -EINVAL;
}

static void ring_exit(struct kunit *test)
{
	vfree(memory);
}

static struct kunit_case ring_cases[] = {
	KUNIT_CASE(bad_sizes_are_refused),
	KUNIT_CASE(records_come_whole_and_in_order),
	KUNIT_CASE(overtaken_reader_is_told_how_many_it_lost),
	KUNIT_CASE(readers_beside_the_writer_see_whole_records_or_are_told),
	{ }
};

struct kunit_suite ring_suite = {
	.name		= "ring",
	.init		= ring_init,
	.exit		= ring_exit,
	.test_cases	= ring_cases,
};
