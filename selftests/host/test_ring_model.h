/* SPDX-License-Identifier: GPL-2.0-only */
/* A ring, a model of what is in it, and a reader that compares the two. */
#ifndef TEST_RING_MODEL_H
#define TEST_RING_MODEL_H

#include <stdlib.h>
#include <string.h>

#include <linux/limits.h>

#include "test_ring.h"

#define SMALL		(2 * NP_RING_BLOCK)
#define LARGE		(16 * NP_RING_BLOCK)
#define MAX_RECORDS	400000

/* A ring and what its writer remembers of it. */
static struct {
	struct np_ring	ring;
	u64		pos[MAX_RECORDS];
	u64		len[MAX_RECORDS];
	u64		first;	/* number of the record in pos[0] */
	enum payload	fill;
} w;

/* A reader and what it has been told. */
struct reader {
	struct np_cursor	cur;
	u64			next;	/* record that it must get or hear of next */
	u64			lost;	/* before the record read last */
};

static u64 words[LARGE / sizeof(u64)];
static u64 buf[NP_RING_FRAME_MAX / sizeof(u64)];

/* An empty ring, as if so many bytes and records had gone through it. */
static inline void start_at(u64 size, enum payload fill, u64 pos, u64 seq)
{
	memset(words, 0, sizeof(words));
	EXPECT_TRUE(np_ring_init(&w.ring, words, size));
	w.ring.head = pos;
	w.ring.reserved = pos;
	w.ring.seq = seq;
	w.first = seq;
	w.fill = fill;
}

static inline void start(u64 size, enum payload fill)
{
	start_at(size, fill, 0, 0);
}

static inline void write_len(u32 len)
{
	struct np_frame *frame = np_ring_reserve(&w.ring, len);
	u64 nr = frame->seq - w.first;

	if (nr >= MAX_RECORDS)
		abort();
	w.pos[nr] = w.ring.reserved - len;
	w.len[nr] = len;
	host_step();
	record_fill(frame, len, w.fill);
	host_step();
	np_ring_commit(&w.ring);
}

/* From a bare header to the longest frame. */
static inline void write_some(unsigned int nr)
{
	const u32 kinds = (NP_RING_FRAME_MAX - sizeof(struct np_frame)) / 8 + 1;

	while (nr--)
		write_len(sizeof(struct np_frame) + 8 * (test_hash(w.ring.seq) % kinds));
}

/* Is all of the record still there? */
static inline bool holds(u64 seq)
{
	return w.ring.reserved - w.pos[seq - w.first] <= w.ring.size;
}

/* First record of the oldest block that is whole. */
static inline u64 oldest(void)
{
	bool wrapped = w.ring.reserved > w.ring.size;
	u64 seq;

	for (seq = w.first; seq < w.ring.seq; seq++)
		if (holds(seq) && !(wrapped && w.pos[seq - w.first] % NP_RING_BLOCK))
			break;
	return seq;
}

/* Read once; true if it was a record. */
static inline bool read_one(struct reader *r)
{
	u64 lost = ~0ULL, nr;
	int len;

	len = np_ring_read(&w.ring, &r->cur, buf, &lost);
	r->lost = lost;
	if (!len) {
		EXPECT(0, lost);
		return false;
	}
	r->next += lost;
	if (!EXPECT_TRUE(r->next >= w.first && r->next < w.ring.seq))
		return false;
	nr = r->next - w.first;
	EXPECT(w.len[nr], len);
	record_is(buf, r->next, w.len[nr], w.fill);
	EXPECT(w.pos[nr] + len, r->cur.pos);
	r->next++;
	return true;
}

static inline void read_all(struct reader *r)
{
	while (read_one(r))
		;
	EXPECT(w.ring.seq, r->next);
	EXPECT(false, np_ring_pending(&w.ring, &r->cur));
}

static inline void at_newest(struct reader *r)
{
	np_ring_newest(&w.ring, &r->cur);
	r->next = w.ring.seq;
}

static inline void at_oldest(struct reader *r)
{
	np_ring_oldest(&w.ring, &r->cur);
	r->next = oldest();
}

#endif /* TEST_RING_MODEL_H */
