// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is decided when a packet ends, with its whole journey at hand: the part
 * of the filter that no single stage knows, which journeys are worth keeping,
 * and if the ring is frozen.
 */
#include "np_keep.h"

#include <linux/hash.h>
#include <linux/in.h>
#include <linux/preempt.h>
#include <linux/string.h>

#include "np_clock.h"
#include "np_flow.h"
#include "np_freeze.h"
#include "np_rules.h"
#include "np_stage.h"
#include "np_track.h"

DEFINE_STATIC_KEY_FALSE(np_keep_key);

static bool np_keep_device(const struct np_rule_set *set, const struct np_slot *slot)
{
	const struct netpath_dev *dev;

	for (dev = slot->devs; dev < slot->next_dev; dev++) {
		if ((!set->ifindex || dev->ifindex == set->ifindex) &&
		    (!set->netns || dev->netns == set->netns))
			return true;
	}
	/* never on a device: dropped before */
	return !set->ifindex && slot->next_dev == slot->devs &&
	       slot->ident.sock_netns == set->netns &&
	       slot->ident.outcome == NETPATH_OUTCOME_DROPPED;
}

static bool np_keep_direction(u8 direction, const struct np_slot *slot)
{
	const char *wanted = direction == NP_DIR_RX ? "rx" : "tx";
	const struct np_stamp *stamp;

	for (stamp = slot->stamps; stamp < slot->next; stamp++) {
		/* what is sent to a tunnel is read by its process */
		if (NP_TAG_STAGE(stamp->tag) != NETPATH_STAGE_RECVMSG &&
		    !strcmp(np_stage_dir(NP_TAG_STAGE(stamp->tag)), wanted))
			return true;
	}
	return false;
}

/* The filter's part. */
static bool np_keep_passes(const struct np_rule_set *set, const struct np_slot *slot)
{
	if ((set->ifindex || set->netns) && !np_keep_device(set, slot))
		return false;
	if (set->direction && !np_keep_direction(set->direction, slot))
		return false;
	return !set->pid || set->pid == slot->ident.writer_pid ||
	       set->pid == slot->ident.reader_pid;
}

static bool np_keep_reason(const struct np_rule_set *set, const struct np_slot *slot)
{
	unsigned int i;

	if (slot->ident.outcome != NETPATH_OUTCOME_DROPPED)
		return false;
	for (i = 0; i < set->nr_reasons; i++) {
		if (set->reasons[i] == slot->ident.drop_reason)
			return true;
	}
	return false;
}

static bool np_keep_stage(const struct np_rule_set *set, const struct np_slot *slot, u64 end,
			  const struct np_clock_cal *cal)
{
	const struct np_stamp *stamp;
	u64 next;

	for (stamp = slot->stamps; stamp < slot->next; stamp++) {
		if (NP_TAG_STAGE(stamp->tag) != set->stage)
			continue;
		next = stamp + 1 < slot->next ? stamp[1].time : end;
		if (np_clock_span_ns(cal, max_t(s64, next - stamp->time, 0)) > set->stage_ns)
			return true;
	}
	return false;
}

/* The same for both directions of a flow. */
static u32 np_keep_flow_hash(const struct np_ident *ident)
{
	u64 mix = 0;

	if (ident->flags & NETPATH_F_FLOW)
		mix = (ident->saddr[0] ^ ident->daddr[0]) +
		      ((ident->saddr[1] ^ ident->daddr[1]) << 1) + ident->l4_proto;
	if (np_flow_has_ports(ident->l4_proto))
		mix ^= (u64)(__force u16)(ident->sport ^ ident->dport) << 32;
	mix = (mix ^ mix >> 32) * GOLDEN_RATIO_64;
	return ((mix ^ mix >> 29) * GOLDEN_RATIO_64) >> 32;
}

/* The journeys that are worth it. */
static bool np_keep_worth(const struct np_rule_set *set, const struct np_slot *slot, u64 end,
			  u64 total_ns, const struct np_clock_cal *cal)
{
	if (set->drops && slot->ident.outcome != NETPATH_OUTCOME_DROPPED)
		return false;
	if (set->nr_reasons && !np_keep_reason(set, slot))
		return false;
	if (set->total_ns && total_ns <= set->total_ns)
		return false;
	if (set->stage_ns && !np_keep_stage(set, slot, end, cal))
		return false;
	return set->one_in < 2 || !(np_keep_flow_hash(&slot->ident) % set->one_in);
}

static enum np_fate np_keep_decide(const struct np_rule_set *set, const struct np_slot *slot,
				   u64 now)
{
	const struct np_clock_cal *cal = READ_ONCE(np_clock_cal);
	u64 start = slot->next == slot->stamps ? now : slot->stamps[0].time;
	u64 total_ns;

	if (set && !np_keep_passes(set, slot)) {
		np_count(FILTERED);
		return NP_FATE_NOTHING;
	}
	/* what was read ended with the last copy */
	if (slot->ident.outcome == NETPATH_OUTCOME_DELIVERED && slot->next > slot->stamps)
		now = slot->next[-1].time;
	total_ns = np_clock_span_ns(cal, max_t(s64, now - start, 0));
	if (np_freeze_triggered(total_ns, slot->ident.outcome == NETPATH_OUTCOME_DROPPED,
				slot->ident.drop_reason))
		return NP_FATE_RECORD;
	if (set && !np_keep_worth(set, slot, now, total_ns, cal)) {
		np_count(NOT_KEPT);
		return NP_FATE_TIMES;
	}
	if (!np_freeze_admits()) {
		np_count(FROZEN);
		return NP_FATE_TIMES;
	}
	return NP_FATE_RECORD;
}

/**
 * np_keep_fate() - What becomes of a journey that has ended?
 * @slot: slot claimed by the caller, its identity complete
 * @now: np_now() reading
 *
 * Counts what is not recorded.
 *
 * Context: Any; only while np_keep_key is on.
 */
noinline enum np_fate np_keep_fate(const struct np_slot *slot, u64 now)
{
	const struct np_rules *rules;
	enum np_fate fate;

	preempt_disable_notrace();
	rules = rcu_dereference_sched(np_rules);
	fate = np_keep_decide(rules ? &rules->set : NULL, slot, now);
	preempt_enable_notrace();
	return fate;
}

/**
 * np_keep_needed() - Is anything of rules decided when a packet ends?
 * @set: rules
 *
 * Context: Any.
 */
bool np_keep_needed(const struct np_rule_set *set)
{
	return set->ifindex || set->netns || set->direction || set->pid || set->drops ||
	       set->nr_reasons || set->total_ns || set->stage_ns || set->one_in > 1;
}

/**
 * np_keep_update() - The rules or the state of the flight recorder have changed.
 *
 * Context: Process, may sleep; session mutex held.
 */
void np_keep_update(void)
{
	const struct np_rules *rules = rcu_dereference_protected(np_rules, true);

	if ((rules && rules->at_end) || np_freeze_active())
		static_branch_enable(&np_keep_key);
	else
		static_branch_disable(&np_keep_key);
}
