// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readers: cursors into one ring or into all of them, merged by the time at
 * which they were written.
 *
 * Nothing in the packet path knows of readers: while somebody waits, a work
 * item looks at the rings every NP_READER_PERIOD and wakes the waiters when
 * there is something.
 */
#include "np_reader.h"

#include <linux/cpumask.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "np_export.h"
#include "np_out.h"
#include "np_record.h"
#include "np_stats.h"

/* Longest time that a record waits for a sleeping reader. */
#define NP_READER_PERIOD	max_t(unsigned long, HZ / 100, 1)

/**
 * struct np_source - one ring, as seen by a reader.
 * @ring: NULL while its CPU was never online
 * @cur: the reader's place
 * @lost: records lost before @raw, not reported yet
 * @time: when @raw was written, CLOCK_MONOTONIC in ns
 * @full: @raw holds a record that was not handed out yet
 * @raw: the next record
 * @bytes: room for @raw
 */
struct np_source {
	const struct np_ring	*ring;
	struct np_cursor	cur;
	u64			lost;
	u64			time;
	bool			full;
	union {
		struct np_raw	raw;
		u8		bytes[NP_RING_FRAME_MAX];
	};
};

/**
 * struct np_reader - a reader; used by one task at a time.
 * @first: first CPU read
 * @nr: number of CPUs read
 * @source: one per CPU
 */
struct np_reader {
	unsigned int		first;
	unsigned int		nr;
	struct np_source	source[];
};

/* Held for writing while the rings get other memory. */
static DEFINE_RWLOCK(np_reader_rings);
static DECLARE_WAIT_QUEUE_HEAD(np_reader_queue);
static void np_reader_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(np_reader_timer, np_reader_work);

static void np_reader_work(struct work_struct *work)
{
	wake_up_all(&np_reader_queue);
}

static void np_reader_start(struct np_reader *reader, struct np_source *source,
			    enum np_reader_from from)
{
	source->full = false;
	source->lost = 0;
	read_lock(&np_reader_rings);
	source->ring = np_out_ring(reader->first + (source - reader->source));
	if (source->ring && from == NP_FROM_OLDEST)
		np_ring_oldest(source->ring, &source->cur);
	else if (source->ring)
		np_ring_newest(source->ring, &source->cur);
	read_unlock(&np_reader_rings);
}

/**
 * np_reader_seek() - Start anew.
 * @reader: reader
 * @from: where
 *
 * Context: Process; not while np_reader_next() runs.
 */
void np_reader_seek(struct np_reader *reader, enum np_reader_from from)
{
	unsigned int i;

	for (i = 0; i < reader->nr; i++)
		np_reader_start(reader, &reader->source[i], from);
}

/**
 * np_reader_open() - Make a reader.
 * @cpu: whose ring; -1: all
 * @from: where to start
 *
 * Context: Process, may sleep.
 * Return: The reader, to be freed by np_reader_close(), or NULL without memory.
 */
struct np_reader *np_reader_open(int cpu, enum np_reader_from from)
{
	unsigned int nr = cpu < 0 ? nr_cpu_ids : 1;
	struct np_reader *reader;

	reader = kvzalloc(struct_size(reader, source, nr), GFP_KERNEL);
	if (!reader)
		return NULL;
	reader->first = cpu < 0 ? 0 : cpu;
	reader->nr = nr;
	np_reader_seek(reader, from);
	return reader;
}

/**
 * np_reader_close() - Free a reader.
 * @reader: reader
 *
 * Context: Process, may sleep.
 */
void np_reader_close(struct np_reader *reader)
{
	kvfree(reader);
}

/* Make sure that source->raw holds the next record, if there is one. */
static bool np_reader_fill(struct np_reader *reader, struct np_source *source)
{
	u64 lost;

	if (source->full)
		return true;
	if (!source->ring) {
		np_reader_start(reader, source, NP_FROM_OLDEST);
		if (!source->ring)
			return false;
	}
	read_lock(&np_reader_rings);
	source->full = np_ring_read(source->ring, &source->cur, source->bytes, &lost);
	read_unlock(&np_reader_rings);
	if (source->full) {
		source->lost += lost;
		source->time = np_clock_ns(&source->raw.cal, source->raw.frame.time);
		np_count_add(OVERRUN, lost);
	}
	return source->full;
}

/**
 * np_reader_next() - Take the next record.
 * @reader: reader
 * @until: CLOCK_MONOTONIC in ns; records written later are left alone
 * @buf: room for NETPATH_RECORD_MAX bytes, takes a packet or a loss record
 * @cpu: set to the CPU whose ring it comes from
 *
 * Of all rings the record that was written first; records that are not in
 * their ring yet can come later than their time.
 *
 * Context: Process; calls for one reader must not overlap.
 * Return: Length of the record in bytes, 0 when there is none.
 */
unsigned int np_reader_next(struct np_reader *reader, u64 until, void *buf, unsigned int *cpu)
{
	struct np_source *source, *best = NULL;
	struct netpath_lost *lost = buf;
	unsigned int i;

	for (i = 0; i < reader->nr; i++) {
		source = &reader->source[i];
		if (!np_reader_fill(reader, source))
			continue;
		if (!best || source->time < best->time)
			best = source;
	}
	if (!best || best->time > until)
		return 0;

	*cpu = reader->first + (best - reader->source);
	if (best->lost) {
		memset(lost, 0, sizeof(*lost));
		lost->rec.len = sizeof(*lost);
		lost->rec.type = NETPATH_REC_LOST;
		lost->rec.version = NETPATH_RECORD_VERSION;
		lost->seq = best->raw.frame.seq - best->lost;
		lost->count = best->lost;
		best->lost = 0;
		return sizeof(*lost);
	}
	best->full = false;
	return np_export_record(&best->raw, buf);
}

/**
 * np_reader_position() - How far the rings have been read.
 * @reader: reader
 * @cpu: CPU whose ring is meant
 * @seq: set to the number of the next record that np_reader_next() gives
 *
 * Context: Process; not while np_reader_next() runs.
 * Return: False when nothing can be said: the CPU was never online, or
 * nothing was read yet of a ring that was begun at its oldest record.
 */
bool np_reader_position(const struct np_reader *reader, unsigned int cpu, u64 *seq)
{
	const struct np_source *source = &reader->source[cpu - reader->first];

	if (!source->ring || source->cur.seq == U64_MAX)
		return false;
	*seq = source->cur.seq;
	if (source->full)
		*seq = source->raw.frame.seq - source->lost;
	return true;
}

/**
 * np_reader_replace_rings() - Give the rings other memory while nobody reads.
 * @memory: from np_out_rings_prepare(); see np_out_rings_commit()
 * @ring_bytes: as given there
 *
 * Context: Process; no hook is armed.
 */
void np_reader_replace_rings(void **memory, size_t ring_bytes)
{
	write_lock(&np_reader_rings);
	np_out_rings_commit(memory, ring_bytes);
	write_unlock(&np_reader_rings);
}

static bool np_reader_pending(struct np_reader *reader)
{
	unsigned int i;

	for (i = 0; i < reader->nr; i++) {
		if (np_reader_fill(reader, &reader->source[i]))
			return true;
	}
	return false;
}

/**
 * np_reader_wait() - Sleep until there is a record.
 * @reader: reader
 *
 * Context: Process, sleeps.
 * Return: 0 or -ERESTARTSYS.
 */
int np_reader_wait(struct np_reader *reader)
{
	int err;

	while (!np_reader_pending(reader)) {
		schedule_delayed_work(&np_reader_timer, NP_READER_PERIOD);
		err = wait_event_interruptible_timeout(np_reader_queue,
						       np_reader_pending(reader),
						       NP_READER_PERIOD);
		if (err < 0)
			return err;
	}
	return 0;
}

/**
 * np_reader_poll() - Poll for a record.
 * @reader: reader
 * @file: file polled
 * @wait: poll table
 *
 * Context: Process.
 * Return: EPOLLIN when there is one.
 */
__poll_t np_reader_poll(struct np_reader *reader, struct file *file, poll_table *wait)
{
	poll_wait(file, &np_reader_queue, wait);
	if (np_reader_pending(reader))
		return EPOLLIN | EPOLLRDNORM;
	schedule_delayed_work(&np_reader_timer, NP_READER_PERIOD);
	return 0;
}

/**
 * np_reader_exit() - Stop the timer.
 *
 * Context: Process, may sleep; no reader is left.
 */
void np_reader_exit(void)
{
	cancel_delayed_work_sync(&np_reader_timer);
}
