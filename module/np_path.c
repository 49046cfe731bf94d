// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hot path: what a hit of each kind does to the packet's journey.
 *
 * Runs in the context of the hooked code: process, softirq or hard interrupt.
 * No lock, no allocation; writes the slot of a packet that the hooked code
 * owns, and of this CPU's data only hints and counters, each by one
 * operation.  So preemption may be on: np_track_expire() says what that needs.
 */
#include "np_path.h"

#include <linux/if_ether.h>
#include <linux/preempt.h>
#include <net/sock.h>

#include "compat/np_compat.h"
#include "np_call.h"
#include "np_detail.h"
#include "np_family.h"
#include "np_filter.h"
#include "np_life.h"
#include "np_sock.h"
#include "np_tcp.h"

DEFINE_PER_CPU(struct np_hits, np_hits);

/**
 * np_path_birth() - First sight of a packet, if packets may begin at a point.
 * @skb: packet
 * @flags: NP_PT_*: of the point
 *
 * Context: Any; caller owns the skb.
 * Return: An empty slot or NULL.
 */
struct np_slot *np_path_birth(const struct sk_buff *skb, unsigned int flags)
{
	struct np_slot *slot;

	if (!(flags & (NP_PT_BIRTH | NP_PT_LATE)))
		return NULL;
	slot = np_track_birth(skb, false);
	if (!slot)
		return NULL;
	if (flags & NP_PT_LATE)
		slot->ident.flags |= NETPATH_F_LATE;
	else if (in_task() && np_sock_is_full(skb->sk))
		np_call_writer(slot, skb->sk);
	return slot;
}

/* A slot that has stamps where a packet begins. */
static noinline struct np_slot *np_path_begin_again(struct np_slot *slot, const void *skb)
{
	/* its memory was seen before, or an earlier function of the same layer */
	if (slot->state & NP_SLOT_ALLOC || np_track_last(slot) == NETPATH_STAGE_UDP_SEND)
		return slot;
	np_life_reborn(slot, skb);
	return np_track_birth(skb, true);
}

/* A packet that begins here for certain. */
static __always_inline struct np_slot *np_path_begin(const void *skb)
{
	struct np_slot *slot = np_track_begin(skb);

	if (unlikely(slot && slot->next != slot->stamps))
		return np_path_begin_again(slot, skb);
	return slot;
}

static __always_inline void np_path_do_flow(struct np_slot *slot, const struct sk_buff *skb,
					    bool received)
{
	if (np_flow_read(&slot->ident, skb, received))
		slot->pending &= ~NP_NEED_FLOW;
}

/**
 * np_path_flow() - Read addresses and ports, until they were found once.
 * @slot: slot of the packet
 * @skb: packet whose network header is set
 * @received: the length in the IP header is final
 *
 * Context: Any; caller owns the skb.
 */
void np_path_flow(struct np_slot *slot, const struct sk_buff *skb, bool received)
{
	np_path_do_flow(slot, skb, received);
}

static void np_path_entail(struct sk_buff *skb, const struct sock *sk)
{
	struct np_slot *slot = np_path_begin(skb);

	if (!slot)
		return;
	slot->state |= NP_SLOT_ORIGIN;
	/* a call that no hook sees, of the kernel itself: this is its first trace */
	if (!np_call_writer(slot, sk))
		np_track_stamp(slot, NETPATH_STAGE_SENDMSG);
}

/* A TCP segment has no IP header yet, but its socket knows the addresses. */
static void np_path_queue_xmit(struct sk_buff *skb, const struct sock *sk,
			       const struct np_target *target)
{
	struct np_slot *slot = np_track_find(skb);

	if (!slot) {
		slot = np_path_birth(skb, target->flags);
		if (!slot)
			return;
	}
	if (slot->pending & NP_NEED_FLOW) {
		np_flow_of_sock(&slot->ident, skb, sk);
		slot->pending &= ~NP_NEED_FLOW;
	}
	np_track_stamp(slot, target->stage);
}

static void np_path_transmit(struct sk_buff *skb, bool clone_it, const struct sock *sk)
{
	struct np_slot *slot = np_track_find(skb);

	if (!slot) {
		slot = np_track_birth(skb, true);
		if (!slot)
			return;
	}
	if (clone_it) {
		slot->state |= NP_SLOT_ORIGIN;
		/* each transmission has its own time */
		if (np_track_last(slot) == NETPATH_STAGE_TCP_TRANSMIT)
			slot->next--;
	}
	slot->ident.writer_cookie = np_sock_cookie(sk);
	np_tcp_transmit(slot, skb, sk);
	np_track_stamp(slot, NETPATH_STAGE_TCP_TRANSMIT);
}

static noinline void np_path_send(struct sk_buff *skb)
{
	struct np_slot *slot = np_track_begin(skb);

	if (unlikely(!slot))
		return;
	if (unlikely(slot->next != slot->stamps)) {
		slot = np_path_begin_again(slot, skb);
		if (!slot)
			return;
	}
	if (likely(!np_armed_extra) || np_track_last(slot) != NETPATH_STAGE_UDP_SEND)
		np_call_writer(slot, skb->sk);
	np_path_do_flow(slot, skb, false);
	np_track_stamp(slot, NETPATH_STAGE_IP_SEND_SKB);
}

static void np_path_send_early(const struct sk_buff *skb)
{
	struct np_slot *slot = np_path_begin(skb);

	if (!slot)
		return;
	np_call_writer(slot, skb->sk);
	np_track_stamp(slot, NETPATH_STAGE_UDP_SEND);
}

/* The tail of the queue is what was put there last; its address is all that is used. */
static noinline void np_path_wake_slow(const struct sock *sk, struct np_slot *slot)
{
	np_track_wake(slot, np_sock_cookie(sk), np_now());
}

static noinline void np_path_wake(const struct sock *sk)
{
	const void *skb = READ_ONCE(sk->sk_receive_queue.prev);
	struct np_slot *slot = this_cpu_read(np_cpu.last);
	u64 cookie = atomic64_read(&sk->sk_cookie);

	if (unlikely(READ_ONCE(slot->skb) != skb)) {
		slot = np_track_find_slow(skb);
		if (!slot)
			return;
	}
	if (likely(cookie && np_now_is_cycles()))
		np_track_wake(slot, cookie, get_cycles());
	else
		np_path_wake_slow(sk, slot);
}

static noinline void np_path_call_proto(const struct sock *sk)
{
	np_call_proto(sk);
}

static noinline void np_path_special(const struct np_target *target, const void *args)
{
	unsigned long arg2 = *(const unsigned long *)(args + target->off2);
	void *arg = *(void * const *)(args + target->off);

	switch (target->act) {
	case NP_ACT_ENTAIL:
		np_path_entail(arg, (const struct sock *)arg2);
		break;
	case NP_ACT_TRANSMIT:
		np_path_transmit(arg, (int)arg2,
				 *(const struct sock * const *)(args + np_arg_off(0)));
		break;
	case NP_ACT_SEND_EARLY:
		np_path_send_early(arg);
		break;
	case NP_ACT_SOCK:
		np_path_queue_xmit(arg, (const struct sock *)arg2, target);
		break;
	case NP_ACT_READ:
		np_life_read(arg, ((const struct sk_buff *)arg)->len);
		break;
	case NP_ACT_READ_DONE:
		np_life_read_done(arg);
		break;
	case NP_ACT_PARTIAL:
		np_family_partial(arg, (bool)arg2);
		break;
	case NP_ACT_CLONE:
		np_family_child(arg, (const void *)arg2);
		break;
	case NP_ACT_SHARE:
		np_family_share(arg, (const void *)arg2);
		break;
	case NP_ACT_SHIFT:
		np_tcp_shift(arg, (const struct sk_buff *)arg2,
			     *(const unsigned int *)(args + np_arg_off(2)));
		break;
	case NP_ACT_FRAGMENT:
		np_family_fragment(arg, (const struct sk_buff *)arg2);
		break;
	case NP_ACT_SEGMENT:
		np_family_segment(arg);
		break;
	case NP_ACT_COALESCE:
		np_family_merge(arg, (const struct sk_buff *)arg2, false);
		break;
	case NP_ACT_MERGE:
		np_family_merge(arg, (const struct sk_buff *)arg2, true);
		break;
	case NP_ACT_REASM:
		np_family_reassembled(arg);
		break;
	default:
		if (target->act < NP_ACT_DETAILS)
			np_call_hit(target->act, arg);
		else
			np_detail_hit(target, arg, arg2);
	}
}

/* What an L3 stage does beside reading the flow. */
static noinline void np_path_pending(struct np_slot *slot, const struct sk_buff *skb, u32 stage,
				     bool dev)
{
	if (slot->pending & NP_NEED_FILTER && np_filter_final(stage))
		np_filter_judge(slot, skb, np_filter_offset(skb, stage));
	if (dev && slot->pending & NP_NEED_DEV) {
		slot->pending &= ~NP_NEED_DEV;
		if (slot->dev != skb->dev)
			np_track_dev(slot, skb->dev, skb->protocol);
	}
	if (slot->pending & NP_NEED_WRITER) {
		slot->pending &= ~NP_NEED_WRITER;
		if (np_life_only_allocated(slot) && in_task() && np_sock_is_full(skb->sk))
			np_call_writer(slot, skb->sk);
	}
	if (slot->pending & NP_NEED_ADOPT) {
		slot->pending &= ~NP_NEED_ADOPT;
		np_family_adopt(slot, skb);
		/* the fragment that it was had perhaps no ports, if it was not made here */
		if (slot->ident.sport || slot->ident.dport)
			slot->pending |= NP_NEED_LEN;
		else
			slot->pending |= NP_NEED_FLOW;
	}
	if (slot->pending & NP_NEED_LEN)
		np_family_length(slot, skb);
}

/* Any stage at which nothing but the skb is known, first sight and full slots included. */
static __always_inline void np_path_any(const struct sk_buff *skb, u32 stage, unsigned int flags,
					bool flow, bool dev)
{
	struct np_slot *slot = np_track_find(skb);

	if (!slot) {
		slot = np_path_birth(skb, flags);
		if (!slot)
			return;
	}
	if (flow && unlikely(slot->pending & (NP_NEED_DEV | NP_NEED_L3)))
		np_path_pending(slot, skb, stage, dev);
	if (flow && slot->pending & NP_NEED_FLOW)
		np_path_flow(slot, skb, np_stage_received(stage));
	np_track_stamp(slot, stage);
}

/**
 * np_path_plain_slow() - What np_path_stamp() does when np_path_try() could not.
 * @skb: packet
 * @stage: &enum netpath_stage
 * @flags: NP_PT_*
 *
 * Context: Any; caller owns the skb.
 */
noinline void np_path_plain_slow(const struct sk_buff *skb, u32 stage, unsigned int flags)
{
	np_path_any(skb, stage, flags, false, false);
}

/**
 * np_path_dev_change() - A packet passes a stage on another device than before.
 * @slot: its slot
 * @skb: packet
 * @dev: device that it is on
 * @stage: &enum netpath_stage
 *
 * Context: Any; caller owns the skb; the clock is the cycle counter.
 */
noinline void np_path_dev_change(struct np_slot *slot, const struct sk_buff *skb,
				 const struct net_device *dev, u32 stage)
{
	/* it was seen before there were headers, as by what allocated it */
	if (unlikely(slot->pending & NP_NEED_FILTER))
		np_filter_judge(slot, skb, np_filter_offset(skb, stage));
	/* nobody will ask where it has been */
	if (unlikely(slot->state & NP_SLOT_REJECTED))
		slot->dev = dev;
	else
		np_track_dev(slot, dev, skb->protocol);
	if (unlikely(!np_track_stamp_at(slot, stage, get_cycles())))
		np_slot_truncated(slot);
}

/**
 * np_path_dev_slow() - What np_path_stamp_dev() leaves to do.
 * @skb: packet
 * @dev: device that it is on
 * @stage: &enum netpath_stage
 * @flags: NP_PT_*
 *
 * Context: Any; caller owns the skb.
 */
noinline void np_path_dev_slow(const struct sk_buff *skb, const struct net_device *dev, u32 stage,
			       unsigned int flags)
{
	struct np_slot *slot = np_track_find(skb);
	bool first = !slot;

	if (unlikely(first)) {
		slot = np_path_birth(skb, flags);
		if (!slot)
			return;
	} else if (unlikely(slot->pending & NP_NEED_WRITER)) {
		first = np_life_only_allocated(slot);
		np_path_pending(slot, skb, NETPATH_STAGE_NONE, false);
	}
	if (unlikely(slot->pending & NP_NEED_FILTER))
		np_filter_judge(slot, skb, np_filter_offset(skb, stage));
	/* sent by a packet socket: no stage above could see its headers */
	if (unlikely(first) && stage == NETPATH_STAGE_DEV_QUEUE &&
	    (skb->protocol == htons(ETH_P_IP) || skb->protocol == htons(ETH_P_IPV6)))
		np_path_flow(slot, skb, false);
	if (slot->dev != dev)
		np_track_dev(slot, dev, skb->protocol);
	/* a segment: no stage that reads headers follows before it is received */
	if (unlikely(slot->pending & NP_NEED_LEN))
		np_family_length(slot, skb);
	np_track_stamp(slot, stage);
}

static noinline void np_path_slow_any(const struct np_target *target, const struct sk_buff *skb)
{
	np_path_any(skb, target->stage, target->flags, target->act != NP_ACT_STAMP,
		    target->act == NP_ACT_L3DEV);
}

/**
 * np_path_fn_slow() - What np_path_fn() leaves to do.
 * @target: what to do
 * @args: registers, see np_arg_off()
 *
 * The actions that every datagram takes are tested first.  Each has a
 * function of its own, so that none pays for the registers of another.
 *
 * Context: Any.
 */
noinline void np_path_fn_slow(const struct np_target *target, const void *args)
{
	void *arg = *(void * const *)(args + target->off);
	unsigned int act = target->act;

	if (act == NP_ACT_FREE)
		np_life_free(arg);
	else if (act == NP_ACT_WAKE)
		np_path_wake(arg);
	else if (act == NP_ACT_CALL)
		np_path_call_proto(arg);
	else if (act == NP_ACT_SEND)
		np_path_send(arg);
	else if (act < NP_ACT_SPECIAL)
		np_path_slow_any(target, arg);
	else
		np_path_special(target, args);
}

/**
 * np_path_hits() - How often a point was hit.
 * @point: &enum np_point_id
 *
 * Context: Any.
 */
u64 np_path_hits(unsigned int point)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(np_hits, cpu).count[point]);
	return sum;
}
