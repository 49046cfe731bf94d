// SPDX-License-Identifier: GPL-2.0-only
/*
 * In-flight table as a whole: made, opened, closed, emptied, and searched for
 * packets that are alive for too long.  What hooks do is in np_track.c.
 */
#include "np_track_table.h"

#include <linux/compiler.h>
#include <linux/log2.h>
#include <linux/rcupdate.h>
#include <linux/vmalloc.h>

/* Low bits of a key that the expiry has claimed. */
#define NP_KEY_EXPIRING	3UL

static u64 np_track_start(const struct np_slot *slot)
{
	/* or a later stage, which is as good: its owner may be sorting the stamps */
	return data_race(READ_ONCE(slot->stamps[0].time));
}

/**
 * np_track_expire() - Report packets that are alive for too long.
 * @before: np_now() reading; packets that started earlier are reported
 * @emit: called for each with preemption off; it must not release the slot
 *
 * Context: Process, sleeps for grace periods. Calls must not overlap.
 */
void np_track_expire(u64 before, void (*emit)(struct np_slot *slot))
{
	unsigned int i, n = 0;

	for (i = 0; i < np_nr_slots; i++) {
		struct np_slot *slot = &np_slots[i];
		unsigned long key;

		/* pairs with the release in np_track_claim() */
		key = smp_load_acquire(&np_keys[i]);

		if (!key || key & 1 || READ_ONCE(slot->next) == slot->stamps)
			continue;
		if ((s64)(np_track_start(slot) - before) >= 0)
			continue;
		if (cmpxchg(&np_keys[i], key, key | NP_KEY_EXPIRING) != key)
			continue;
		/* it may have died and another begun, at the same address, in between */
		if (unlikely((s64)(np_track_start(slot) - before) >= 0)) {
			/* pairs with the acquire above */
			smp_store_release(&np_keys[i], key);
			continue;
		}
		WRITE_ONCE(slot->skb, NP_NO_SKB);
		n++;
	}
	if (!n)
		return;
	synchronize_rcu();
	synchronize_rcu_tasks();
	for (i = 0; i < np_nr_slots && n; i++) {
		if ((READ_ONCE(np_keys[i]) & NP_KEY_EXPIRING) != NP_KEY_EXPIRING)
			continue;
		preempt_disable();
		emit(&np_slots[i]);
		np_track_release(&np_slots[i]);
		preempt_enable();
		n--;
	}
}

/**
 * np_track_open() - Allow new journeys.
 *
 * Context: Process; session mutex held, and every death of a packet is seen.
 */
void np_track_open(void)
{
	WRITE_ONCE(np_births_open, true);
}

/**
 * np_track_close() - Refuse new journeys, and let nobody find those under way.
 *
 * To be called while deaths are still seen: later, another packet at the address of a dead one
 * would be taken for it.
 *
 * Context: Process, sleeps for grace periods; session mutex held.
 */
void np_track_close(void)
{
	unsigned int i;

	WRITE_ONCE(np_births_open, false);
	/* births under way: in interrupts, and in tasks that may have been preempted */
	synchronize_rcu();
	synchronize_rcu_tasks();
	for (i = 0; i < np_nr_slots; i++) {
		unsigned long key = READ_ONCE(np_keys[i]);

		/* its death may be seen just now */
		if (key && !(key & 1) && cmpxchg(&np_keys[i], key, key | 1) == key)
			WRITE_ONCE(np_slots[i].skb, NP_NO_SKB);
	}
}

/**
 * np_track_slots() - How many packets the table can hold.
 *
 * Context: Process; session mutex held.
 */
unsigned int np_track_slots(void)
{
	return np_nr_slots;
}

/**
 * np_track_free() - Free the table.
 *
 * Context: Process; no hook is armed and no handler runs any more.
 */
void np_track_free(void)
{
	vfree(np_slots);
	vfree(np_keys);
	np_slots = NULL;
	np_keys = NULL;
	np_nr_slots = 0;
}

/**
 * np_track_alloc() - Allocate the table, or one of another size.
 * @nr_slots: power of two, at least NP_BUCKET_KEYS * 2
 *
 * Context: Process, may sleep; no hook is armed and no handler runs any more.
 * Return: 0 or -ENOMEM; the table is as it was then.
 */
int np_track_alloc(unsigned int nr_slots)
{
	unsigned long *keys;
	struct np_slot *slots;
	unsigned int i;
	int cpu;

	keys = vzalloc(array_size(nr_slots, sizeof(*keys)));
	slots = vzalloc(array_size(nr_slots, sizeof(*slots)));
	if (!keys || !slots) {
		vfree(keys);
		vfree(slots);
		return -ENOMEM;
	}
	np_track_free();
	np_keys = keys;
	np_slots = slots;
	np_nr_slots = nr_slots;
	np_bucket_shift = 64 - ilog2(nr_slots / NP_BUCKET_KEYS);
	for (i = 0; i < nr_slots; i++) {
		np_slots[i].skb = NP_NO_SKB;
		np_slots[i].next = np_slots[i].stamps;
		np_slots[i].end = np_slots[i].stamps + NP_SLOT_STAMPS;
		np_slots[i].key = &np_keys[i];
	}
	for_each_possible_cpu(cpu) {
		per_cpu(np_cpu, cpu).last = &np_no_slot;
		per_cpu(np_cpu, cpu).tag = cpu << NP_TAG_CPU_SHIFT;
		per_cpu(np_cpu, cpu).id = NP_ID_USED;
	}
	return 0;
}

/**
 * np_track_reset() - Empty the table.
 *
 * Context: Process; no handler runs any more.
 * Return: How many packets were in flight.
 */
unsigned int np_track_reset(void)
{
	unsigned int i, alive = 0;
	int cpu;

	for (i = 0; i < np_nr_slots; i++) {
		if (!np_keys[i])
			continue;
		alive++;
		np_slots[i].skb = NP_NO_SKB;
		np_keys[i] = 0;
	}
	for_each_possible_cpu(cpu) {
		per_cpu(np_cpu, cpu).last = &np_no_slot;
		per_cpu(np_cpu, cpu).untracked = NULL;
		per_cpu(np_cpu, cpu).xmit_skb = NULL;
	}
	return alive;
}
