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
#define NP_SLOT_STAMPS		64
#define NP_SLOT_DEVS		8

/* Not an address of anything, and not NULL, which hooks may be given. */
#define NP_NO_SKB		((const void *)1)

/* State of a slot. */
#define NP_SLOT_READ		0x01	/* payload was copied to a process */
#define NP_SLOT_ORIGIN		0x02	/* TCP write-queue data; its transmissions are packets */
#define NP_SLOT_MERGED		0x04	/* its data went into merged_id, unless stamped since */
#define NP_SLOT_SPLIT		0x08	/* cut into segments or fragments, unless stamped since */
#define NP_SLOT_ALLOC		0x10	/* allocated, and not a packet yet */
#define NP_SLOT_EXTRA		0x20	/* extra is valid */
#define NP_SLOT_GHOSTS		0x80	/* ghosts is valid */
#define NP_SLOT_DONE		0x100	/* done is valid */
#define NP_SLOT_FRAGMENT	0x200	/* made by fragmentation */
#define NP_SLOT_UNJUDGED	0x400	/* the filter's verdict has not fallen yet */
#define NP_SLOT_REJECTED	0x800	/* the filter has rejected it */
#define NP_SLOT_COLLAPSED	0x1000	/* heap is valid: its data is being copied elsewhere */

/* Why a hit needs more than a stamp; &struct np_slot.pending and np_target.needs. */
#define NP_NEED_SPECIAL		0x01	/* the hit is special; set in every slot */
#define NP_NEED_FLOW		0x02	/* set until the flow was looked for */
#define NP_NEED_DEV		0x04	/* its device may have changed where no hook is */
#define NP_NEED_ADOPT		0x08	/* fragments were hung into it */
#define NP_NEED_WRITER		0x10	/* was allocated, its first stage may tell the writer */
#define NP_NEED_LEN		0x20	/* the flow is known, its length is another now */
#define NP_NEED_FILTER		0x40	/* with NP_SLOT_UNJUDGED: its headers are looked for */
/* what an L3 stage sees to, beside the flow */
#define NP_NEED_L3	(NP_NEED_ADOPT | NP_NEED_WRITER | NP_NEED_LEN | NP_NEED_FILTER)

/**
 * struct np_stamp - a stage passed, not yet converted.
 * @time: np_now() reading
 * @tag: stage, device and CPU
 * @detail: as in &struct netpath_stamp
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
 * struct np_extra - what only some packets have.
 * @hw_time: as in &struct netpath_packet
 * @sock_age: as in &struct netpath_packet
 * @tcp_cwnd: as in &struct netpath_packet
 * @tcp_srtt_us: as in &struct netpath_packet
 * @tcp_unacked: as in &struct netpath_packet
 * @sock_state: as in &struct netpath_packet
 * @reserved: 0
 * @qdisc: kind of the qdisc passed last, NUL-terminated
 */
struct np_extra {
	u64	hw_time;
	u64	sock_age;
	u32	tcp_cwnd;
	u32	tcp_srtt_us;
	u32	tcp_unacked;
	u8	sock_state;
	u8	reserved[3];
	char	qdisc[16];
};

/**
 * struct np_heap - TCP segments whose data is being copied into fewer skbs.
 * @ghosts: those that are gone, whose journeys go on
 * @alive: number of slots that point here
 *
 * For as long as the copying function runs, which owns the segments.
 */
struct np_heap {
	struct np_slot	*ghosts;
	unsigned int	alive;
};

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
 * @merge_nr: number of stamps when NP_SLOT_MERGED or NP_SLOT_SPLIT was set
 * @calls: of TCP data: further calls that wrote some of it, see np_tcp.c
 * @merge_time: np_now() reading when it was merged
 * @key: place of this slot's key in its bucket; constant
 * @wake: time of wake-up in the upper 48 bits, low 16 bits of the id that it
 *	is meant for; see np_track_wake()
 * @wake_cookie: cookie of the socket for which @wake was written
 * @done: as @wake, for the return of the driver's function
 * @ghosts: packets whose data went into this one, and whose journeys go on
 * @into: with NP_SLOT_MERGED: where its data went, until it is known whether it did; then the next
 *	of those that went there
 * @heap: with NP_SLOT_COLLAPSED: where it goes when its skb dies
 * @end_seq: of a TCP segment that was merged, or that others were merged into: sequence
 *	number behind its own data
 * @ident: who it is
 * @extra: valid with NP_SLOT_EXTRA
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
	u8			merge_nr;
	u8			calls;
	unsigned long		*key;
	u64			wake;
	u64			wake_cookie;
	u64			done;
	u64			merge_time;
	struct np_slot		*ghosts;
	union {
		struct np_slot	*into;
		struct np_heap	*heap;
	};
	u32			end_seq;
	struct np_ident		ident;
	struct np_extra		extra;
	struct netpath_dev	devs[NP_SLOT_DEVS];
	struct np_stamp		stamps[NP_SLOT_STAMPS];
} ____cacheline_aligned;

/**
 * struct np_cpu - what a CPU needs at every hit.
 * @last: slot of the packet hit last; never NULL, its skb must be compared
 * @tag: CPU part of a stamp's tag
 * @id: last journey id given out by this CPU
 * @untracked: packet for which no slot was free, so that it is counted once
 * @xmit_skb: packet given to a driver last
 * @xmit_slot: its slot
 * @xmit_id: low 16 bits of its id
 */
struct np_cpu {
	struct np_slot	*last;
	u32		tag;
	u64		id;
	const void	*untracked;
	const void	*xmit_skb;
	struct np_slot	*xmit_slot;
	u16		xmit_id;
};

DECLARE_PER_CPU(struct np_cpu, np_cpu);

extern struct np_slot np_no_slot;

/* pending and state of a new slot */
extern u8 np_birth_pending;
extern u16 np_birth_state;

/* np_track.c */
struct np_slot *np_track_find_slow(const void *skb);
struct np_slot *np_track_birth(const void *skb, bool certain);
struct np_slot *np_track_begin(const void *skb);
struct np_slot *np_track_keep(struct np_slot *slot);
void np_track_expire(u64 before, void (*emit)(struct np_slot *slot));
void np_track_open(void);
void np_track_close(void);
int np_track_alloc(unsigned int nr_slots);
void np_track_free(void);
unsigned int np_track_reset(void);
unsigned int np_track_slots(void);

/* np_slot.c */
void np_slot_truncated(struct np_slot *slot);
void np_slot_inherit(struct np_slot *child, const struct np_slot *parent);
void np_slot_insert(struct np_slot *slot, u32 stage, u64 time);
struct np_extra *np_slot_extra(struct np_slot *slot);
void np_slot_judge(bool judge);

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
	/* bridge, bond, macvlan */
	if (unlikely(rcu_access_pointer(dev->rx_handler)))
		slot->pending |= NP_NEED_DEV;
	if (unlikely(to == slot->devs + NP_SLOT_DEVS)) {
		slot->tag = 0;
		np_slot_truncated(slot);
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
	/* and no detail */
	*(u64 *)&stamp->tag = stage | slot->tag | this_cpu_read(np_cpu.tag);
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
		np_slot_truncated(slot);
}

/**
 * np_track_detail() - Write down that a packet passes a stage now, and a number.
 * @slot: its slot
 * @stage: &enum netpath_stage
 * @detail: number that goes with this stage
 *
 * Context: Any; caller owns the skb.
 */
static inline void np_track_detail(struct np_slot *slot, u32 stage, u32 detail)
{
	if (likely(np_track_stamp_at(slot, stage, np_now())))
		slot->next[-1].detail = detail;
	else
		np_slot_truncated(slot);
}

/**
 * np_track_wake() - Note when the reader was woken for a packet.
 * @slot: slot of a packet that is or was in a receive queue
 * @cookie: of the socket
 * @now: np_now() reading
 *
 * The caller does not own the packet: its reader may be taking it at this
 * moment, and the slot may even belong to the next packet.  So what counts is
 * one store of one word, which names the packet that it is meant for; the end
 * of the journey takes it only if that is the right one.  For the same reason
 * the id may be one that is being written, and then nobody takes the word.
 *
 * Context: Any.
 */
static __always_inline void np_track_wake(struct np_slot *slot, u64 cookie, u64 now)
{
	WRITE_ONCE(slot->wake_cookie, cookie);
	/* pairs with np_record_commit() */
	smp_store_release(&slot->wake, now << 16 | (u16)data_race(READ_ONCE(slot->ident.id)));
}

/**
 * np_track_noted() - Is what somebody else noted meant for this packet?
 * @slot: its slot
 * @word: as np_track_wake() or np_track_done() wrote it
 *
 * Context: Any.
 */
static __always_inline bool np_track_noted(const struct np_slot *slot, u64 word)
{
	return word && (u16)word == (u16)slot->ident.id;
}

/**
 * np_track_noted_time() - When it was noted.
 * @slot: slot of the packet that it is meant for
 * @word: as np_track_wake() or np_track_done() wrote it
 *
 * Context: Any.
 * Return: np_now() reading, from its lower 48 bits.
 */
static __always_inline u64 np_track_noted_time(const struct np_slot *slot, u64 word)
{
	u64 time = slot->stamps[0].time;

	/* a writer of TCP data may have entered before the one whose skb it is */
	return time + ((s64)(((word >> 16) - time) << 16) >> 16);
}

/**
 * np_track_done() - Note when the driver's function returned.
 * @slot: slot that belonged to the packet when the driver got it
 * @id: low 16 bits of the packet's id at that time
 * @now: np_now() reading
 *
 * As np_track_wake(): the driver may have freed the packet long ago.
 *
 * Context: Any.
 */
static __always_inline void np_track_done(struct np_slot *slot, u16 id, u64 now)
{
	WRITE_ONCE(slot->done, now << 16 | id);
}

#endif /* NP_TRACK_H */
