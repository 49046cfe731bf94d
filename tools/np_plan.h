/* SPDX-License-Identifier: GPL-2.0-only */
/* The module's table of points, and what of it the running kernel has. */
#ifndef NP_PLAN_H
#define NP_PLAN_H

#include <stdbool.h>
#include <linux/types.h>

#define NP_NR_HOOKS	3

/**
 * enum np_hook_kind - how a point can be hooked.
 * @NP_HOOK_NONE: end of the alternatives
 * @NP_HOOK_TP: tracepoint
 * @NP_HOOK_FN: function entry
 * @NP_HOOK_RET: return of a function
 */
enum np_hook_kind {
	NP_HOOK_NONE,
	NP_HOOK_TP,
	NP_HOOK_FN,
	NP_HOOK_RET,
};

/**
 * struct np_hook - one way to hook a point.
 * @kind: &enum np_hook_kind
 * @symbol: tracepoint or function; "module:function" if it may be in a module
 */
struct np_hook {
	enum np_hook_kind	kind;
	const char		*symbol;
};

/* The points: an id for each row of the table. */
enum np_point_id {
#define P(id, ...)	NP_PT_##id,
#define WITH(id, ...)	NP_PT_##id,
#include "../module/np_points.h"
#undef P
#undef WITH
	NP_NR_POINTS
};

/**
 * struct np_point - a row of the module's table.
 * @stage: &enum netpath_stage
 * @flags: see np_plan.c
 * @base: point whose hook it shares; itself if it has its own
 * @hooks: alternatives, best first
 * @fact: &enum np_fact bits of each
 */
struct np_point {
	unsigned int	stage;
	unsigned int	flags;
	unsigned int	base;
	struct np_hook	hooks[NP_NR_HOOKS];
	unsigned char	fact[NP_NR_HOOKS];
};

/**
 * enum np_fact - bits of what is known of a symbol.
 * @NP_FACT_EVENT: it is a tracepoint
 * @NP_FACT_FTRACE: ftrace can hook it
 * @NP_FACT_FUNCTION: it is a function
 * @NP_FACT_NO_KPROBE: kprobes must not hook it
 * @NP_FACT_BUILT_IN: it may be in a module, but is not
 */
enum np_fact {
	NP_FACT_EVENT		= 1 << 0,
	NP_FACT_FTRACE		= 1 << 1,
	NP_FACT_FUNCTION	= 1 << 2,
	NP_FACT_NO_KPROBE	= 1 << 3,
	NP_FACT_BUILT_IN	= 1 << 4,
};

/**
 * struct np_plan - how the module would arm a stage.
 * @via: "tracepoint", "ftrace" and the like, several with commas; or empty
 * @symbols: what is hooked, with commas
 * @gap: a symbol that cannot be hooked; NULL: none
 * @why: why it cannot
 * @hooked: number of points that can be hooked
 */
struct np_plan {
	char		via[48];
	char		symbols[512];
	const char	*gap;
	const char	*why;
	unsigned int	hooked;
};

void np_plan_points(struct np_point points[NP_NR_POINTS], unsigned int version);
const char *np_plan_missing(const struct np_point points[NP_NR_POINTS]);
void np_plan_stage(const struct np_point points[NP_NR_POINTS],
		   unsigned int stage, struct np_plan *plan);
const char *np_plan_name(unsigned int stage);

#endif /* NP_PLAN_H */
