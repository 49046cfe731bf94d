// SPDX-License-Identifier: GPL-2.0-only
/*
 * The flight recorder: when something happens, keep what came before.
 *
 *	off --set--> armed --trigger--> counting --last record--> frozen
 *	  ^            '----------------------------------------> |
 *	  '-----------------------------thaw----------------------'
 *
 * Without a trigger it counts from the beginning.  The CPUs share the state
 * and the count, which they touch only while the recorder is in use.
 */
#include "np_freeze.h"

#include <linux/atomic.h>
#include <linux/rcupdate.h>

/* Written under the session's mutex, while nobody else looks at it: np_freeze_off(). */
static struct np_freeze_plan np_plan;
static atomic_t np_freeze_state = ATOMIC_INIT(NP_FREEZE_OFF);
static atomic_t np_freeze_left = ATOMIC_INIT(0);

static const char * const np_freeze_names[NP_NR_FREEZE] = {
	[NP_FREEZE_OFF]		= "recording",
	[NP_FREEZE_ARMED]	= "armed",
	[NP_FREEZE_COUNTING]	= "counting",
	[NP_FREEZE_FROZEN]	= "frozen",
};

/* After so many further records. */
static enum np_freeze_state np_freeze_next(u32 after)
{
	return after ? NP_FREEZE_COUNTING : NP_FREEZE_FROZEN;
}

/**
 * np_freeze_triggered() - Is a packet the one that was waited for?
 * @total_ns: how long it took, in ns
 * @dropped: it was dropped
 * @reason: for this reason of the running kernel
 *
 * Context: Any, with preemption off.
 * Return: True for one packet only, whose record is to be written in any case.
 */
bool np_freeze_triggered(u64 total_ns, bool dropped, u32 reason)
{
	bool drop, slow;
	u32 after;

	/* what the plan says was written before, see np_freeze_set() */
	if (atomic_read_acquire(&np_freeze_state) != NP_FREEZE_ARMED)
		return false;
	drop = np_plan.on_drop && dropped && (!np_plan.reason || np_plan.reason == reason);
	slow = np_plan.slower_ns && total_ns > np_plan.slower_ns;
	if (!drop && !slow)
		return false;
	after = np_plan.after;
	return atomic_cmpxchg(&np_freeze_state, NP_FREEZE_ARMED, np_freeze_next(after)) ==
	       NP_FREEZE_ARMED;
}

/**
 * np_freeze_admits() - May a record be written?
 *
 * Context: Any, with preemption off.
 */
bool np_freeze_admits(void)
{
	int left;

	switch (atomic_read(&np_freeze_state)) {
	case NP_FREEZE_FROZEN:
		return false;
	case NP_FREEZE_COUNTING:
		left = atomic_dec_if_positive(&np_freeze_left);
		if (left <= 0)
			atomic_cmpxchg(&np_freeze_state, NP_FREEZE_COUNTING, NP_FREEZE_FROZEN);
		return left >= 0;
	}
	return true;
}

/* When it returns nobody looks at the plan or counts, whatever he had seen before. */
static void np_freeze_off(enum np_freeze_state state)
{
	atomic_set(&np_freeze_state, state);
	synchronize_rcu();
}

/**
 * np_freeze_set() - Freeze, now or when something happens.
 * @plan: when
 *
 * Context: Process, sleeps for a grace period; session mutex held; takes the
 * place of an earlier plan.
 */
void np_freeze_set(const struct np_freeze_plan *plan)
{
	/* what is frozen stays so meanwhile */
	np_freeze_off(atomic_read(&np_freeze_state) == NP_FREEZE_FROZEN ?
		      NP_FREEZE_FROZEN : NP_FREEZE_OFF);
	np_plan = *plan;
	atomic_set(&np_freeze_left, plan->after);
	atomic_set_release(&np_freeze_state, plan->on_drop || plan->slower_ns ?
			   NP_FREEZE_ARMED : np_freeze_next(plan->after));
}

/**
 * np_freeze_thaw() - Record again, and forget the trigger.
 *
 * Context: Process, sleeps for a grace period; session mutex held.
 */
void np_freeze_thaw(void)
{
	static const struct np_freeze_plan none;

	np_freeze_off(NP_FREEZE_OFF);
	np_plan = none;
}

/**
 * np_freeze_get() - How it stands.
 * @plan: takes the plan
 * @left: takes the number of records still to be written, once triggered
 *
 * Context: Process; session mutex held.
 */
enum np_freeze_state np_freeze_get(struct np_freeze_plan *plan, u32 *left)
{
	enum np_freeze_state state = atomic_read(&np_freeze_state);

	*plan = np_plan;
	*left = state == NP_FREEZE_COUNTING ? atomic_read(&np_freeze_left) : 0;
	return state;
}

/**
 * np_freeze_name() - Name of a state.
 * @state: state
 *
 * Context: Any.
 */
const char *np_freeze_name(enum np_freeze_state state)
{
	return np_freeze_names[state];
}

/**
 * np_freeze_active() - Is it in use?
 *
 * Context: Any; a snapshot.
 */
bool np_freeze_active(void)
{
	return atomic_read(&np_freeze_state) != NP_FREEZE_OFF;
}
