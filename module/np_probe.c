// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arming and disarming: which alternative of each point this kernel has, and
 * all hooks in or out together.
 *
 * Births are allowed only while every hook that could see a death is in
 * place: they are opened last and closed first.
 */
#include "np_probe.h"

#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/printk.h>

#include "np_track.h"

struct np_probe np_probes[NP_NR_POINTS];

static bool np_probe_resolved;

/* Look up, once, what this kernel has. */
static void np_probe_resolve(void)
{
	const struct np_hook *hook;
	struct np_probe *probe;
	unsigned int point, i;

	if (np_probe_resolved)
		return;
	for (point = 0; point < NP_NR_POINTS; point++) {
		probe = &np_probes[point];
		if (np_points[point].flags & NP_PT_SKIP)
			continue;
		for (i = 0; i < NP_NR_HOOKS && !probe->hook; i++) {
			hook = &np_points[point].hooks[i];
			if (hook->kind == NP_HOOK_TP) {
				if (np_probe_tp_exists(point, hook->symbol))
					probe->hook = hook;
			} else if (hook->kind == NP_HOOK_FN) {
				probe->addr = np_probe_fn_resolve(hook->symbol);
				if (probe->addr)
					probe->hook = hook;
			}
		}
		if (!probe->hook)
			probe->why = "this kernel has no such function or tracepoint";
	}
	np_probe_fn_resolve_done();
	np_probe_resolved = true;
}

static void np_probe_tp_disarm_all(void)
{
	unsigned int point;

	for (point = 0; point < NP_NR_POINTS; point++) {
		if (np_probes[point].armed && np_probes[point].via == NP_VIA_TRACEPOINT)
			np_probe_tp_disarm(point);
	}
	np_probe_tp_sync();
}

/**
 * np_probe_arm() - Put the hooks in place that are wanted and that this kernel has.
 * @stages: one bit per &enum netpath_stage
 * @kprobes: hook functions by kprobes even where ftrace can
 *
 * A point that cannot be hooked is left out and says why; without the hooks
 * that see packets die nothing is armed.
 *
 * Context: Process, may sleep; session mutex held, table and rings allocated.
 * Return: 0 or a negative errno; nothing is armed then.
 */
int np_probe_arm(u64 stages, bool kprobes)
{
	unsigned int point;
	int err;

	np_probe_resolve();
	for (point = 0; point < NP_NR_POINTS; point++) {
		struct np_probe *probe = &np_probes[point];

		if (!probe->hook || probe->hook->kind != NP_HOOK_TP ||
		    !(stages & BIT_ULL(np_points[point].stage)))
			continue;
		err = np_probe_tp_arm(point);
		probe->via = NP_VIA_TRACEPOINT;
		probe->armed = !err;
		probe->why = err ? "the kernel refused to register the tracepoint probe" : NULL;
	}
	err = np_probe_fn_arm(stages, kprobes);
	if (err)
		goto disarm_tp;

	if (!np_probes[NP_PT_FREE_MEM].armed || !np_probes[NP_PT_KFREE].armed ||
	    !np_probes[NP_PT_CONSUME].armed || !np_probes[NP_PT_CLONE].armed) {
		pr_err("netpath: the ends of packets cannot be seen on this kernel, not recording\n");
		err = -EOPNOTSUPP;
		goto disarm_fn;
	}
	np_track_open(true);
	return 0;

disarm_fn:
	np_probe_fn_disarm();
disarm_tp:
	np_probe_tp_disarm_all();
	return err;
}

/**
 * np_probe_disarm() - Remove all hooks and wait until no handler runs.
 *
 * Context: Process, sleeps for grace periods; session mutex held.
 */
void np_probe_disarm(void)
{
	np_track_open(false);
	np_probe_fn_disarm();
	np_probe_tp_disarm_all();
}

/**
 * np_probe_missed() - Hits of a point that the kernel skipped.
 * @point: &enum np_point_id
 *
 * Only kprobes skip hits.
 *
 * Context: Any; session mutex held.
 */
u64 np_probe_missed(unsigned int point)
{
	return np_probes[point].via == NP_VIA_KPROBE ? np_probe_fn_missed(point) : 0;
}
