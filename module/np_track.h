/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_TRACK_H
#define NP_TRACK_H

#include <linux/cache.h>
#include <linux/netdevice.h>
#include <linux/netpath.h>
#include <linux/percpu.h>
#include <linux/skbuff.h>

#include "np_clock.h"
#include "np_stats.h"

/* Keys of a bucket: one cache line. */
#define NP_BUCKET_KEYS		8
/* Stamps and devices that a slot holds; more are counted as truncated. */
#define NP_SLOT_STAMPS		32
#define NP_SLOT_DEVS		6

/* Not an address of anything, and not NULL, which hooks may be given. */
#define NP_NO_SKB		((const void *)1)

/* State of a slot. */
#define NP_SLOT_ORIGIN		0x01	/* data in the TCP write queue; its transmissions are the packets */
#define NP_SLOT_READ		0x02	/* payload was copied to a process */
#define NP_SLOT_MERGED		0x04	/* its data went into pkt.merged_id, unless stamped since */
#define NP_SLOT_SPLIT		0x08	/* cut into segments or fragments */

/**
 * struct np_stamp - a stage passed, not yet converted.
 * @time: np_now() reading
 * @detail: as in &struct netpath_stamp
 * @tag: stage, device and CPU, laid out as in &struct netpath_stamp
 */
struct np_stamp {
	u64	time;
	u32	detail;
	u32	tag;
};

#define NP_TAG_STAGE(tag)	((u8)(tag))
#define NP_TAG_DEV_SHIFT	8
#define NP_TAG_CPU_SHIFT	16

/**
 * struct np_slot - a packet in flight; the protocol is in np_track.c.
 * @skb: the packet's address while it lives, otherwise NP_NO_SKB
 * @dev: device seen last; compared, never dereferenced
 * @tag: device part of the next stamp's tag
 * @state: NP_SLOT_*
 * @nr: number of stamps
 * @nr_devs: number of devices
 * @counted: stamps inherited whose times are in the histograms already
 * @children: transmissions made from this TCP data, up to 255
 * @merge_nr: number of stamps when NP_SLOT_MERGED was set
 * @key: place of this slot's key in its bucket; constant
 * @wake: time of wake-up in the upper 48 bits, low 16 bits of the id that it
 *	is meant for; see np_track_wake()
 * @pkt: identity, in the layout of the record
 * @devs: devices passed
 * @stamps: stages passed
 */
struct np_slot {
	const void		*skb;
	const void		*dev;
	u32			tag;
	u32			state;
	u8			nr;
	u8			nr_devs;
	u8			counted;
	u8			children;
	u8			merge_nr;
	unsigned long		*key;
	u64			wake;
	struct netpath_packet	pkt;
	struct netpath_dev	devs[NP_SLOT_DEVS];
	struct np_stamp		stamps[NP_SLOT_STAMPS];
} ____cacheline_aligned;

/**
 * struct np_cpu - what a CPU needs at every hit.
 * @last: slot of the packet hit last; never NULL, its skb must be compared
 * @tag: CPU part of a stamp's tag
 * @id: last journey id given out by this CPU
 * @untracked: packet for which no slot was free, so that it is counted once
 */
struct np_cpu {
	struct np_slot	*last;
	u32		tag;
	u64		id;
	const void	*untracked;
};

DECLARE_PER_CPU(struct np_cpu, np_cpu);

struct np_slot *np_track_find_slow(const void *skb);
struct np_slot *np_track_birth(const void *skb, bool certain);
void np_track_dev(struct np_slot *slot, const struct net_device *dev,
		  const struct sk_buff *skb);
void np_track_truncated(struct np_slot *slot);
void np_track_inherit(struct np_slot *child, const struct np_slot *parent);
bool np_track_claim_death(struct np_slot *slot);
void np_track_release(struct np_slot *slot);
void np_track_wake(struct np_slot *slot, u64 now);
unsigned int np_track_expire(u64 before, unsigned int from,
			     void (*emit)(struct np_slot *slot));
void np_track_open(bool open);
int np_track_alloc(unsigned int nr_slots);
void np_track_free(void);
unsigned int np_track_reset(void);
unsigned int np_track_slots(void);

/**
 * np_track_find() - The slot of a packet.
 * @skb: its address; not dereferenced
 *
 * Context: Any, preemption off.
 * Return: The slot or NULL. It stays the packet's until its death, which only
 * the owner of the skb can bring about, or until expiry, which waits for
 * sections with preemption off.
 */
static __always_inline struct np_slot *np_track_find(const void *skb)
{
	struct np_slot *slot = this_cpu_read(np_cpu.last);

	if (likely(READ_ONCE(slot->skb) == skb))
		return slot;
	return np_track_find_slow(skb);
}

/**
 * np_track_stamp_at() - Write down that a packet passed a stage.
 * @slot: its slot
 * @stage: &enum netpath_stage
 * @detail: for &struct netpath_stamp
 * @time: np_now() reading
 *
 * Context: Any, preemption off; caller owns the skb.
 */
static __always_inline void np_track_stamp_at(struct np_slot *slot, u32 stage, u32 detail,
					      u64 time)
{
	unsigned int nr = READ_ONCE(slot->nr);
	struct np_stamp *stamp = &slot->stamps[nr];

	if (unlikely(nr >= NP_SLOT_STAMPS)) {
		np_track_truncated(slot);
		return;
	}
	stamp->time = time;
	stamp->detail = detail;
	stamp->tag = slot->tag | this_cpu_read(np_cpu.tag) | stage;
	WRITE_ONCE(slot->nr, nr + 1);
}

/**
 * np_track_stamp() - Write down that a packet passes a stage now.
 * @slot: its slot
 * @stage: &enum netpath_stage
 *
 * Context: Any, preemption off; caller owns the skb.
 */
static __always_inline void np_track_stamp(struct np_slot *slot, u32 stage)
{
	np_track_stamp_at(slot, stage, 0, np_now());
}

#endif /* NP_TRACK_H */
