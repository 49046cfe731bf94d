// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happened before there was a packet: interrupt, softirq raised, poll.
 *
 * Kept per CPU and attached to each packet that the poll delivers.  A packet
 * that was on its way when the poll began (veth, loopback) takes what came
 * after its last stage before that; one that begins in the poll takes all.
 */
#include "np_poll.h"

#include <linux/hash.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include "compat/np_compat.h"
#include "np_track.h"

/* For interrupts that threads handle, as all are on realtime kernels. */
#define NP_POLL_THREADS_SHIFT	3

/**
 * struct np_poll_thread - an interrupt whose handler is a thread.
 * @task: the thread; to compare only
 * @irq: when the interrupt came
 */
struct np_poll_thread {
	const struct task_struct *task;
	u64 irq;
};

/**
 * struct np_poll - this CPU's way to the stack; np_now() readings, 0: none.
 * @irq: last hardware interrupt
 * @raised_irq: the one during which, or in whose thread, NET_RX was raised
 * @raised: when it was raised, if its poll has not begun
 * @poll: when the poll now running began
 * @poll_irq: @raised_irq of that poll
 * @poll_raised: @raised of that poll
 * @thread: last interrupts by their threads; of those with one hash, the last
 *
 * Written by their own CPU only: interrupts for the first and the last,
 * interrupts off for the next two, softirq for the others.
 */
struct np_poll {
	u64 irq;
	u64 raised_irq;
	u64 raised;
	u64 poll;
	u64 poll_irq;
	u64 poll_raised;
	struct np_poll_thread thread[1 << NP_POLL_THREADS_SHIFT];
};

static DEFINE_PER_CPU(struct np_poll, np_poll);

static struct np_poll_thread *np_poll_slot(struct np_poll *poll, const struct task_struct *task)
{
	return &poll->thread[hash_ptr(task, NP_POLL_THREADS_SHIFT)];
}

/**
 * np_poll_irq() - A hardware interrupt is handled.
 * @thread: thread of its handler, or NULL
 *
 * Context: Hard interrupt.
 */
void np_poll_irq(const struct task_struct *thread)
{
	struct np_poll *poll = this_cpu_ptr(&np_poll);

	poll->irq = np_now();
	if (thread)
		*np_poll_slot(poll, thread) = (struct np_poll_thread) { thread, poll->irq };
}

/* The interrupt whose handler now runs; 0: none does */
static u64 np_poll_handled(void)
{
	struct np_poll *poll = this_cpu_ptr(&np_poll);
	const struct np_poll_thread *thread;

	if (in_hardirq())
		return poll->irq;
	thread = np_poll_slot(poll, current);
	return thread->task == current ? thread->irq : 0;
}

/**
 * np_poll_raise() - NET_RX_SOFTIRQ is raised on this CPU.
 *
 * Context: Interrupts off.
 */
void np_poll_raise(void)
{
	if (this_cpu_read(np_poll.raised))
		return;
	this_cpu_write(np_poll.raised_irq, np_poll_handled());
	this_cpu_write(np_poll.raised, np_now());
}

/**
 * np_poll_begin() - A device is polled.
 *
 * Context: Softirq.
 */
void np_poll_begin(void)
{
	u64 raised = this_cpu_read(np_poll.raised);

	if (raised) {
		this_cpu_write(np_poll.poll_irq, this_cpu_read(np_poll.raised_irq));
		this_cpu_write(np_poll.poll_raised, raised);
		this_cpu_write(np_poll.raised, 0);
	}
	this_cpu_write(np_poll.poll, np_now());
}

/* May a packet that begins in the poll pass this before it is delivered? */
static bool np_poll_within(unsigned int stage)
{
	switch (stage) {
	case NETPATH_STAGE_SKB_ALLOC:
	case NETPATH_STAGE_ETH_TYPE_TRANS:
	case NETPATH_STAGE_DRIVER_RX:
	case NETPATH_STAGE_GRO_RECEIVE:
	case NETPATH_STAGE_IRQ:
	case NETPATH_STAGE_SOFTIRQ_RAISE:
	case NETPATH_STAGE_NAPI_POLL:
		return true;
	}
	return false;
}

static void np_poll_add(struct np_slot *slot, u32 stage, u64 time, u64 poll)
{
	const struct np_stamp *stamp;

	if (!time)
		return;
	for (stamp = slot->next - 1; stamp >= slot->stamps; stamp--) {
		if ((s64)(stamp->time - poll) <= 0)
			break;
		/* already on its way when it came into this poll */
		if (!np_poll_within(NP_TAG_STAGE(stamp->tag)))
			return;
	}
	/* and this was for others, before it came */
	if (stamp >= slot->stamps && (s64)(stamp->time - time) > 0)
		return;
	np_slot_insert(slot, stage, time);
}

static bool np_poll_known(const struct np_slot *slot, u64 poll)
{
	const struct np_stamp *stamp;

	for (stamp = slot->stamps; stamp < slot->next; stamp++) {
		if (NP_TAG_STAGE(stamp->tag) == NETPATH_STAGE_NAPI_POLL && stamp->time == poll)
			return true;
	}
	return false;
}

/**
 * np_poll_packet() - The poll delivers a packet.
 * @skb: packet
 *
 * Context: Softirq; caller owns the skb.
 */
void np_poll_packet(const struct sk_buff *skb)
{
	u64 poll = this_cpu_read(np_poll.poll);
	struct np_slot *slot;

	if (!in_serving_softirq() || !poll)
		return;
	slot = np_track_find(skb);
	if (!slot)
		slot = np_track_birth(skb, false);
	if (!slot || np_poll_known(slot, poll))
		return;
	np_poll_add(slot, NETPATH_STAGE_IRQ, this_cpu_read(np_poll.poll_irq), poll);
	np_poll_add(slot, NETPATH_STAGE_SOFTIRQ_RAISE, this_cpu_read(np_poll.poll_raised), poll);
	np_poll_add(slot, NETPATH_STAGE_NAPI_POLL, poll, poll);
}

/**
 * np_poll_reset() - Forget what the CPUs were doing.
 *
 * Context: Process; no hook is armed.
 */
void np_poll_reset(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		per_cpu(np_poll, cpu) = (struct np_poll) { };
}
