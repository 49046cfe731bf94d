// SPDX-License-Identifier: GPL-2.0-only
/*
 * Broadcast ring: one writer, any number of readers who take nothing away.
 *
 *	       head - size                    head   reserved
 *	            |                           |       |
 *	 ...xxxxxxxx|rrr|rrrr|rr|rrrr|rrr|rrrrr |wwwwwww|
 *	            ^ overwritten by what is being written
 *
 * Positions are counts of bytes since the start and only grow; the place in
 * memory is the position modulo size.  The memory is divided into blocks and
 * no frame crosses one: a frame length of 0 means that the next frame is at
 * the next block.
 *
 * Writer: moves reserved, then writes the frame, then moves head.
 * Reader: sees head (acquire), copies the frame, then looks at reserved: what
 * it copied was intact if reserved is at most size ahead of the frame's start.
 * If not it goes on at the oldest block that is whole; the gap in the record
 * numbers tells it how many records it lost.
 *
 * Invariants: reserved >= head; both are multiples of 8; the first frame of
 * the block that begins at or after reserved - size is intact as long as
 * reserved does not pass it.
 *
 * Pure code, also built on the host by the unit tests.
 */
#include "np_ring.h"

#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/string.h>

/**
 * np_ring_init() - Set up an empty ring.
 * @ring: ring
 * @data: zeroed memory, stays owned by the caller
 * @size: of @data in bytes
 *
 * Context: Any; before the first use, but it may be looked at by np_out_ring().
 * Return: False when @size is not a power of two of at least two blocks.
 */
bool np_ring_init(struct np_ring *ring, void *data, u64 size)
{
	if (size < 2 * NP_RING_BLOCK || (size & (size - 1)))
		return false;
	memset(ring, 0, sizeof(*ring));
	ring->size = size;
	/* pairs with np_out_ring(): there may be readers of all rings already */
	smp_store_release(&ring->data, data);
	return true;
}

/**
 * np_ring_replace() - Give a ring other memory.
 * @ring: ring that nobody writes or reads during the call
 * @data: zeroed memory, stays owned by the caller
 * @size: of @data in bytes, as for np_ring_init()
 *
 * Whoever reads on finds what it had not read yet lost: positions move on, as
 * if the ring had wrapped around with blocks that are empty.
 *
 * Context: Any.
 * Return: The memory used so far, now the caller's.
 */
void *np_ring_replace(struct np_ring *ring, void *data, u64 size)
{
	void *old = ring->data;
	u64 pos;

	pos = (ring->reserved + NP_RING_BLOCK - 1) & ~(u64)(NP_RING_BLOCK - 1);
	pos += size;
	ring->skipped += pos - ring->head;
	WRITE_ONCE(ring->data, data);	/* np_out_ring() looks if there is any */
	ring->size = size;
	ring->reserved = pos;
	ring->head = pos;
	return old;
}

/**
 * np_ring_clear() - Hide the records held from readers that start later.
 * @ring: ring
 *
 * Context: Any; calls for one ring must not overlap.
 */
void np_ring_clear(struct np_ring *ring)
{
	/* pairs with np_ring_commit() */
	WRITE_ONCE(ring->floor, smp_load_acquire(&ring->head));
}

/* The oldest block that the writer is not about to overwrite. */
static u64 np_ring_first_block(const struct np_ring *ring)
{
	/* before head is looked at again */
	u64 reserved = smp_load_acquire(&ring->reserved);

	if (reserved <= ring->size)
		return 0;
	return (reserved - ring->size + NP_RING_BLOCK - 1) & ~(u64)(NP_RING_BLOCK - 1);
}

/**
 * np_ring_newest() - Set a cursor behind the newest record.
 * @ring: ring
 * @cur: cursor
 *
 * Context: Process: it waits for a record that is being written.
 */
void np_ring_newest(const struct np_ring *ring, struct np_cursor *cur)
{
	/*
	 * The writer moves reserved, then seq, then head.  When reserved still
	 * equals the head read first, the seq read in between belongs to it.
	 */
	do {
		/* pairs with np_ring_commit() */
		cur->pos = smp_load_acquire(&ring->head);
		cur->seq = READ_ONCE(ring->seq);
		smp_rmb(); /* pairs with the smp_wmb() in np_ring_reserve() */
	} while (READ_ONCE(ring->reserved) != cur->pos);
}

/**
 * np_ring_oldest() - Set a cursor at the oldest record that the ring holds.
 * @ring: ring
 * @cur: cursor
 *
 * Records overwritten before the first np_ring_read() do not count as lost.
 *
 * Context: Any.
 */
void np_ring_oldest(const struct np_ring *ring, struct np_cursor *cur)
{
	u64 floor = READ_ONCE(ring->floor);

	/* pairs with np_ring_commit() */
	cur->pos = min(np_ring_first_block(ring), smp_load_acquire(&ring->head));
	cur->pos = max(cur->pos, floor);
	cur->seq = U64_MAX;
}

/**
 * np_ring_pending() - Is there something to read?
 * @ring: ring
 * @cur: cursor
 *
 * Context: Any.
 */
bool np_ring_pending(const struct np_ring *ring, const struct np_cursor *cur)
{
	/* pairs with np_ring_commit() */
	return smp_load_acquire(&ring->head) != cur->pos;
}

/**
 * np_ring_read() - Copy the next frame and move on.
 * @ring: ring
 * @cur: the reader's cursor
 * @buf: room for NP_RING_FRAME_MAX bytes, owned by the caller
 * @lost: set to the number of records lost before this one
 *
 * Context: Any; calls with one cursor must not overlap.
 * Return: Length of the frame in bytes, 0 when there is none yet.
 */
int np_ring_read(const struct np_ring *ring, struct np_cursor *cur, void *buf, u64 *lost)
{
	const struct np_frame *frame = buf;
	u64 pos = cur->pos;
	u32 len, room;

	*lost = 0;
	/* pairs with np_ring_commit() */
	while (smp_load_acquire(&ring->head) != pos) {
		const u8 *from = ring->data + (pos & (ring->size - 1));

		room = NP_RING_BLOCK - (pos & (NP_RING_BLOCK - 1));
		len = READ_ONCE(*(const u32 *)from);
		/* a length torn by the writer is found out below; do not act on it */
		if (len >= sizeof(*frame) && len <= NP_RING_FRAME_MAX && len <= room)
			/* and so is a record */
			data_race(memcpy(buf, from, len));
		smp_rmb(); /* pairs with the ones in np_ring_reserve() */
		if (READ_ONCE(ring->reserved) - pos > ring->size) {
			pos = np_ring_first_block(ring);
			continue;
		}
		if (!len) {
			pos += room;
			continue;
		}
		if (cur->seq != U64_MAX)
			*lost = frame->seq - cur->seq;
		cur->seq = frame->seq + 1;
		cur->pos = pos + len;
		return len;
	}
	cur->pos = pos;
	return 0;
}
