/* SPDX-License-Identifier: GPL-2.0-only */
/* Records whose every byte follows from their number, for the tests of the ring. */
#ifndef TEST_RING_H
#define TEST_RING_H

#include "np_ring.h"
#include "host_test.h"

/* What the payload looks like to a reader who takes it for a frame. */
enum payload {
	FILL_HASH,
	FILL_ZERO,	/* like the end of a block */
	FILL_ONES,	/* like a frame far too long */
	FILL_FRAME,	/* like a frame of this length */
	NR_FILLS
};

static inline u64 record_word(enum payload fill, u64 seq, u32 i, u32 len)
{
	switch (fill) {
	case FILL_ZERO:
		return 0;
	case FILL_ONES:
		return ~0ULL;
	case FILL_FRAME:
		return len;
	default:
		return test_hash(seq) + i * 0x9e3779b97f4a7c15ULL;
	}
}

static inline void record_fill(struct np_frame *frame, u32 len, enum payload fill)
{
	u64 *word = (u64 *)(frame + 1);
	u32 i, nr = (len - sizeof(*frame)) / sizeof(*word);

	frame->time = ~frame->seq;
	for (i = 0; i < nr; i++)
		word[i] = record_word(fill, frame->seq, i, len);
}

static inline bool record_is(const void *buf, u64 seq, u32 len, enum payload fill)
{
	const struct np_frame *frame = buf;
	const u64 *word = (const u64 *)(frame + 1);
	u32 i, nr = (len - sizeof(*frame)) / sizeof(*word);

	if (!EXPECT(seq, frame->seq) || !EXPECT(len, frame->len) ||
	    !EXPECT(0, frame->reserved) || !EXPECT(~seq, frame->time))
		return false;
	for (i = 0; i < nr; i++)
		if (!EXPECT(record_word(fill, seq, i, len), word[i]))
			return false;
	return true;
}

#endif /* TEST_RING_H */
