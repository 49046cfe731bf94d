/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_TRACK_H
#define NP_TRACK_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/netdevice.h>
#include <linux/netpath.h>
#include <linux/percpu.h>
#include <linux/skbuff.h>

#include "np_clock.h"
#include "np_flow.h"
#include "np_stats.h"

/* Keys of a bucket: one cache line. */
#define NP_BUCKET_KEYS		8
/* Stamps and devices that a slot holds; more are counted as truncated. */
#define NP_SLOT_STAMPS		32
#define NP_SLOT_DEVS		6

/* Not an address of anything, and not NULL, which hooks may be given. */
#define NP_NO_SKB		((const void *)1)

/* State of a slot. */
#define NP_SLOT_ORIGIN		0x01	/* TCP write-queue data; its transmissions are packets */
#define NP_SLOT_READ		0x02	/* payload was copied to a process */
#define NP_SLOT_MERGED		0x04	/* its data went into merged_id, unless stamped since */
#define NP_SLOT_SPLIT		0x08	/* cut into segments or fragments */

/* Why a hit needs more than a stamp; &struct np_slot.pending and np_target.needs. */
#define NP_NEED_SPECIAL		0x01	/* the hit is special; set in every slot */
#define NP_NEED_FLOW		0x02	/* set until the flow was looked for */

/**
 * struct np_stamp - a stage passed, not yet converted.
 * @time: np_now() reading
 * @tag: stage, device and CPU
 * @detail: as in &struct netpath_stamp; 0 in a stamp not in use
 */
struct np_stamp {
	u64	time;
	u32	tag;
	u32	detail;
};

#define NP_TAG_STAGE(tag)	((u8)(tag))
#define NP_TAG_DEV_SHIFT	8
#define NP_TAG_CPU_SHIFT	16

/**
 * struct np_slot - a packet in flight; the protocol is in np_track.c.
 * @skb: the packet's address while it lives, otherwise NP_NO_SKB
 * @next: where the next stamp goes
 * @end: behind the last stamp; constant
 * @next_dev: where the next device goes
 * @dev: device seen last; compared, never dereferenced
 * @tag: device part of the next stamp's tag
 * @pending: NP_NEED_*
 * @counted: stamps inherited whose times are in the histograms already
 * @children: transmissions made from this TCP data, up to 255
 * @state: NP_SLOT_*
 * @merge_nr: number of stamps when NP_SLOT_MERGED was set
 * @key: place of this slot's key in its bucket; constant
 * @wake: time of wake-up in the upper 48 bits, low 16 bits of the id that it
 *	is meant for; see np_track_wake()
 * @ident: who it is
 * @devs: devices passed
 * @stamps: stages passed
 */
struct np_slot {
	const void		*skb;
	struct np_stamp		*next;
	struct np_stamp		*end;
	struct netpath_dev	*next_dev;
	const void		*dev;
	u32			tag;
	u8			pending;
	u8			counted;
	u8			children;
	u16			state;
	u16			merge_nr;
	unsigned long		*key;
	u64			wake;
	struct np_ident		ident;
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
struct np_slot *np_track_begin(const void *skb);
void np_track_truncated(struct np_slot *slot);
void np_track_inherit(struct np_slot *child, const struct np_slot *parent);
void np_track_expire(u64 before, void (*emit)(struct np_slot *slot));
void np_track_open(bool open);
int np_track_alloc(unsigned int nr_slots);
void np_track_free(void);
unsigned int np_track_reset(void);
unsigned int np_track_slots(void);

/**
 * np_track_find() - The slot of a packet.
 * @skb: its address; not dereferenced
 *
 * Context: Any; caller owns the skb.
 * Return: The slot or NULL. It stays the packet's until its death, which only
 * the owner of the skb can bring about, or until expiry, which waits for all
 * handlers.
 */
static __always_inline struct np_slot *np_track_find(const void *skb)
{
	struct np_slot *slot = this_cpu_read(np_cpu.last);

	if (likely(READ_ONCE(slot->skb) == skb))
		return slot;
	return np_track_find_slow(skb);
}

/**
 * np_track_claim_death() - Become the one who reports the end of a packet.
 * @slot: its slot
 * @skb: its address
 *
 * Context: Any. To be followed by np_track_release().
 * Return: False when somebody else reports it.
 */
static __always_inline bool np_track_claim_death(struct np_slot *slot, const void *skb)
{
	unsigned long key = (unsigned long)skb;

	return cmpxchg(slot->key, key, key | 1) == key;
}

/**
 * np_track_release() - Give a slot back.
 * @slot: slot claimed by np_track_claim_death()
 *
 * Context: Any.
 */
static __always_inline void np_track_release(struct np_slot *slot)
{
	WRITE_ONCE(slot->skb, NP_NO_SKB);
	/* pairs with the cmpxchg in np_track_birth() */
	smp_store_release(slot->key, 0);
}

/**
 * np_track_dev() - The packet is on another device than before.
 * @slot: its slot
 * @dev: device, may be NULL
 * @eth_proto: the packet's EtherType
 *
 * Context: Any; caller owns the skb; RCU or a reference keeps @dev.
 */
static __always_inline void np_track_dev(struct np_slot *slot, const struct net_device *dev,
					 __be16 eth_proto)
{
	struct netpath_dev *to = slot->next_dev;

	slot->dev = dev;
	slot->ident.eth_proto = eth_proto;
	if (unlikely(!dev))
		return;
	if (unlikely(to == slot->devs + NP_SLOT_DEVS)) {
		slot->tag = 0;
		np_track_truncated(slot);
		return;
	}
	to->ifindex = dev->ifindex;
	to->netns = dev_net(dev)->ns.inum;
	BUILD_BUG_ON(IFNAMSIZ != NETPATH_IFNAME_LEN);
	memcpy(to->name, dev->name, NETPATH_IFNAME_LEN);
	slot->next_dev = to + 1;
	slot->tag += 1 << NP_TAG_DEV_SHIFT;
}

/**
 * np_track_nr() - Number of stages that a packet has passed.
 * @slot: its slot
 *
 * Context: Any.
 */
static inline unsigned int np_track_nr(const struct np_slot *slot)
{
	return slot->next - slot->stamps;
}

/**
 * np_track_last() - The stage that a packet passed last.
 * @slot: its slot
 *
 * Context: Any; caller owns the skb.
 * Return: &enum netpath_stage, NETPATH_STAGE_NONE when there was none.
 */
static inline unsigned int np_track_last(const struct np_slot *slot)
{
	return slot->next == slot->stamps ? NETPATH_STAGE_NONE :
	       NP_TAG_STAGE(slot->next[-1].tag);
}

/**
 * np_track_stamp_at() - Write down that a packet passed a stage.
 * @slot: its slot
 * @stage: &enum netpath_stage
 * @time: np_now() reading
 *
 * Context: Any; caller owns the skb.
 * Return: False when there is no room.
 */
static __always_inline bool np_track_stamp_at(struct np_slot *slot, u32 stage, u64 time)
{
	struct np_stamp *stamp = slot->next;

	if (unlikely(stamp == slot->end))
		return false;
	stamp->time = time;
	stamp->tag = stage | slot->tag | this_cpu_read(np_cpu.tag);
	slot->next = stamp + 1;
	return true;
}

/**
 * np_track_stamp() - Write down that a packet passes a stage now.
 * @slot: its slot
 * @stage: &enum netpath_stage
 *
 * Context: Any; caller owns the skb.
 */
static __always_inline void np_track_stamp(struct np_slot *slot, u32 stage)
{
	if (unlikely(!np_track_stamp_at(slot, stage, np_now())))
		np_track_truncated(slot);
}

/**
 * np_track_wake() - Note when the reader was woken for a packet.
 * @slot: slot of a packet that is or was in a receive queue
 * @now: np_now() reading
 *
 * The caller does not own the packet: its reader may be taking it at this
 * moment, and the slot may even belong to the next packet.  So this is one
 * store of one word, which names the packet that it is meant for; the end of
 * the journey takes it only if that is the right one.
 *
 * Context: Any.
 */
static __always_inline void np_track_wake(struct np_slot *slot, u64 now)
{
	WRITE_ONCE(slot->wake, now << 16 | (u16)READ_ONCE(slot->ident.id));
}

#endif /* NP_TRACK_H */
