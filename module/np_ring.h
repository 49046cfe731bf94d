/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_RING_H
#define NP_RING_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/barrier.h>

/* A frame never crosses a block, so a reader that was overtaken can start at any block. */
#define NP_RING_BLOCK		16384
/* No frame is longer than this, in bytes. */
#define NP_RING_FRAME_MAX	2048

/**
 * struct np_frame - what precedes each record in the ring.
 * @len: bytes of the frame, header included, a multiple of 8; 0: the rest of
 *	the block is empty
 * @reserved: 0
 * @seq: number of the record in this ring
 * @time: when it was committed, in units of the writer's clock
 */
struct np_frame {
	u32	len;
	u32	reserved;
	u64	seq;
	u64	time;
};

/**
 * struct np_ring - broadcast ring of one CPU; the protocol is in np_ring.c.
 * @data: memory of @size bytes
 * @size: power of two, at least two blocks
 * @reserved: bytes ever reserved; moves before a frame is written
 * @head: bytes ever committed; moves after it was written
 * @seq: number of the next record
 * @floor: readers that ask for the oldest record start here at the earliest
 * @skipped: bytes of @head that were never written, see np_ring_replace()
 *
 * @reserved, @head and @seq are written by the owning CPU only, with
 * interrupts off; @floor and @skipped by control, one at a time.
 */
struct np_ring {
	u8	*data;
	u64	size;
	u64	reserved;
	u64	head;
	u64	seq;
	u64	floor;
	u64	skipped;
};

/**
 * struct np_cursor - one reader's place in one ring; private to the reader.
 * @pos: offset of the next frame
 * @seq: number of the next record expected
 */
struct np_cursor {
	u64	pos;
	u64	seq;
};

/**
 * np_ring_reserve() - Claim room for one frame on this CPU.
 * @ring: ring of the current CPU
 * @len: bytes, header included; a multiple of 8, at most NP_RING_FRAME_MAX
 *
 * Never fails: the oldest records give way. Readers do not see the frame
 * before np_ring_commit().
 *
 * Context: Interrupts off until np_ring_commit().
 * Return: The frame; its len and seq are set.
 */
static __always_inline struct np_frame *np_ring_reserve(struct np_ring *ring, u32 len)
{
	u64 pos = ring->head;
	u32 room = NP_RING_BLOCK - (pos & (NP_RING_BLOCK - 1));
	struct np_frame *frame;

	if (unlikely(len > room)) {
		WRITE_ONCE(ring->reserved, pos + room);
		smp_wmb(); /* pairs with the one in np_ring_read() */
		WRITE_ONCE(*(u32 *)(ring->data + (pos & (ring->size - 1))), 0);
		pos += room;
	}
	WRITE_ONCE(ring->reserved, pos + len);
	smp_wmb(); /* pairs with the one in np_ring_read() */
	frame = (struct np_frame *)(ring->data + (pos & (ring->size - 1)));
	frame->len = len;
	frame->reserved = 0;
	frame->seq = ring->seq;
	return frame;
}

/**
 * np_ring_commit() - Show the frame last reserved to the readers.
 * @ring: ring of the current CPU
 *
 * Context: Interrupts off since np_ring_reserve().
 */
static __always_inline void np_ring_commit(struct np_ring *ring)
{
	WRITE_ONCE(ring->seq, ring->seq + 1);
	/* pairs with the acquires of head in np_ring.c */
	smp_store_release(&ring->head, ring->reserved);
}

bool np_ring_init(struct np_ring *ring, void *data, u64 size);
void *np_ring_replace(struct np_ring *ring, void *data, u64 size);
void np_ring_clear(struct np_ring *ring);
void np_ring_oldest(const struct np_ring *ring, struct np_cursor *cur);
void np_ring_newest(const struct np_ring *ring, struct np_cursor *cur);
int np_ring_read(const struct np_ring *ring, struct np_cursor *cur, void *buf, u64 *lost);
bool np_ring_pending(const struct np_ring *ring, const struct np_cursor *cur);

#endif /* NP_RING_H */
