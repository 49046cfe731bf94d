// SPDX-License-Identifier: GPL-2.0-only
/* The module's table of points, and what of it the running kernel has. */
#include "np_plan.h"

#include <stdio.h>
#include <string.h>
#include <linux/netpath.h>

#include "generated/np_stages.h"
#include "np_array.h"

/* In the table, "this kernel" is the one that runs, not that of the headers. */
#define np_points_version	version
#include "compat/np_compat_points.h"

/* Flags of points that matter here; what they mean: module/np_stage.h */
#define OPT	0x01
#define SKIP	0x02
#define ELSE	0x04
#define MUST	0x08
#define BIRTH	0
#define LATE	0
#define EXTRA	0

#define TP(_symbol)		{ NP_HOOK_TP, _symbol }
#define FN(_symbol, ...)	{ NP_HOOK_FN, _symbol }
#define FN2(_symbol, ...)	{ NP_HOOK_FN, _symbol }
#define RET(_symbol)		{ NP_HOOK_RET, _symbol }
#define IN(_option, _module, _function) \
	(#_module ":" #_function)

/**
 * np_plan_points() - The table, as it is for a kernel.
 * @points: receives it, without facts
 * @version: of the kernel, as np_version()
 */
void np_plan_points(struct np_point points[NP_NR_POINTS], unsigned int version)
{
	const struct np_point table[NP_NR_POINTS] = {
#define P(_id, _stage, _act, _flags, ...) \
	[NP_PT_##_id] = { .stage = NETPATH_STAGE_##_stage, .flags = _flags, \
			  .base = NP_PT_##_id, .hooks = { __VA_ARGS__ } },
#define WITH(_id, _stage, _act, _flags, _base) \
	[NP_PT_##_id] = { .stage = NETPATH_STAGE_##_stage, .flags = _flags, \
			  .base = NP_PT_##_base },
#include "../module/np_points.h"
#undef P
#undef WITH
	};

	memcpy(points, table, sizeof(table));
}

/* Through what one hook can be had; NULL: it cannot. */
static const char *plan_hook(const struct np_hook *hook, unsigned int fact)
{
	if (hook->kind == NP_HOOK_TP)
		return fact & NP_FACT_EVENT ? "tracepoint" : NULL;
	/* addresses are found by a kprobe, even those for ftrace */
	if (!(fact & NP_FACT_FUNCTION) || fact & NP_FACT_NO_KPROBE)
		return NULL;
	if (hook->kind == NP_HOOK_RET)
		return "kretprobe";
	return fact & NP_FACT_FTRACE ? "ftrace" : "kprobe";
}

static const char *plan_find(const struct np_point *point, const char **symbol)
{
	const char *via = NULL;
	unsigned int i;

	for (i = 0; i < NP_NR_HOOKS && point->hooks[i].kind && !via; i++) {
		via = plan_hook(&point->hooks[i], point->fact[i]);
		*symbol = point->hooks[i].symbol;
		if (point->fact[i] & NP_FACT_BUILT_IN)
			*symbol = strchr(*symbol, ':') + 1;
	}
	return via;
}

/* A point that stands in for the first of its stage, which this kernel has. */
static bool plan_replaced(const struct np_point *point)
{
	const char *symbol;

	if (!(point->flags & ELSE))
		return false;
	while (point->flags & ELSE)
		point--;
	return plan_find(point, &symbol);
}

/**
 * np_plan_missing() - A symbol without which the module cannot record.
 * @points: the table with facts
 *
 * Return: Its name; NULL: all are there.
 */
const char *np_plan_missing(const struct np_point points[NP_NR_POINTS])
{
	const char *symbol = NULL;
	unsigned int i;

	for (i = 0; i < NP_NR_POINTS; i++)
		if (points[i].flags & MUST && !plan_find(&points[i], &symbol))
			return points[i].hooks[0].symbol;
	return NULL;
}

static void plan_append(char *list, size_t size, const char *word)
{
	size_t len = strlen(list);

	snprintf(list + len, size - len, "%s%s", len ? "," : "", word);
}

static void plan_gap(struct np_plan *plan, const struct np_point *point,
		     bool replaced)
{
	plan->gap = point->hooks[0].symbol;
	if (replaced)
		plan->why = NULL;
	else if (strchr(plan->gap, ':'))
		plan->why = "its module is not loaded, or has no such function";
	else
		plan->why = "this kernel has no such function or tracepoint";
}

/**
 * np_plan_stage() - How the module would arm a stage on this kernel.
 * @points: the table with facts
 * @stage: &enum netpath_stage
 * @plan: receives the answer
 */
void np_plan_stage(const struct np_point points[NP_NR_POINTS],
		   unsigned int stage, struct np_plan *plan)
{
	static const char *const kinds[] = {
		"tracepoint", "ftrace", "kprobe", "kretprobe",
	};
	bool seen[ARRAY_SIZE(kinds)] = { false };
	const char *symbol, *via;
	const struct np_point *base;
	bool replaced;
	unsigned int i;

	memset(plan, 0, sizeof(*plan));
	for (i = 0; i < NP_NR_POINTS; i++) {
		if (points[i].stage != stage || points[i].flags & SKIP)
			continue;
		base = &points[points[i].base];
		replaced = plan_replaced(base);
		via = replaced ? NULL : plan_find(base, &symbol);
		if (via) {
			plan->hooked++;
			plan_append(plan->symbols, sizeof(plan->symbols),
				    symbol);
			for (size_t kind = 0; kind < ARRAY_SIZE(kinds); kind++)
				seen[kind] |= !strcmp(kinds[kind], via);
		} else if (!(points[i].flags & OPT)) {
			plan_gap(plan, base, replaced);
		}
	}
	if (!plan->why)
		plan->gap = NULL;
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (seen[i])
			plan_append(plan->via, sizeof(plan->via), kinds[i]);
}

/**
 * np_plan_name() - Name of a stage.
 * @stage: below NP_STAGE_CNT
 *
 * Return: The name.
 */
const char *np_plan_name(unsigned int stage)
{
	static const char *const names[NP_STAGE_CNT] = {
#define S(id, name, ...) [NETPATH_STAGE_##id] = name,
		NP_STAGES(S)
#undef S
	};

	return names[stage];
}
