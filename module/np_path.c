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

#include <linux/hash.h>
#include <linux/if_ether.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <net/sock.h>

#include "np_life.h"

DEFINE_PER_CPU(struct np_hits, np_hits);

#define NP_CALL_BITS	10

/**
 * struct np_call - the sendmsg that a task is in.
 * @task: task
 * @sk: its socket
 * @time: np_now() reading at entry
 *
 * A direct-mapped table: a later call that falls on the same entry takes it
 * over, and the first call's packet starts at its next stage.  An entry is
 * good only for the same task, on the same socket, in process context.
 */
struct np_call {
	const struct task_struct	*task;
	const struct sock		*sk;
	u64				time;
} ____cacheline_aligned;

static struct np_call np_calls[1 << NP_CALL_BITS];

static __always_inline struct np_call *np_path_call(void)
{
	return &np_calls[hash_64((u64)current >> 6, NP_CALL_BITS)];
}

/* Stamp the call that wrote this packet, if it is known. */
static __always_inline bool np_path_writer(struct np_slot *slot, const struct sock *sk)
{
	const struct np_call *call = np_path_call();
	u64 time;

	if (unlikely(READ_ONCE(call->task) != current || READ_ONCE(call->sk) != sk || !in_task()))
		return false;
	time = READ_ONCE(call->time);
	smp_rmb(); /* pairs with the one in np_path_call_enter() */
	if (unlikely(READ_ONCE(call->task) != current))
		return false;
	np_track_stamp_at(slot, NETPATH_STAGE_SENDMSG, time);
	slot->ident.writer_pid = current->tgid;
	BUILD_BUG_ON(TASK_COMM_LEN != NETPATH_COMM_LEN);
	memcpy(slot->ident.writer_comm, current->comm, NETPATH_COMM_LEN);
	return true;
}

/* First sight of a packet, if packets may begin at a point with these flags. */
static struct np_slot *np_path_birth(const void *skb, unsigned int flags)
{
	struct np_slot *slot;

	if (!(flags & (NP_PT_BIRTH | NP_PT_LATE)))
		return NULL;
	slot = np_track_birth(skb, false);
	if (slot && (flags & NP_PT_LATE))
		slot->ident.flags |= NETPATH_F_LATE;
	return slot;
}

/* A packet that begins here for certain. */
static __always_inline struct np_slot *np_path_begin(const void *skb)
{
	struct np_slot *slot = np_track_begin(skb);

	if (unlikely(slot && slot->next != slot->stamps)) {
		np_life_reborn(slot, skb);
		slot = np_track_birth(skb, true);
	}
	return slot;
}

/* Addresses and ports, looked for once. */
static __always_inline void np_path_flow(struct np_slot *slot, const struct sk_buff *skb,
					 bool received)
{
	if (np_flow_read(&slot->ident, skb, received))
		slot->pending &= ~NP_NEED_FLOW;
}

static void np_path_entail(struct sk_buff *skb, const struct sock *sk)
{
	struct np_slot *slot = np_path_begin(skb);

	if (!slot)
		return;
	slot->state = NP_SLOT_ORIGIN;
	/* a call that no hook sees, of the kernel itself: this is its first trace */
	if (!np_path_writer(slot, sk))
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

static void np_path_transmit(struct sk_buff *skb, bool clone_it)
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
	np_track_stamp(slot, NETPATH_STAGE_TCP_TRANSMIT);
}

static noinline void np_path_send(struct sk_buff *skb)
{
	struct np_slot *slot = np_path_begin(skb);

	if (unlikely(!slot))
		return;
	np_path_writer(slot, skb->sk);
	np_path_flow(slot, skb, false);
	np_track_stamp(slot, NETPATH_STAGE_IP_SEND_SKB);
}

/* The tail of the queue is what was put there last; its address is all that is used. */
static noinline void np_path_wake(const struct sock *sk)
{
	struct np_slot *slot = np_track_find(READ_ONCE(sk->sk_receive_queue.prev));

	if (slot)
		np_track_wake(slot, np_now());
}

static noinline void np_path_call_enter(const struct sock *sk)
{
	struct np_call *call = np_path_call();

	WRITE_ONCE(call->task, current);
	smp_wmb(); /* another task on this entry sees that it lost it before it sees our time */
	WRITE_ONCE(call->sk, sk);
	WRITE_ONCE(call->time, np_now());
}

static noinline void np_path_special(const struct np_target *target, void *arg, unsigned long arg2)
{
	struct np_slot *slot;

	switch (target->act) {
	case NP_ACT_ENTAIL:
		np_path_entail(arg, (const struct sock *)arg2);
		break;
	case NP_ACT_TRANSMIT:
		np_path_transmit(arg, (int)arg2);
		break;
	case NP_ACT_SOCK:
		np_path_queue_xmit(arg, (const struct sock *)arg2, target);
		break;
	case NP_ACT_READ:
		np_life_read(arg);
		break;
	case NP_ACT_READ_DONE:
		np_life_read_done(arg);
		break;
	case NP_ACT_PARTIAL:
		np_life_partial(arg, (bool)arg2);
		break;
	case NP_ACT_CLONE:
		np_life_child(arg, (const void *)arg2, 0);
		break;
	case NP_ACT_SHARE:
		np_life_share(arg, (const void *)arg2);
		break;
	case NP_ACT_FRAGMENT:
		np_life_child(arg, (const void *)arg2, NP_SLOT_SPLIT);
		break;
	case NP_ACT_SEGMENT:
		slot = np_track_find(arg);
		if (slot)
			slot->state |= NP_SLOT_SPLIT;
		break;
	case NP_ACT_COALESCE:
		np_life_merge(arg, (const void *)arg2, false);
		break;
	case NP_ACT_MERGE:
		np_life_merge(arg, (const void *)arg2, true);
		break;
	}
}

/* Any stage at which nothing but the skb is known, first sight and full slots included. */
static __always_inline void np_path_any(const struct sk_buff *skb, u32 stage, unsigned int flags,
					bool flow)
{
	struct np_slot *slot = np_track_find(skb);

	if (!slot) {
		slot = np_path_birth(skb, flags);
		if (!slot)
			return;
	}
	if (flow && slot->pending & NP_NEED_FLOW)
		np_path_flow(slot, skb, stage > NETPATH_STAGE_DEV_XMIT);
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
	np_path_any(skb, stage, flags, false);
}

/**
 * np_path_dev_change() - A packet passes a stage on another device than before.
 * @slot: its slot
 * @dev: device that it is on
 * @stage: &enum netpath_stage
 * @eth_proto: its EtherType
 *
 * Context: Any; caller owns the skb; the clock is the cycle counter.
 */
noinline void np_path_dev_change(struct np_slot *slot, const struct net_device *dev, u32 stage,
				 __be16 eth_proto)
{
	np_track_dev(slot, dev, eth_proto);
	if (unlikely(!np_track_stamp_at(slot, stage, get_cycles())))
		np_track_truncated(slot);
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

	if (unlikely(!slot)) {
		slot = np_path_birth(skb, flags);
		if (!slot)
			return;
		/* sent by a packet socket: no stage above could see its headers */
		if (stage == NETPATH_STAGE_DEV_QUEUE && (skb->protocol == htons(ETH_P_IP) ||
							 skb->protocol == htons(ETH_P_IPV6)))
			np_path_flow(slot, skb, false);
	}
	if (slot->dev != dev)
		np_track_dev(slot, dev, skb->protocol);
	np_track_stamp(slot, stage);
}

static noinline void np_path_slow_any(const struct np_target *target, const struct sk_buff *skb)
{
	np_path_any(skb, target->stage, target->flags, target->act == NP_ACT_L3);
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
		np_path_call_enter(arg);
	else if (act == NP_ACT_SEND)
		np_path_send(arg);
	else if (act < NP_ACT_SPECIAL)
		np_path_slow_any(target, arg);
	else
		np_path_special(target, arg, *(const unsigned long *)(args + target->off2));
}

/**
 * np_path_calls_reset() - Forget which tasks are in sendmsg.
 *
 * Context: Process; no hook is armed.
 */
void np_path_calls_reset(void)
{
	memset(np_calls, 0, sizeof(np_calls));
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
