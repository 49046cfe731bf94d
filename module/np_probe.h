/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_PROBE_H
#define NP_PROBE_H

#include <linux/types.h>

#include "np_stage.h"

/**
 * enum np_via - through what a point is hooked.
 * @NP_VIA_NONE: not at all
 * @NP_VIA_TRACEPOINT: tracepoint
 * @NP_VIA_FTRACE: function entry by ftrace
 * @NP_VIA_KPROBE: function entry by kprobe
 * @NP_VIA_KRETPROBE: function return by kretprobe
 * @NP_NR_VIA: number of values
 */
enum np_via {
	NP_VIA_NONE,
	NP_VIA_TRACEPOINT,
	NP_VIA_FTRACE,
	NP_VIA_KPROBE,
	NP_VIA_KRETPROBE,
	NP_NR_VIA
};

/**
 * struct np_probe - how a point is hooked on this kernel.
 * @hook: which of the point's alternatives; NULL: none exists here
 * @addr: address of the function, for ftrace and kprobe
 * @via: &enum np_via
 * @wanted: a stage that it serves is to be armed
 * @armed: the hook is in place
 * @refused: the alternative that this kernel has, when it does not let it be hooked
 * @why: why it is not, in words; NULL: no reason
 *
 * Written under the session's mutex.
 */
struct np_probe {
	const struct np_hook	*hook;
	unsigned long		addr;
	u8			via;
	bool			wanted;
	bool			armed;
	const char		*refused;
	const char		*why;
};

extern struct np_probe np_probes[NP_NR_POINTS];

/* np_probe.c */
int np_probe_resolve(bool all);
int np_probe_arm(const struct np_stage_set *stages, bool kprobes);
void np_probe_disarm(void);
void np_probe_module_live(const char *name);
void np_probe_module_going(const char *name);
u64 np_probe_missed(unsigned int point);

/* np_probe_tp.c */
bool np_probe_tp_exists(unsigned int point, const char *name);
int np_probe_tp_arm(unsigned int point);
void np_probe_tp_disarm(unsigned int point);
void np_probe_tp_sync(void);

/* np_probe_fn.c */
int np_probe_fn_resolve(const char *symbol, unsigned long *addr);
void np_probe_fn_resolve_done(void);
int np_probe_fn_arm(bool kprobes);
void np_probe_fn_arm_one(unsigned int point);
void np_probe_fn_disarm_one(unsigned int point);
void np_probe_fn_disarm(void);
u64 np_probe_fn_missed(unsigned int point);

/* np_probe_ret.c */
int np_probe_ret_arm(unsigned int point);
void np_probe_ret_disarm_all(void);
u64 np_probe_ret_missed(unsigned int point);

#endif /* NP_PROBE_H */
