// SPDX-License-Identifier: GPL-2.0-only
/*
 * Function-entry hooks: one ftrace_ops for all functions, kprobes where
 * ftrace cannot go.
 *
 * One ops, because each costs a grace period of about 0.1 s when it is
 * unregistered, and because a function hooked by two ops is called through
 * the slow list.  The callback finds its target from the address by a
 * multiplicative hash that is made collision-free when hooks are armed.
 *
 * The callback needs no protection against recursion: it calls nothing that
 * can be among the hooked functions, all of which belong to networking.
 */
#include "np_probe.h"

#include <linux/bits.h>
#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/prandom.h>
#include <linux/slab.h>

#include "compat/np_compat.h"
#include "np_filter.h"
#include "np_path.h"

#define NP_HASH_BITS	11
#define NP_HASH_TRIES	100000

static struct np_target np_targets[1 << NP_HASH_BITS];
static DECLARE_BITMAP(np_hash_used, 1 << NP_HASH_BITS);
static u32 np_hash_mult;

static struct kprobe *np_resolvers[2 * NP_NR_POINTS];
static unsigned int np_nr_resolvers;

/**
 * struct np_kprobe - fallback hook.
 * @kp: kprobe
 * @target: what a hit does
 * @missed: hits skipped before it was armed the last time
 */
struct np_kprobe {
	struct kprobe		kp;
	struct np_target	target;
	u64			missed;
};

static struct np_kprobe np_kprobes[NP_NR_POINTS];

static __always_inline unsigned int np_hash(unsigned long ip, u32 mult)
{
	return ((u32)ip * mult) >> (32 - NP_HASH_BITS);
}

static void notrace np_fn_callback(unsigned long ip, unsigned long parent_ip,
				   struct ftrace_ops *ops, struct np_ftrace_regs *fregs)
{
	np_path_fn(&np_targets[np_hash(ip, np_hash_mult)], np_ftrace_args(fregs));
}

static struct ftrace_ops np_ops = {
	.func	= np_fn_callback,
	.flags	= NP_FTRACE_FLAGS,
};

static int np_kprobe_handler(struct kprobe *kp, struct pt_regs *regs)
{
	np_path_fn(&container_of(kp, struct np_kprobe, kp)->target, regs);
	return 0;
}

/**
 * np_probe_fn_resolve() - Address of a function.
 * @symbol: its name, or module:name
 * @addr: set to it
 *
 * kallsyms is not exported; a kprobe that stays disabled finds the address,
 * past an ENDBR instruction, which is the one that ftrace reports.
 *
 * Context: Process, may sleep; session mutex held. To be followed by one
 * np_probe_fn_resolve_done().
 * Return: 0, -ENOMEM, -ENOENT when there is no such function, or another negative errno when it
 * cannot be hooked.
 */
int np_probe_fn_resolve(const char *symbol, unsigned long *addr)
{
	struct kprobe *kp;
	int err;

	if (WARN_ON_ONCE(np_nr_resolvers == ARRAY_SIZE(np_resolvers)))
		return -ENOSPC;
	kp = kzalloc(sizeof(*kp), GFP_KERNEL);
	if (!kp)
		return -ENOMEM;
	kp->symbol_name = symbol;
	kp->flags = KPROBE_FLAG_DISABLED;
	err = register_kprobe(kp);
	if (err) {
		kfree(kp);
		return err;
	}
	np_resolvers[np_nr_resolvers++] = kp;
	*addr = (unsigned long)kp->addr;
	return 0;
}

/**
 * np_probe_fn_resolve_done() - Clean up after all look-ups, in one grace period.
 *
 * Context: Process, may sleep; session mutex held.
 */
void np_probe_fn_resolve_done(void)
{
	if (np_nr_resolvers)
		unregister_kprobes(np_resolvers, np_nr_resolvers);
	while (np_nr_resolvers)
		kfree(np_resolvers[--np_nr_resolvers]);
}

/* Has the point a function of its own to hook? */
static bool np_fn_is(unsigned int point)
{
	return np_points[point].base == point && np_probes[point].hook &&
	       np_probes[point].hook->kind == NP_HOOK_FN;
}

static u8 np_fn_needs(unsigned int act, unsigned int stage)
{
	/* too early for the filter to look at */
	u8 early = np_filter_final(stage) ? 0 : NP_NEED_FILTER;

	switch (act) {
	case NP_ACT_STAMP:
		return 0;
	case NP_ACT_L3:
		return (NP_NEED_FLOW | NP_NEED_L3) & ~early;
	case NP_ACT_L3DEV:
		return (NP_NEED_FLOW | NP_NEED_L3 | NP_NEED_DEV) & ~early;
	default:
		return NP_NEED_SPECIAL;
	}
}

static struct np_target np_fn_target(unsigned int point)
{
	const struct np_hook *hook = np_probes[point].hook;
	unsigned int act = np_points[point].act;

	/* without the stages that ask for more it is cheaper */
	if (act == NP_ACT_ENQUEUE && !np_armed_extra)
		act = NP_ACT_STAMP;
	return (struct np_target) {
		.off	= np_arg_off(hook->arg),
		.off2	= np_arg_off(hook->arg2),
		.point	= point,
		.stage	= np_points[point].stage,
		.act	= act,
		.needs	= np_fn_needs(act, np_points[point].stage),
		.flags	= np_points[point].flags & (NP_PT_BIRTH | NP_PT_LATE),
	};
}

static unsigned int np_fn_hash(unsigned int point, u32 mult)
{
	return np_hash(np_ftrace_ip(np_probes[point].addr), mult);
}

static int np_fn_filter(unsigned int point, bool remove, bool reset)
{
	return ftrace_set_filter_ip(&np_ops, np_ftrace_ip(np_probes[point].addr), remove, reset);
}

/* Find a multiplier that gives every hooked address an entry of its own. */
static bool np_fn_build_table(void)
{
	struct rnd_state rnd;
	unsigned int point, tries;
	u32 mult;

	prandom_seed_state(&rnd, 1);
	for (tries = 0; tries < NP_HASH_TRIES; tries++) {
		mult = prandom_u32_state(&rnd) | 1;
		bitmap_zero(np_hash_used, 1 << NP_HASH_BITS);
		for (point = 0; point < NP_NR_POINTS; point++) {
			if (np_fn_is(point) && np_probes[point].via == NP_VIA_FTRACE &&
			    __test_and_set_bit(np_fn_hash(point, mult), np_hash_used))
				break;
		}
		if (point == NP_NR_POINTS)
			break;
	}
	if (tries == NP_HASH_TRIES)
		return false;
	np_hash_mult = mult;
	for (point = 0; point < NP_NR_POINTS; point++) {
		if (np_fn_is(point) && np_probes[point].via == NP_VIA_FTRACE)
			np_targets[np_fn_hash(point, mult)] = np_fn_target(point);
	}
	return true;
}

/* An error is one of memory; what the kernel refuses otherwise is left out. */
static int np_fn_arm_kprobe(unsigned int point)
{
	struct np_kprobe *nk = &np_kprobes[point];
	struct np_probe *probe = &np_probes[point];
	int err;

	memset(&nk->kp, 0, sizeof(nk->kp));
	nk->target = np_fn_target(point);
	nk->kp.addr = (kprobe_opcode_t *)probe->addr;
	nk->kp.pre_handler = np_kprobe_handler;
	err = register_kprobe(&nk->kp);
	probe->armed = !err;
	probe->why = probe->armed ? NULL : "neither ftrace nor a kprobe can hook it";
	return err == -ENOMEM ? err : 0;
}

/* Tell ftrace which functions; those that it cannot hook are left to kprobes. */
static int np_fn_choose(bool kprobes, unsigned int *nr_ftrace)
{
	unsigned int point;
	int err;

	*nr_ftrace = 0;
	for (point = 0; point < NP_NR_POINTS; point++) {
		if (!np_fn_is(point))
			continue;
		np_probes[point].via = NP_VIA_NONE;
		if (!np_probes[point].wanted)
			continue;
		np_probes[point].via = NP_VIA_KPROBE;
		if (kprobes)
			continue;
		err = np_fn_filter(point, false, !*nr_ftrace);
		if (err == -ENOMEM)
			return err;
		if (err)
			continue;
		np_probes[point].via = NP_VIA_FTRACE;
		++*nr_ftrace;
	}
	return 0;
}

static int np_fn_arm_all_kprobes(void)
{
	unsigned int point;
	int err;

	for (point = 0; point < NP_NR_POINTS; point++) {
		if (!np_fn_is(point) || np_probes[point].via != NP_VIA_KPROBE)
			continue;
		err = np_fn_arm_kprobe(point);
		if (err)
			return err;
	}
	return 0;
}

/**
 * np_probe_fn_arm() - Hook the entry of all functions that were resolved and are wanted.
 * @kprobes: hook by kprobes even where ftrace can
 *
 * Context: Process, may sleep; session mutex held.
 * Return: 0 or a negative errno; no function is hooked then.
 */
int np_probe_fn_arm(bool kprobes)
{
	unsigned int point, nr_ftrace;
	int err;

	err = np_fn_choose(kprobes, &nr_ftrace);
	if (err) {
		pr_err("netpath: ftrace: no memory for the list of functions\n");
		goto free_filter;
	}
	if (!np_fn_build_table()) {
		pr_err("netpath: the addresses of the functions do not fit the hash table\n");
		err = -ENOSPC;
		goto free_filter;
	}
	if (nr_ftrace) {
		err = register_ftrace_function(&np_ops);
		if (err) {
			pr_err("netpath: ftrace refused the hooks (%d); is kernel.ftrace_enabled 1?\n",
			       err);
			goto free_filter;
		}
	}
	for (point = 0; point < NP_NR_POINTS; point++) {
		if (np_fn_is(point) && np_probes[point].via == NP_VIA_FTRACE) {
			np_probes[point].armed = true;
			np_probes[point].why = NULL;
		}
	}
	err = np_fn_arm_all_kprobes();
	if (err) {
		pr_err("netpath: no memory for the kprobes\n");
		np_probe_fn_disarm();
	}
	return err;

free_filter:
	ftrace_set_filter(&np_ops, NULL, 0, 1);
	return err;
}

/**
 * np_probe_fn_arm_one() - Hook one more function while others are hooked.
 * @point: point whose function was resolved
 *
 * Context: Process, may sleep; session mutex held.
 */
void np_probe_fn_arm_one(unsigned int point)
{
	struct np_probe *probe = &np_probes[point];
	unsigned int hash = np_fn_hash(point, np_hash_mult);

	probe->via = NP_VIA_KPROBE;
	/* as the others, if there is an entry left for it */
	if (np_probes[NP_PT_FREE_MEM].via == NP_VIA_FTRACE && !test_bit(hash, np_hash_used)) {
		np_targets[hash] = np_fn_target(point);
		if (!np_fn_filter(point, false, false)) {
			__set_bit(hash, np_hash_used);
			probe->via = NP_VIA_FTRACE;
			probe->armed = true;
			probe->why = NULL;
			return;
		}
	}
	if (np_fn_arm_kprobe(point))
		pr_warn("netpath: no memory to hook %s\n", probe->hook->symbol);
}

/* All of them in one grace period. */
static void np_fn_disarm_kprobes(struct kprobe **kps, unsigned int nr)
{
	struct np_kprobe *nk;
	unsigned int i;

	unregister_kprobes(kps, nr);
	for (i = 0; i < nr; i++) {
		nk = container_of(kps[i], struct np_kprobe, kp);
		nk->missed += nk->kp.nmissed;
		nk->kp.nmissed = 0;
	}
}

/**
 * np_probe_fn_disarm_one() - Unhook one function, which is about to go.
 * @point: point hooked by ftrace or kprobe
 *
 * Context: Process, may sleep; session mutex held.
 */
void np_probe_fn_disarm_one(unsigned int point)
{
	struct kprobe *kp = &np_kprobes[point].kp;

	np_probes[point].armed = false;
	if (np_probes[point].via == NP_VIA_KPROBE)
		np_fn_disarm_kprobes(&kp, 1);
	else
		WARN_ON_ONCE(np_fn_filter(point, true, false));
}

/**
 * np_probe_fn_disarm() - Unhook all functions and wait for running handlers.
 *
 * Context: Process, sleeps for grace periods; session mutex held.
 */
void np_probe_fn_disarm(void)
{
	static struct kprobe *kprobes[NP_NR_POINTS];
	unsigned int point, nr_kprobes = 0, nr_ftrace = 0;

	for (point = 0; point < NP_NR_POINTS; point++) {
		if (!np_fn_is(point) || !np_probes[point].armed)
			continue;
		if (np_probes[point].via == NP_VIA_KPROBE) {
			np_probes[point].armed = false;
			kprobes[nr_kprobes++] = &np_kprobes[point].kp;
		} else if (np_probes[point].via == NP_VIA_FTRACE) {
			np_probes[point].armed = false;
			nr_ftrace++;
		}
	}
	np_fn_disarm_kprobes(kprobes, nr_kprobes);
	if (nr_ftrace) {
		WARN_ON_ONCE(unregister_ftrace_function(&np_ops));
		/* frees the filter */
		ftrace_set_filter(&np_ops, NULL, 0, 1);
	}
}

/**
 * np_probe_fn_missed() - Hits of a kprobe that the kernel skipped.
 * @point: point hooked by a kprobe
 *
 * Context: Any.
 */
u64 np_probe_fn_missed(unsigned int point)
{
	return np_kprobes[point].missed + READ_ONCE(np_kprobes[point].kp.nmissed);
}
