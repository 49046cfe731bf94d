// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a packet ends; np_family.c has how one turns into another.
 *
 * Same contexts and rules as np_path.c.
 */
#include "np_life.h"

#include <linux/in.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include <net/tcp.h>

#include "compat/np_compat.h"
#include "np_call.h"
#include "np_record.h"
#include "np_sock.h"
#include "np_stage.h"
#include "np_tcp.h"

/* Held by one of several tasks that read a packet at once, while it writes the slot. */
static DEFINE_RAW_SPINLOCK(np_life_sharers);

/**
 * np_life_end_merged() - Journeys that went on in another packet end with it.
 * @ghosts: the first of them, or NULL; the caller forgets it
 *
 * Context: Any; caller owns the other packet.
 */
noinline void np_life_end_merged(struct np_slot *ghosts)
{
	struct np_slot *ghost, *next;

	for (ghost = ghosts; ghost; ghost = next) {
		next = ghost->into;
		if (ghost->state & NP_SLOT_READ)
			ghost->merge_time = ghost->next[-1].time;
		np_life_end(ghost, NETPATH_OUTCOME_MERGED, 0);
		np_count(DEATHS);
		np_track_release(ghost);
	}
}

static __always_inline void np_life_end_ghosts(struct np_slot *slot)
{
	if (likely(!(slot->state & NP_SLOT_GHOSTS)))
		return;
	slot->state &= ~NP_SLOT_GHOSTS;
	np_life_end_merged(slot->ghosts);
}

/**
 * np_life_haunt() - A packet's data went into another, and its journey goes on there.
 * @slot: slot claimed by the caller
 * @ghosts: where the other has such; this is put first
 *
 * The skb does not go on: the slot is found by its address no more.
 *
 * Context: Any; caller owns the other packet.
 */
void np_life_haunt(struct np_slot *slot, struct np_slot **ghosts)
{
	struct np_slot *ghost, *last;

	/* its own ghosts, from an earlier queue, go with it */
	if (slot->state & NP_SLOT_GHOSTS) {
		for (last = slot->ghosts; last->into; last = last->into)
			;
		last->into = *ghosts;
		*ghosts = slot->ghosts;
		slot->state &= ~NP_SLOT_GHOSTS;
	}
	ghost = np_track_keep(slot);
	if (ghost) {
		ghost->into = *ghosts;
		*ghosts = ghost;
		return;
	}
	np_slot_truncated(slot);
	np_life_end(slot, NETPATH_OUTCOME_MERGED, 0);
	np_count(DEATHS);
	np_track_release(slot);
}

/* Was it merged or cut up, by @state, and by the last thing that happened to it? */
static __always_inline bool np_life_just(const struct np_slot *slot, u32 state)
{
	return slot->state & state && slot->merge_nr == np_track_nr(slot);
}

/* A plain end: what became of the packet follows from where it has been. */
static u32 np_life_outcome(const struct np_slot *slot)
{
	const struct np_stamp *stamp;

	if (np_life_just(slot, NP_SLOT_MERGED))
		return NETPATH_OUTCOME_MERGED;
	if (np_life_just(slot, NP_SLOT_SPLIT))
		return NETPATH_OUTCOME_SPLIT;
	if (np_track_last(slot) != NETPATH_STAGE_DEV_XMIT &&
	    np_track_last(slot) != NETPATH_STAGE_TX_COMPLETE)
		return NETPATH_OUTCOME_CONSUMED;
	for (stamp = slot->stamps; stamp < slot->next; stamp++) {
		if (NP_TAG_STAGE(stamp->tag) == NETPATH_STAGE_NETIF_RECEIVE_SKB)
			return NETPATH_OUTCOME_FORWARDED;
	}
	return NETPATH_OUTCOME_TRANSMITTED;
}

/*
 * The reader was woken, most likely, after the packet's last stage so far; if
 * it was not, or is woken later, the end of the journey sees to it.
 */
static __always_inline void np_life_take_wake(struct np_slot *slot)
{
	u64 wake = smp_load_acquire(&slot->wake); /* pairs with np_track_wake() */
	u64 time;

	if (unlikely(!np_track_noted(slot, wake)))
		return;
	time = np_track_noted_time(slot, wake);
	if (unlikely((s64)(time - slot->next[-1].time) < 0 ||
		     !np_track_stamp_at(slot, NETPATH_STAGE_SOCK_WAKEUP, time)))
		return;
	/* the waker's CPU is the one that put the packet into the queue */
	slot->next[-1].tag = (slot->next[-2].tag & ~0xffU) | NETPATH_STAGE_SOCK_WAKEUP;
	slot->ident.reader_cookie = READ_ONCE(slot->wake_cookie);
	WRITE_ONCE(slot->wake, 0);
}

static __always_inline void np_life_do_read(struct np_slot *slot)
{
	/* of more than two copies in a row the first and the last are kept */
	if (unlikely(np_track_nr(slot) > 1 && np_track_last(slot) == NETPATH_STAGE_RECVMSG &&
		     NP_TAG_STAGE(slot->next[-2].tag) == NETPATH_STAGE_RECVMSG))
		slot->next--;
	if (unlikely(np_armed_extra) && !(slot->state & NP_SLOT_READ))
		np_call_reader(slot);
	np_life_take_wake(slot);
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

/* Any end but that of a packet that was read and is nothing special. */
static noinline void np_life_die_otherwise(struct np_slot *slot, const struct sk_buff *skb,
					   bool drop, u32 reason, u64 location)
{
	u32 outcome;

	if (slot->state & NP_SLOT_COLLAPSED) {
		slot->state &= ~NP_SLOT_COLLAPSED;
		slot->heap->alive--;
		np_life_haunt(slot, &slot->heap->ghosts);
		return;
	}
	/* what was merged is freed with the packet that it is a part of, dropped or not */
	if (drop && !np_life_just(slot, NP_SLOT_MERGED)) {
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
	if (slot->state & NP_SLOT_ORIGIN &&
	    (slot->children || np_life_just(slot, NP_SLOT_MERGED)))
		np_count(ORIGINS);
	else if (np_life_only_allocated(slot))
		np_count(UNSEEN);
	else
		np_life_end(slot, outcome, location);
	np_life_end_ghosts(slot);
	np_count(DEATHS);
	np_track_release(slot);
}

/* The end of a packet that the filter has rejected, or rejects now; false if it does not. */
static noinline bool np_life_rejected(struct np_slot *slot, const struct sk_buff *skb,
				      bool intact)
{
	/* no packet of its own */
	if ((slot->state & NP_SLOT_ORIGIN && slot->children) || np_life_only_allocated(slot))
		return false;
	if (!np_filter_rejects(slot, intact ? skb : NULL))
		return false;
	if (!np_track_claim_death(slot, skb))
		return true;
	np_count(FILTERED);
	np_life_end_ghosts(slot);
	np_count(DEATHS);
	np_track_release(slot);
	return true;
}

/* With @intact its headers are still there. */
static __always_inline void np_life_die(const struct sk_buff *skb, bool drop, u32 reason,
					u64 location, bool intact)
{
	struct np_slot *slot = np_track_find(skb);

	if (unlikely(!slot)) {
		if (unlikely(this_cpu_read(np_cpu.untracked) == skb))
			this_cpu_write(np_cpu.untracked, NULL);
		return;
	}
	if (unlikely(slot->state & (NP_SLOT_REJECTED | NP_SLOT_UNJUDGED)) &&
	    np_life_rejected(slot, skb, intact))
		return;
	if (unlikely(!np_track_claim_death(slot, skb)))
		return;
	if (!drop && np_life_udp_read(slot))
		np_life_do_read(slot);
	slot->ident.pkt_type = skb->pkt_type;
	if (likely((slot->state & ~(NP_SLOT_EXTRA | NP_SLOT_DONE)) == NP_SLOT_READ && !drop))
		np_record_delivered(slot, np_now());
	else
		np_life_die_otherwise(slot, skb, drop, reason, location);
}

/**
 * np_life_free() - An skb dies and nobody says that it is dropped.
 * @skb: skb that is still there, its data perhaps not; unknown ones are ignored
 *
 * Context: Any.
 */
void np_life_free(const struct sk_buff *skb)
{
	np_life_die(skb, false, 0, 0, false);
}

/**
 * np_life_consume() - The same, and its data is still there.
 * @skb: skb
 *
 * Context: Any.
 */
void np_life_consume(const struct sk_buff *skb)
{
	np_life_die(skb, false, 0, 0, true);
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
	np_life_die(skb, true, reason, location, true);
}

/**
 * np_life_expired() - A packet is alive for longer than the limit.
 * @slot: slot claimed by the caller
 *
 * Context: Process, preemption off.
 */
void np_life_expired(struct np_slot *slot)
{
	slot->ident.sock_netns = 0;
	if (slot->state & NP_SLOT_REJECTED)
		np_count(DEATHS);
	else
		np_count(EXPIRED);
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

/* Data of packets that were appended to another one was copied; up to where, and how much? */
static void np_life_read_ghosts(struct np_slot *slot, u32 end, int len)
{
	struct np_slot *ghost;

	for (ghost = slot->ghosts; ghost; ghost = ghost->into) {
		if (!before(ghost->ident.tcp_seq, end) || !after(ghost->end_seq, end - len))
			continue;
		np_life_do_read(ghost);
		ghost->ident.reader_cookie = slot->ident.reader_cookie;
	}
}

static __always_inline void np_life_copied(struct np_slot *slot, const struct sk_buff *skb,
					   int len)
{
	bool tcp, own = true;
	u32 end;

	tcp = np_tcp_read_end(skb, len, &end);
	if (tcp)
		slot->ident.reader_cookie = np_sock_cookie(skb->sk);
	if (tcp && slot->state & NP_SLOT_GHOSTS) {
		own = !(slot->state & NP_SLOT_READ) || before(end - len, slot->end_seq);
		np_life_read_ghosts(slot, end, len);
	}
	if (own)
		np_life_do_read(slot);
}

/*
 * Does nobody but the caller own a packet?  Tasks that peek at a datagram
 * (MSG_PEEK) own it beside each other and beside its reader.
 */
static __always_inline bool np_life_unshared(const struct sk_buff *skb)
{
	if (unlikely(skb_shared(skb)))
		return false;
	smp_rmb(); /* what others wrote before they let go of it; as skb_unref() */
	return true;
}

static noinline void np_life_read_shared(struct np_slot *slot, const struct sk_buff *skb, int len)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&np_life_sharers, flags);
	np_life_copied(slot, skb, len);
	raw_spin_unlock_irqrestore(&np_life_sharers, flags);
}

static noinline void np_life_read_done_shared(struct np_slot *slot)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&np_life_sharers, flags);
	if (np_track_last(slot) != NETPATH_STAGE_RECVMSG)
		np_life_do_read(slot);
	raw_spin_unlock_irqrestore(&np_life_sharers, flags);
}

/**
 * np_life_read() - Payload was copied to the current process.
 * @skb: packet; unknown ones are ignored
 * @len: bytes copied
 *
 * Where the data of several packets has become one, those count that the copy
 * reached.
 *
 * Context: Process.
 */
void np_life_read(const struct sk_buff *skb, int len)
{
	struct np_slot *slot = np_track_find(skb);

	if (!slot)
		return;
	if (np_life_unshared(skb))
		np_life_copied(slot, skb, len);
	else
		np_life_read_shared(slot, skb, len);
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

	if (!slot)
		return;
	if (!np_life_unshared(skb))
		np_life_read_done_shared(slot);
	else if (np_track_last(slot) != NETPATH_STAGE_RECVMSG)
		np_life_do_read(slot);
}
