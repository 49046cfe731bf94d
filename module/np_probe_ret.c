// SPDX-License-Identifier: GPL-2.0-only
/*
 * Function-return hooks, by kretprobe: for what only a return value tells, or
 * what is there when a function has returned.  Dear, so used for functions that
 * are rarely called, and by stages that are off unless asked for.
 */
#include "np_probe.h"

#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>

#include "compat/np_compat.h"
#include "np_collapse.h"
#include "np_family.h"
#include "np_path.h"

/* As many as there are points with such a hook. */
#define NP_NR_RETS	8

/**
 * struct np_ret - a return hook.
 * @rp: kretprobe
 * @point: &enum np_point_id
 * @armed: registered
 * @missed: calls skipped before it was armed the last time
 */
struct np_ret {
	struct kretprobe	rp;
	unsigned int		point;
	bool			armed;
	u64			missed;
};

static struct np_ret np_rets[NP_NR_RETS];
static unsigned int np_nr_rets;

static struct np_ret *np_ret_of_instance(struct kretprobe_instance *instance)
{
	const struct kretprobe *rp = np_kretprobe_of(instance);

	/* NULL while it is being unregistered */
	return rp ? container_of(rp, struct np_ret, rp) : NULL;
}

static int np_ret_alloc(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	const struct np_ret *ret = np_ret_of_instance(instance);
	const void *skb = (const void *)regs_return_value(regs);

	if (!ret)
		return 0;
	this_cpu_inc(np_hits.count[ret->point]);
	if (skb)
		np_family_alloc(skb);
	return 0;
}

/* void tcp_collapse(sk, list, root, head, tail, start, end) */
static int np_ret_collapse_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	np_collapse_begin((struct np_collapse *)instance->data,
			  (struct sk_buff_head *)regs_get_kernel_argument(regs, 1),
			  (struct rb_root *)regs_get_kernel_argument(regs, 2),
			  (struct sk_buff *)regs_get_kernel_argument(regs, 3),
			  (struct sk_buff *)regs_get_kernel_argument(regs, 4));
	return 0;
}

static int np_ret_collapse(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	const struct np_ret *ret = np_ret_of_instance(instance);

	if (!ret)
		return 0;
	this_cpu_inc(np_hits.count[ret->point]);
	np_collapse_end((struct np_collapse *)instance->data);
	return 0;
}

static struct np_ret *np_ret_of(unsigned int point)
{
	unsigned int i;

	for (i = 0; i < np_nr_rets; i++) {
		if (np_rets[i].point == point)
			return &np_rets[i];
	}
	if (WARN_ON_ONCE(np_nr_rets == NP_NR_RETS))
		return NULL;
	np_rets[np_nr_rets].point = point;
	return &np_rets[np_nr_rets++];
}

/**
 * np_probe_ret_arm() - Hook the return of a function.
 * @point: point whose function was resolved
 *
 * Context: Process, may sleep; session mutex held.
 * Return: 0 or a negative errno.
 */
int np_probe_ret_arm(unsigned int point)
{
	struct np_ret *ret = np_ret_of(point);
	int err;

	if (!ret)
		return -ENOSPC;
	memset(&ret->rp, 0, sizeof(ret->rp));
	ret->rp.kp.addr = (kprobe_opcode_t *)np_probes[point].addr;
	if (np_points[point].act == NP_ACT_COLLAPSE) {
		ret->rp.entry_handler = np_ret_collapse_entry;
		ret->rp.handler = np_ret_collapse;
		ret->rp.data_size = sizeof(struct np_collapse);
	} else {
		ret->rp.handler = np_ret_alloc;
	}
	/* calls under way at a time: a task and three interrupts per CPU, tasks that sleep in it */
	ret->rp.maxactive = max(64U, 8 * num_possible_cpus());
	err = register_kretprobe(&ret->rp);
	ret->armed = !err;
	return err;
}

/**
 * np_probe_ret_disarm_all() - Unhook all returns and wait for running handlers.
 *
 * Context: Process, sleeps for a grace period; session mutex held.
 */
void np_probe_ret_disarm_all(void)
{
	struct kretprobe *armed[NP_NR_RETS];
	unsigned int i, nr = 0;

	for (i = 0; i < np_nr_rets; i++) {
		if (!np_rets[i].armed)
			continue;
		np_rets[i].armed = false;
		np_probes[np_rets[i].point].armed = false;
		armed[nr++] = &np_rets[i].rp;
	}
	if (nr)
		unregister_kretprobes(armed, nr);
	for (i = 0; i < np_nr_rets; i++) {
		np_rets[i].missed += np_rets[i].rp.nmissed;
		np_rets[i].rp.nmissed = 0;
	}
}

/**
 * np_probe_ret_missed() - Calls whose return the kernel did not report.
 * @point: point hooked by a kretprobe
 *
 * Context: Any.
 */
u64 np_probe_ret_missed(unsigned int point)
{
	unsigned int i;

	for (i = 0; i < np_nr_rets; i++) {
		if (np_rets[i].point == point)
			return np_rets[i].missed + READ_ONCE(np_rets[i].rp.nmissed);
	}
	return 0;
}
