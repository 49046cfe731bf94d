// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arming and disarming: which alternative of each point this kernel has, and
 * all hooks in or out together.
 *
 * Births are allowed only while every hook that could see a death is in
 * place: they are opened last and closed first.
 */
#include "np_probe.h"

#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "np_track.h"

#define NP_WHY_MODULE	"its module is not loaded, or has no such function"

struct np_probe np_probes[NP_NR_POINTS];

static bool np_probe_in_module(const char *symbol)
{
	return strchr(symbol, ':');
}

/* Two points cannot hook one function. */
static bool np_probe_taken(unsigned long addr)
{
	unsigned int point;

	for (point = 0; point < NP_NR_POINTS; point++) {
		if (np_points[point].base == point && np_probes[point].addr == addr)
			return true;
	}
	return false;
}

static int np_probe_resolve_point(unsigned int point)
{
	struct np_probe *probe = &np_probes[point];
	const struct np_hook *hook;
	unsigned long addr;
	unsigned int i;
	int err;

	probe->refused = NULL;
	for (i = 0; i < NP_NR_HOOKS && !probe->hook && !probe->refused; i++) {
		hook = &np_points[point].hooks[i];
		if (hook->kind == NP_HOOK_TP) {
			if (np_probe_tp_exists(point, hook->symbol))
				probe->hook = hook;
		} else if (hook->kind != NP_HOOK_NONE) {
			err = np_probe_fn_resolve(hook->symbol, &addr);
			if (err == -ENOMEM)
				return err;
			if (err) {
				probe->refused = err == -ENOENT ? NULL : hook->symbol;
				continue;
			}
			if (np_probe_taken(addr)) {
				pr_info("netpath: %s is hooked for another stage\n", hook->symbol);
				continue;
			}
			probe->addr = addr;
			probe->hook = hook;
		}
	}
	if (probe->refused)
		probe->why = "the kernel does not let it be hooked";
	else if (!probe->hook)
		probe->why = np_probe_in_module(np_points[point].hooks[0].symbol) ?
			     NP_WHY_MODULE :
			     "this kernel has no such function or tracepoint";
	return 0;
}

/* Does the first point of the stage, which this one stands in for, exist here? */
static bool np_probe_replaced(unsigned int point)
{
	while (np_points[point].flags & NP_PT_ELSE)
		point--;
	return np_probes[point].hook;
}

/* What the further stages of a hook show is what became of the hook. */
static void np_probe_share(void)
{
	unsigned int point;

	for (point = 0; point < NP_NR_POINTS; point++) {
		const struct np_probe *base = &np_probes[np_points[point].base];
		struct np_probe *probe = &np_probes[point];

		if (np_points[point].base == point || np_points[point].flags & NP_PT_SKIP)
			continue;
		*probe = *base;
		probe->addr = 0;
		probe->wanted = false;
		probe->armed = base->armed && np_stage_wanted(np_points[point].stage);
	}
}

/**
 * np_probe_resolve() - Look up what this kernel has.
 * @all: everything; otherwise what is wanted
 *
 * What was looked up once is not looked up again, but for functions of
 * modules that were not there.
 *
 * Context: Process, may sleep; session mutex held.
 * Return: 0, or -ENOMEM when not all could be looked up.
 */
int np_probe_resolve(bool all)
{
	struct np_probe *probe;
	unsigned int point;
	int err = 0;

	for (point = 0; point < NP_NR_POINTS && !err; point++) {
		probe = &np_probes[point];
		if (np_points[point].flags & NP_PT_SKIP || np_points[point].base != point ||
		    probe->hook || !(all || probe->wanted))
			continue;
		if (np_points[point].flags & NP_PT_ELSE && np_probe_replaced(point))
			continue;
		if (probe->why && !np_probe_in_module(np_points[point].hooks[0].symbol))
			continue;
		err = np_probe_resolve_point(point);
	}
	np_probe_fn_resolve_done();
	np_probe_share();
	return err;
}

/* A hook is wanted if any of the stages that share it is. */
static void np_probe_choose(const struct np_stage_set *stages)
{
	unsigned int point;

	np_armed = *stages;
	np_armed_extra = np_stage_extra(stages);
	for (point = 0; point < NP_NR_POINTS; point++)
		np_probes[point].wanted = false;
	for (point = 0; point < NP_NR_POINTS; point++) {
		if (np_stage_wanted(np_points[point].stage) &&
		    !(np_points[point].flags & NP_PT_SKIP))
			np_probes[np_points[point].base].wanted = true;
	}
}

static void np_probe_tp_disarm_all(void)
{
	unsigned int point;

	for (point = 0; point < NP_NR_POINTS; point++) {
		if (np_points[point].base == point && np_probes[point].armed &&
		    np_probes[point].via == NP_VIA_TRACEPOINT)
			np_probe_tp_disarm(point);
	}
	np_probe_tp_sync();
}

/* An error is one of memory; what the kernel refuses otherwise is left out. */
static int np_probe_arm_point(unsigned int point)
{
	struct np_probe *probe = &np_probes[point];
	int err;

	if (probe->hook->kind == NP_HOOK_TP) {
		err = np_probe_tp_arm(point);
		probe->via = NP_VIA_TRACEPOINT;
		probe->why = err ? "the kernel refused to register the tracepoint probe" : NULL;
	} else {
		err = np_probe_ret_arm(point);
		probe->via = NP_VIA_KRETPROBE;
		probe->why = err ? "the kernel refused to register the kretprobe" : NULL;
	}
	probe->armed = !err;
	return err == -ENOMEM ? err : 0;
}

/**
 * np_probe_arm() - Put the hooks in place that are wanted and that this kernel has.
 * @stages: what is wanted
 * @kprobes: hook functions by kprobes even where ftrace can
 *
 * A point that cannot be hooked is left out and says why; without memory, or
 * without the hooks that see packets die, nothing is armed.
 *
 * Context: Process, may sleep; session mutex held, table and rings allocated.
 * Return: 0 or a negative errno; nothing is armed then.
 */
int np_probe_arm(const struct np_stage_set *stages, bool kprobes)
{
	unsigned int point;
	int err;

	np_probe_choose(stages);
	err = np_probe_resolve(false);
	if (err) {
		pr_err("netpath: no memory to look up the functions to hook\n");
		return err;
	}
	for (point = 0; point < NP_NR_POINTS; point++) {
		struct np_probe *probe = &np_probes[point];

		if (!probe->wanted || !probe->hook || probe->hook->kind == NP_HOOK_FN)
			continue;
		err = np_probe_arm_point(point);
		if (err) {
			pr_err("netpath: no memory to hook %s\n", probe->hook->symbol);
			goto disarm_tp;
		}
	}
	err = np_probe_fn_arm(kprobes);
	if (err)
		goto disarm_tp;

	for (point = 0; point < NP_NR_POINTS; point++) {
		if (np_points[point].flags & NP_PT_MUST && !np_probes[point].armed) {
			pr_err("netpath: %s cannot be hooked, so the ends of packets cannot be seen; not recording\n",
			       np_points[point].hooks[0].symbol);
			err = -EOPNOTSUPP;
			goto disarm_fn;
		}
	}
	np_probe_share();
	np_track_open();
	return 0;

disarm_fn:
	np_probe_fn_disarm();
disarm_tp:
	np_probe_ret_disarm_all();
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
	np_track_close();
	np_probe_fn_disarm();
	np_probe_ret_disarm_all();
	np_probe_tp_disarm_all();
	np_probe_share();
}

/* Is the function that a point hooks, or would hook, in this module? */
static bool np_probe_of_module(unsigned int point, const char *name)
{
	const char *symbol = np_points[point].hooks[0].symbol;
	size_t len = strlen(name);

	return np_points[point].base == point && !strncmp(symbol, name, len) &&
	       symbol[len] == ':';
}

/**
 * np_probe_module_live() - A module was loaded: hook what is wanted of it.
 * @name: its name
 *
 * Context: Process, may sleep; session mutex held.
 */
void np_probe_module_live(const char *name)
{
	unsigned int point;

	/* nothing is armed: it is found when something is */
	if (!np_probes[NP_PT_FREE_MEM].armed)
		return;
	if (np_probe_resolve(false))
		pr_warn("netpath: no memory to hook the functions of %s\n", name);
	for (point = 0; point < NP_NR_POINTS; point++) {
		if (np_probe_of_module(point, name) && np_probes[point].wanted &&
		    np_probes[point].hook && !np_probes[point].armed)
			np_probe_fn_arm_one(point);
	}
	np_probe_share();
}

/**
 * np_probe_module_going() - A module is about to be unloaded: let go of it.
 * @name: its name
 *
 * Context: Process, may sleep; session mutex held.
 */
void np_probe_module_going(const char *name)
{
	unsigned int point;

	for (point = 0; point < NP_NR_POINTS; point++) {
		if (!np_probe_of_module(point, name))
			continue;
		if (np_probes[point].armed)
			np_probe_fn_disarm_one(point);
		np_probes[point].hook = NULL;
		np_probes[point].refused = NULL;
		np_probes[point].addr = 0;
		np_probes[point].via = NP_VIA_NONE;
		np_probes[point].why = NP_WHY_MODULE;
	}
	np_probe_share();
}

/**
 * np_probe_missed() - Hits of a point that the kernel skipped.
 * @point: &enum np_point_id
 *
 * Only kprobes and kretprobes skip hits.
 *
 * Context: Any; session mutex held.
 */
u64 np_probe_missed(unsigned int point)
{
	if (np_points[point].base != point)
		return 0;
	if (np_probes[point].via == NP_VIA_KRETPROBE)
		return np_probe_ret_missed(point);
	return np_probes[point].via == NP_VIA_KPROBE ? np_probe_fn_missed(point) : 0;
}
