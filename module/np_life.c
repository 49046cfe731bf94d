// SPDX-License-Identifier: GPL-2.0-only
/*
 * Birth to death: how a packet ends, and how one turns into another.
 *
 * Same contexts and rules as np_path.c.
 */
#include "np_life.h"

#include <linux/in.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include "compat/np_compat.h"
#include "np_record.h"

static __always_inline void np_life_end(struct np_slot *slot, u32 outcome, u64 location)
{
	if (unlikely(slot->ident.merged_id) && outcome != NETPATH_OUTCOME_MERGED)
		slot->ident.merged_id = 0;
	slot->ident.outcome = outcome;
	np_record_commit(slot, location, np_now());
}

/* Was it merged by the last thing that happened to it? */
static __always_inline bool np_life_merged(const struct np_slot *slot)
{
	return (slot->state & NP_SLOT_MERGED) && slot->merge_nr == np_track_nr(slot);
}

/* A plain end: what became of the packet follows from where it has been. */
static u32 np_life_outcome(const struct np_slot *slot)
{
	const struct np_stamp *stamp;

	if (np_life_merged(slot))
		return NETPATH_OUTCOME_MERGED;
	if (slot->state & NP_SLOT_SPLIT)
		return NETPATH_OUTCOME_SPLIT;
	if (np_track_last(slot) != NETPATH_STAGE_DEV_XMIT)
		return NETPATH_OUTCOME_CONSUMED;
	for (stamp = slot->stamps; stamp < slot->next; stamp++) {
		if (NP_TAG_STAGE(stamp->tag) == NETPATH_STAGE_NETIF_RECEIVE_SKB)
			return NETPATH_OUTCOME_FORWARDED;
	}
	return NETPATH_OUTCOME_TRANSMITTED;
}

static __always_inline void np_life_do_read(struct np_slot *slot)
{
	/* of more than two copies in a row the first and the last are kept */
	if (unlikely(np_track_nr(slot) > 1 && np_track_last(slot) == NETPATH_STAGE_RECVMSG &&
		     NP_TAG_STAGE(slot->next[-2].tag) == NETPATH_STAGE_RECVMSG))
		slot->next--;
	np_track_stamp(slot, NETPATH_STAGE_RECVMSG);
	slot->state |= NP_SLOT_READ;
	slot->ident.reader_pid = current->tgid;
	memcpy(slot->ident.reader_comm, current->comm, NETPATH_COMM_LEN);
}

/*
 * UDP copies small datagrams in line, where no hook sees it, and releases
 * them right after that, in the reader's context.  One that was put into its
 * socket's queue and is now released, not dropped, by a task was read by it.
 */
static __always_inline bool np_life_udp_read(const struct np_slot *slot)
{
	return NP_UDP_READ_FREES && np_track_last(slot) == NETPATH_STAGE_SOCK_ENQUEUE &&
	       slot->ident.l4_proto == IPPROTO_UDP && in_task();
}

static __always_inline void np_life_die(const void *skb, bool drop, u32 reason, u64 location)
{
	struct np_slot *slot = np_track_find(skb);
	u32 outcome;

	if (unlikely(!slot)) {
		if (unlikely(this_cpu_read(np_cpu.untracked) == skb))
			this_cpu_write(np_cpu.untracked, NULL);
		return;
	}
	if (unlikely(!np_track_claim_death(slot, skb)))
		return;
	if (!drop && np_life_udp_read(slot))
		np_life_do_read(slot);
	if (drop) {
		outcome = NETPATH_OUTCOME_DROPPED;
		slot->ident.drop_reason = reason;
	} else if (likely(slot->state & NP_SLOT_READ)) {
		outcome = NETPATH_OUTCOME_DELIVERED;
	} else {
		outcome = np_life_outcome(slot);
	}
	if (likely(!slot->children))
		np_life_end(slot, outcome, location);
	else
		np_count(ORIGINS);
	np_count(DEATHS);
	np_track_release(slot);
}

/**
 * np_life_free() - An skb dies and nobody says that it is dropped.
 * @skb: its address; unknown ones are ignored
 *
 * Context: Any.
 */
void np_life_free(const void *skb)
{
	np_life_die(skb, false, 0, 0);
}

/**
 * np_life_drop() - An skb is dropped.
 * @skb: its address; unknown ones are ignored
 * @reason: drop reason of the running kernel
 * @location: address of the code that drops it
 *
 * Context: Any.
 */
void np_life_drop(const void *skb, u32 reason, unsigned long location)
{
	np_life_die(skb, true, reason, location);
}

/**
 * np_life_expired() - A packet is alive for longer than the limit.
 * @slot: slot claimed by the caller
 *
 * Context: Process, preemption off.
 */
void np_life_expired(struct np_slot *slot)
{
	np_count(EXPIRED);
	if (slot->children)
		np_count(ORIGINS);
	else
		np_life_end(slot, NETPATH_OUTCOME_EXPIRED, 0);
}

/**
 * np_life_reborn() - The death of a packet was not seen: another begins at its address.
 * @slot: slot of the old one
 * @skb: the address
 *
 * Context: Any; caller owns the skb.
 */
void np_life_reborn(struct np_slot *slot, const void *skb)
{
	if (!np_track_claim_death(slot, skb))
		return;
	np_count(REBORN);
	np_life_end(slot, NETPATH_OUTCOME_NONE, 0);
	np_track_release(slot);
}

/**
 * np_life_read() - Payload was copied to the current process.
 * @skb: packet; unknown ones are ignored
 *
 * Context: Process.
 */
void np_life_read(const struct sk_buff *skb)
{
	struct np_slot *slot;

	slot = np_track_find(skb);
	if (slot)
		np_life_do_read(slot);
}

/**
 * np_life_read_done() - UDP releases a packet after reading it.
 * @skb: packet; unknown ones are ignored
 *
 * That counts as the copy, if no copy was seen.
 *
 * Context: Process.
 */
void np_life_read_done(const struct sk_buff *skb)
{
	struct np_slot *slot = np_track_find(skb);

	if (slot && np_track_last(slot) != NETPATH_STAGE_RECVMSG)
		np_life_do_read(slot);
}

/**
 * np_life_child() - An skb is made from another.
 * @child: the new one
 * @parent: the one that it is made from; unknown ones are ignored
 * @parent_state: NP_SLOT_* to set in the parent
 *
 * Context: Any; caller owns both.
 */
void np_life_child(const void *child, const void *parent, u32 parent_state)
{
	struct np_slot *from = np_track_find(parent), *to;

	if (!from)
		return;
	from->state |= parent_state;
	/* skb_morph() gives an existing packet another header: it stays who it is */
	if (np_track_find_slow(child))
		return;
	to = np_track_birth(child, true);
	if (!to)
		return;
	np_track_inherit(to, from);
	if (!(from->state & NP_SLOT_ORIGIN)) {
		to->ident.flags |= NETPATH_F_CLONE;
		return;
	}
	if (!from->children)
		to->counted = 0;
	else
		to->ident.flags |= NETPATH_F_RETRANS;
	if (from->children < U8_MAX)
		from->children++;
}

/**
 * np_life_share() - TCP cuts its write-queue data in two.
 * @parent: the first half; unknown ones are ignored
 * @child: the second half, which comes from the same call
 *
 * Context: Any; caller owns both.
 */
void np_life_share(const void *parent, const void *child)
{
	struct np_slot *from = np_track_find(parent), *to;

	if (!from || np_track_find_slow(child))
		return;
	to = np_track_birth(child, true);
	if (!to)
		return;
	np_track_inherit(to, from);
	to->state = from->state & NP_SLOT_ORIGIN;
	to->children = from->children;
}

/**
 * np_life_merge() - An skb may be merged into another.
 * @into: the other
 * @skb: the one that may disappear; unknown ones are ignored
 * @certain: it is merged if it dies next; otherwise np_life_partial() follows
 *	if it was
 *
 * Context: Any; caller owns both.
 */
void np_life_merge(const void *into, const void *skb, bool certain)
{
	struct np_slot *slot = np_track_find(skb), *absorber;

	if (!slot)
		return;
	absorber = np_track_find_slow(into);
	slot->ident.merged_id = absorber ? absorber->ident.id : 0;
	slot->merge_nr = np_track_nr(slot);
	if (certain)
		slot->state |= NP_SLOT_MERGED;
	else
		slot->state &= ~NP_SLOT_MERGED;
}

/**
 * np_life_partial() - An skb has been merged into another.
 * @skb: the one that disappears; unknown ones are ignored
 * @dies: no other hook sees its death
 *
 * Context: Any; caller owns the skb.
 */
void np_life_partial(const void *skb, bool dies)
{
	struct np_slot *slot = np_track_find(skb);

	if (!slot)
		return;
	slot->state |= NP_SLOT_MERGED;
	slot->merge_nr = np_track_nr(slot);
	if (dies)
		np_life_die(skb, false, 0, 0);
}
