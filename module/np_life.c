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

#include <net/tcp.h>

#include "compat/np_compat.h"
#include "np_call.h"
#include "np_record.h"
#include "np_sock.h"
#include "np_stage.h"
#include "np_tcp.h"

/* No receive queue has more segments that are copied in one go. */
#define NP_COLLAPSE_MAX	4096

static __always_inline void np_life_end(struct np_slot *slot, u32 outcome, u64 location)
{
	u64 now = np_now();

	if (unlikely(outcome == NETPATH_OUTCOME_MERGED))
		now = slot->merge_time;
	else if (unlikely(slot->ident.merged_id))
		slot->ident.merged_id = 0;
	slot->ident.outcome = outcome;
	np_record_commit(slot, location, now);
}

/* Journeys that went on in another packet end with it. */
static noinline void np_life_end_ghosts(struct np_slot *slot)
{
	struct np_slot *ghost, *next;

	if (!(slot->state & NP_SLOT_GHOSTS))
		return;
	for (ghost = slot->ghosts; ghost; ghost = next) {
		next = ghost->into;
		if (ghost->state & NP_SLOT_READ)
			ghost->merge_time = ghost->next[-1].time;
		np_life_end(ghost, NETPATH_OUTCOME_MERGED, 0);
		np_count(DEATHS);
		np_track_release(ghost);
	}
	slot->state &= ~NP_SLOT_GHOSTS;
}

/* Was it merged by the last thing that happened to it? */
static __always_inline bool np_life_merged(const struct np_slot *slot)
{
	return (slot->state & NP_SLOT_MERGED) && slot->merge_nr == np_track_nr(slot);
}

/* It was merged, if it dies next. */
static void np_life_mark_merged(struct np_slot *slot, struct np_slot *into)
{
	slot->ident.merged_id = into ? into->ident.id : 0;
	slot->into = into;
	slot->state |= NP_SLOT_MERGED;
	slot->merge_nr = np_track_nr(slot);
	slot->merge_time = np_now();
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
	if (unlikely(np_armed_extra) && !(slot->state & NP_SLOT_READ))
		np_call_reader(slot);
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

/* An skb that passed no stage: of another family, or never sent. */
static __always_inline bool np_life_only_allocated(const struct np_slot *slot)
{
	return slot->state & NP_SLOT_ALLOC && np_track_nr(slot) == 1;
}

/* Any end but that of a packet that was read and is nothing special. */
static noinline void np_life_die_otherwise(struct np_slot *slot, const struct sk_buff *skb,
					   bool drop, u32 reason, u64 location)
{
	u32 outcome;

	/* what was merged is freed with the packet that it is a part of, dropped or not */
	if (drop && !np_life_merged(slot)) {
		outcome = NETPATH_OUTCOME_DROPPED;
		slot->ident.drop_reason = reason;
		slot->ident.sock_netns = 0;
		if (slot->next_dev == slot->devs && skb->sk)
			slot->ident.sock_netns = sock_net(skb->sk)->ns.inum;
	} else if (slot->state & NP_SLOT_READ) {
		outcome = NETPATH_OUTCOME_DELIVERED;
	} else {
		outcome = np_life_outcome(slot);
	}
	if (slot->state & NP_SLOT_ORIGIN && slot->children)
		np_count(ORIGINS);
	else if (np_life_only_allocated(slot))
		np_count(UNSEEN);
	else
		np_life_end(slot, outcome, location);
	np_life_end_ghosts(slot);
}

static __always_inline void np_life_die(const struct sk_buff *skb, bool drop, u32 reason, u64 location)
{
	struct np_slot *slot = np_track_find(skb);

	if (unlikely(!slot)) {
		if (unlikely(this_cpu_read(np_cpu.untracked) == skb))
			this_cpu_write(np_cpu.untracked, NULL);
		return;
	}
	if (unlikely(!np_track_claim_death(slot, skb)))
		return;
	if (!drop && np_life_udp_read(slot))
		np_life_do_read(slot);
	slot->ident.pkt_type = skb->pkt_type;
	if (likely((slot->state & ~(NP_SLOT_EXTRA | NP_SLOT_DONE)) == NP_SLOT_READ && !drop)) {
		slot->ident.outcome = NETPATH_OUTCOME_DELIVERED;
		np_record_commit(slot, 0, np_now());
	} else {
		np_life_die_otherwise(slot, skb, drop, reason, location);
	}
	np_count(DEATHS);
	np_track_release(slot);
}

/**
 * np_life_free() - An skb dies and nobody says that it is dropped.
 * @skb: skb that is still there; unknown ones are ignored
 *
 * Context: Any.
 */
void np_life_free(const struct sk_buff *skb)
{
	np_life_die(skb, false, 0, 0);
}

/**
 * np_life_drop() - An skb is dropped.
 * @skb: skb that is still there; unknown ones are ignored
 * @reason: drop reason of the running kernel
 * @location: address of the code that drops it
 *
 * Context: Any.
 */
void np_life_drop(const struct sk_buff *skb, u32 reason, unsigned long location)
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
	slot->ident.sock_netns = 0;
	if (slot->state & NP_SLOT_ORIGIN && slot->children)
		np_count(ORIGINS);
	else if (np_life_only_allocated(slot))
		np_count(UNSEEN);
	else
		np_life_end(slot, NETPATH_OUTCOME_EXPIRED, 0);
	np_life_end_ghosts(slot);
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
	np_life_end_ghosts(slot);
	np_track_release(slot);
}

/**
 * np_life_read() - Payload was copied to the current process.
 * @skb: packet; unknown ones are ignored
 * @len: bytes copied
 *
 * Of packets whose data was appended to this one, those count that the copy
 * reached.
 *
 * Context: Process.
 */
void np_life_read(const struct sk_buff *skb, int len)
{
	struct np_slot *slot, *ghost;
	u32 end;

	slot = np_track_find(skb);
	if (!slot)
		return;
	np_life_do_read(slot);
	if (!np_tcp_read_end(skb, len, &end))
		return;
	slot->ident.reader_cookie = np_sock_cookie(skb->sk);
	if (!(slot->state & NP_SLOT_GHOSTS))
		return;
	for (ghost = slot->ghosts; ghost; ghost = ghost->into) {
		if (!before(ghost->ident.tcp_seq, end) || !after(ghost->end_seq, end - len))
			continue;
		np_life_do_read(ghost);
		ghost->ident.reader_cookie = slot->ident.reader_cookie;
	}
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
	to = np_track_find_slow(child);
	if (!to) {
		to = np_track_birth(child, true);
	} else if (!np_life_only_allocated(to)) {
		/*
		 * skb_morph() gives an existing packet another header: it
		 * stays who it is, and the other one goes, if it does so now.
		 */
		if (!parent_state)
			np_life_mark_merged(from, to);
		return;
	}
	if (!to)
		return;
	to->state &= ~NP_SLOT_ALLOC;
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
void np_life_share(const void *parent, const struct sk_buff *child)
{
	struct np_slot *from = np_track_find(parent), *to;

	if (!from)
		return;
	to = np_track_find_slow(child);
	if (to && !np_life_only_allocated(to))
		return;
	if (!to)
		to = np_track_birth(child, true);
	if (!to)
		return;
	np_track_inherit(to, from);
	to->state = from->state & (NP_SLOT_ORIGIN | NP_SLOT_EXTRA);
	to->children = from->children;
	if (from->state & NP_SLOT_ORIGIN)
		np_tcp_split(to, from, child);
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
	np_life_mark_merged(slot, absorber);
	if (!certain)
		slot->state &= ~NP_SLOT_MERGED;
}

/*
 * A TCP segment whose data was appended to another in a receive queue: its
 * journey goes on until that data is read.  Its skb does not: the slot is
 * hung to the other's, and nobody finds it by its address any more.
 */
static void np_life_haunt(struct np_slot *slot, const struct sk_buff *skb)
{
	struct np_slot *into = slot->into, *last = slot;

	slot->end_seq = TCP_SKB_CB(skb)->end_seq;
	slot->ident.tcp_seq = TCP_SKB_CB(skb)->seq;
	slot->ident.pkt_type = skb->pkt_type;
	if (!np_track_claim_death(slot, skb))
		return;
	WRITE_ONCE(slot->skb, NP_NO_SKB);
	/* with its own ghosts, from an earlier queue */
	if (slot->state & NP_SLOT_GHOSTS) {
		slot->into = slot->ghosts;
		while (last->into)
			last = last->into;
	}
	slot->state &= ~NP_SLOT_GHOSTS;
	last->into = into->state & NP_SLOT_GHOSTS ? into->ghosts : NULL;
	into->ghosts = slot;
	into->state |= NP_SLOT_GHOSTS;
}

/* Is there a receive queue in which the other waits, and room for ghosts? */
static bool np_life_can_haunt(const struct np_slot *slot)
{
	return slot->ident.l4_proto == IPPROTO_TCP && slot->into &&
	       slot->into->ident.id == slot->ident.merged_id && np_track_room(slot);
}

/**
 * np_life_partial() - An skb has been merged into another.
 * @skb: the one that disappears; unknown ones are ignored
 * @dies: no other hook sees its death
 *
 * Context: Any; caller owns the skb.
 */
void np_life_partial(const struct sk_buff *skb, bool dies)
{
	struct np_slot *slot = np_track_find(skb);

	if (!slot)
		return;
	slot->state |= NP_SLOT_MERGED;
	slot->merge_nr = np_track_nr(slot);
	slot->merge_time = np_now();
	if (np_life_can_haunt(slot))
		np_life_haunt(slot, skb);
	else if (dies)
		np_life_die(skb, false, 0, 0);
}

/**
 * np_life_collapse() - TCP copies part of a receive queue into fewer skbs.
 * @skb: first of them
 * @tail: the one behind the last, or NULL
 * @in_list: they are in a list, otherwise in a tree
 *
 * Those that die next were merged; into what is not to be seen.
 *
 * Context: Any; the socket is locked.
 */
void np_life_collapse(struct sk_buff *skb, const struct sk_buff *tail, bool in_list)
{
	struct np_slot *slot;
	unsigned int i;

	for (i = 0; skb && skb != tail && i < NP_COLLAPSE_MAX; i++) {
		slot = np_track_find(skb);
		if (slot)
			np_life_mark_merged(slot, NULL);
		skb = in_list ? skb->next : skb_rb_next(skb);
	}
}

/**
 * np_life_reassembled() - All fragments of a packet are there.
 * @skb: the one that goes on as the whole
 *
 * Context: Any; caller owns it.
 */
void np_life_reassembled(const struct sk_buff *skb)
{
	struct np_slot *slot = np_track_find(skb);

	if (!slot)
		return;
	slot->pending |= NP_NEED_ADOPT;
	np_track_stamp(slot, NETPATH_STAGE_IP_REASSEMBLED);
}

/**
 * np_life_adopt() - The fragments hung into a packet end here.
 * @slot: slot of the packet
 * @skb: packet
 *
 * Context: Any; caller owns it.
 */
void np_life_adopt(struct np_slot *slot, const struct sk_buff *skb)
{
	struct sk_buff *frag;
	struct np_slot *part;

	skb_walk_frags(skb, frag) {
		part = np_track_find_slow(frag);
		if (!part || !np_track_claim_death(part, frag))
			continue;
		part->ident.pkt_type = frag->pkt_type;
		np_life_mark_merged(part, slot);
		np_life_end(part, NETPATH_OUTCOME_MERGED, 0);
		np_count(DEATHS);
		np_track_release(part);
	}
}

/**
 * np_life_alloc() - An skb was allocated.
 * @skb: skb
 *
 * Context: Any; caller owns it.
 */
void np_life_alloc(const void *skb)
{
	struct np_slot *slot = np_track_find_slow(skb);

	if (slot) {
		/* by the function that the allocating one called */
		if (np_life_only_allocated(slot))
			return;
		np_life_reborn(slot, skb);
	}
	slot = np_track_birth(skb, true);
	if (!slot)
		return;
	slot->state |= NP_SLOT_ALLOC;
	np_track_stamp(slot, NETPATH_STAGE_SKB_ALLOC);
}

