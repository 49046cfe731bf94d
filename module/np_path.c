// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hot path: what a hit of each kind does to the packet's journey.
 *
 * Runs in the context of the hooked code: process, softirq or hard interrupt,
 * preemption off.  No lock, no allocation; writes this CPU's data and the
 * slot of a packet that the hooked code owns.
 */
#include "np_path.h"

#include <linux/hash.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <net/sock.h>

#include "np_record.h"

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
static __always_inline void np_path_writer(struct np_slot *slot, const struct sock *sk)
{
	const struct np_call *call = np_path_call();

	if (unlikely(call->task != current || call->sk != sk || !in_task()))
		return;
	np_track_stamp_at(slot, NETPATH_STAGE_SENDMSG, 0, call->time);
	slot->pkt.writer_pid = current->tgid;
	BUILD_BUG_ON(TASK_COMM_LEN != NETPATH_COMM_LEN);
	memcpy(slot->pkt.writer_comm, current->comm, NETPATH_COMM_LEN);
}

static void np_path_end(struct np_slot *slot, u32 outcome, u32 reason,
			unsigned long location)
{
	struct np_end end = {
		.outcome	= outcome,
		.reason		= reason,
		.location	= location,
		.time		= np_now(),
	};

	if (!(slot->state & NP_SLOT_MERGED) || slot->merge_nr != slot->nr)
		slot->pkt.merged_id = 0;
	np_record_commit(slot, &end);
}

/**
 * np_path_birth() - First sight of a packet.
 * @skb: packet
 * @flags: of the point that saw it
 *
 * Context: Any, preemption off; caller owns the skb.
 * Return: Its new slot, or NULL if packets do not begin there or none is free.
 */
noinline struct np_slot *np_path_birth(const void *skb, unsigned int flags)
{
	struct np_slot *slot;

	if (!(flags & (NP_PT_BIRTH | NP_PT_LATE)))
		return NULL;
	slot = np_track_birth(skb, false);
	if (slot && (flags & NP_PT_LATE))
		slot->pkt.flags |= NETPATH_F_LATE;
	return slot;
}

/* A packet that begins here for certain: an old one at its address has died unseen. */
static struct np_slot *np_path_begin(const void *skb)
{
	struct np_slot *slot = np_track_find(skb);

	if (unlikely(slot) && np_track_claim_death(slot)) {
		np_count(REBORN);
		np_path_end(slot, NETPATH_OUTCOME_NONE, 0, 0);
		np_track_release(slot);
	}
	return np_track_birth(skb, true);
}

/* A plain end: what became of the packet follows from where it has been. */
static __always_inline u32 np_path_outcome(const struct np_slot *slot)
{
	unsigned int nr = slot->nr, i;

	if (likely(slot->state & NP_SLOT_READ))
		return NETPATH_OUTCOME_DELIVERED;
	if ((slot->state & NP_SLOT_MERGED) && slot->merge_nr == nr)
		return NETPATH_OUTCOME_MERGED;
	if (slot->state & NP_SLOT_SPLIT)
		return NETPATH_OUTCOME_SPLIT;
	if (!nr || NP_TAG_STAGE(slot->stamps[nr - 1].tag) != NETPATH_STAGE_DEV_XMIT)
		return NETPATH_OUTCOME_CONSUMED;
	for (i = 0; i < nr; i++) {
		if (NP_TAG_STAGE(slot->stamps[i].tag) == NETPATH_STAGE_NETIF_RECEIVE_SKB)
			return NETPATH_OUTCOME_FORWARDED;
	}
	return NETPATH_OUTCOME_TRANSMITTED;
}

static __always_inline void np_path_die(const void *skb, bool drop, u32 reason,
					unsigned long location)
{
	struct np_slot *slot = np_track_find(skb);

	if (!slot) {
		if (unlikely(this_cpu_read(np_cpu.untracked) == skb))
			this_cpu_write(np_cpu.untracked, NULL);
		return;
	}
	if (unlikely(!np_track_claim_death(slot)))
		return;
	if (unlikely((slot->state & NP_SLOT_ORIGIN) && slot->children))
		np_count(ORIGINS);
	else
		np_path_end(slot, drop ? NETPATH_OUTCOME_DROPPED : np_path_outcome(slot),
			    reason, location);
	np_count(DEATHS);
	np_track_release(slot);
}

/**
 * np_path_free() - An skb dies and nobody says that it is dropped.
 * @skb: its address; unknown ones are ignored
 *
 * Context: Any, preemption off.
 */
void np_path_free(const void *skb)
{
	np_path_die(skb, false, 0, 0);
}

/**
 * np_path_drop() - An skb is dropped.
 * @skb: its address; unknown ones are ignored
 * @reason: drop reason of the running kernel
 * @location: address of the code that drops it
 *
 * Context: Any, preemption off.
 */
void np_path_drop(const void *skb, u32 reason, unsigned long location)
{
	np_path_die(skb, true, reason, location);
}

/**
 * np_path_expired() - A packet is alive for longer than the limit.
 * @slot: slot claimed by the caller
 *
 * Context: Process, preemption off.
 */
void np_path_expired(struct np_slot *slot)
{
	np_count(EXPIRED);
	if ((slot->state & NP_SLOT_ORIGIN) && slot->children)
		np_count(ORIGINS);
	else
		np_path_end(slot, NETPATH_OUTCOME_EXPIRED, 0, 0);
}

/**
 * np_path_read() - Payload was copied to the current process.
 * @skb: packet; unknown ones are ignored
 *
 * Of more than two copies in a row the first and the last are kept.
 *
 * Context: Process, preemption off.
 */
void np_path_read(const struct sk_buff *skb)
{
	struct np_slot *slot = np_track_find(skb);
	unsigned int nr;

	if (!slot)
		return;
	nr = slot->nr;
	if (unlikely(nr > 1 && nr <= NP_SLOT_STAMPS &&
		     NP_TAG_STAGE(slot->stamps[nr - 1].tag) == NETPATH_STAGE_RECVMSG &&
		     NP_TAG_STAGE(slot->stamps[nr - 2].tag) == NETPATH_STAGE_RECVMSG))
		slot->nr = nr - 1;
	np_track_stamp(slot, NETPATH_STAGE_RECVMSG);
	slot->state |= NP_SLOT_READ;
	slot->pkt.reader_pid = current->tgid;
	memcpy(slot->pkt.reader_comm, current->comm, NETPATH_COMM_LEN);
}

/* UDP released the packet after reading it: that is the copy, if no copy was seen. */
static void np_path_read_done(const struct sk_buff *skb)
{
	struct np_slot *slot = np_track_find(skb);

	if (slot && slot->nr &&
	    NP_TAG_STAGE(slot->stamps[slot->nr - 1].tag) != NETPATH_STAGE_RECVMSG)
		np_path_read(skb);
}

static void np_path_entail(struct sk_buff *skb, const struct sock *sk)
{
	struct np_slot *slot = np_path_begin(skb);

	if (!slot)
		return;
	slot->state = NP_SLOT_ORIGIN;
	np_path_writer(slot, sk);
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
		if (slot->nr && NP_TAG_STAGE(slot->stamps[slot->nr - 1].tag) ==
		    NETPATH_STAGE_TCP_TRANSMIT)
			slot->nr--;
	}
	np_track_stamp(slot, NETPATH_STAGE_TCP_TRANSMIT);
}

static __always_inline void np_path_send(struct sk_buff *skb)
{
	struct np_slot *slot = np_path_begin(skb);

	if (unlikely(!slot))
		return;
	np_path_writer(slot, skb->sk);
	np_flow_read(&slot->pkt, skb, false);
	np_track_stamp(slot, NETPATH_STAGE_IP_SEND_SKB);
}

/* The tail of the queue is what was put there last; its address is all that is used. */
static __always_inline void np_path_wake(const struct sock *sk)
{
	struct np_slot *slot = np_track_find(READ_ONCE(sk->sk_receive_queue.prev));

	if (slot)
		np_track_wake(slot, np_now());
}

static void np_path_child(const void *child, const void *parent, u32 parent_state)
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
		to->pkt.flags |= NETPATH_F_CLONE;
		return;
	}
	if (!from->children)
		to->counted = 0;
	else
		to->pkt.flags |= NETPATH_F_RETRANS;
	if (from->children < U8_MAX)
		from->children++;
}

/* TCP cut its write-queue data in two: both halves come from the same call. */
static void np_path_share(const void *parent, const void *child)
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

static void np_path_merge(const void *into, const void *skb, bool certain)
{
	struct np_slot *slot = np_track_find(skb), *absorber;

	if (!slot)
		return;
	absorber = np_track_find_slow(into);
	slot->pkt.merged_id = absorber ? absorber->pkt.id : 0;
	slot->merge_nr = slot->nr;
	if (certain)
		slot->state |= NP_SLOT_MERGED;
	else
		slot->state &= ~NP_SLOT_MERGED;
}

static void np_path_partial(const void *skb, bool dies)
{
	struct np_slot *slot = np_track_find(skb);

	if (!slot)
		return;
	slot->state |= NP_SLOT_MERGED;
	slot->merge_nr = slot->nr;
	if (dies)
		np_path_free(skb);
}

/**
 * np_path_special() - A hooked function was entered that is not a plain stage.
 * @target: what to do
 * @arg: its first argument of interest
 * @arg2: its second
 *
 * Context: Any, preemption off.
 */
void np_path_special(const struct np_target *target, void *arg, unsigned long arg2)
{
	struct np_slot *slot;
	struct np_call *call;

	switch (target->act) {
	case NP_ACT_CALL:
		call = np_path_call();
		call->task = current;
		call->sk = arg;
		call->time = np_now();
		break;
	case NP_ACT_ENTAIL:
		np_path_entail(arg, (const struct sock *)arg2);
		break;
	case NP_ACT_TRANSMIT:
		np_path_transmit(arg, (int)arg2);
		break;
	case NP_ACT_SEND:
		np_path_send(arg);
		break;
	case NP_ACT_WAKE:
		np_path_wake(arg);
		break;
	case NP_ACT_READ:
		np_path_read(arg);
		break;
	case NP_ACT_READ_DONE:
		np_path_read_done(arg);
		break;
	case NP_ACT_FREE:
		np_path_free(arg);
		break;
	case NP_ACT_PARTIAL:
		np_path_partial(arg, (bool)arg2);
		break;
	case NP_ACT_CLONE:
		np_path_child(arg, (const void *)arg2, 0);
		break;
	case NP_ACT_SHARE:
		np_path_share(arg, (const void *)arg2);
		break;
	case NP_ACT_FRAGMENT:
		np_path_child(arg, (const void *)arg2, NP_SLOT_SPLIT);
		break;
	case NP_ACT_SEGMENT:
		slot = np_track_find(arg);
		if (slot)
			slot->state |= NP_SLOT_SPLIT;
		break;
	case NP_ACT_COALESCE:
		np_path_merge(arg, (const void *)arg2, false);
		break;
	case NP_ACT_MERGE:
		np_path_merge(arg, (const void *)arg2, true);
		break;
	}
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

/**
 * np_path_hits_clear() - Set all hit counts to 0.
 *
 * Context: Process; no hook is armed.
 */
void np_path_hits_clear(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(&np_hits, cpu), 0, sizeof(struct np_hits));
}
