// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stages: their names from the netlink spec, their hooks from np_points.h, and
 * sets of them.
 */
#include "np_stage.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "compat/np_compat.h"
#include "generated/np_stages.h"

#define TP(_symbol)		{ .kind = NP_HOOK_TP, .symbol = _symbol }
#define FN(_symbol, _arg)	{ .kind = NP_HOOK_FN, .symbol = _symbol, .arg = _arg }
#define FN2(_symbol, _arg, _arg2) \
	{ .kind = NP_HOOK_FN, .symbol = _symbol, .arg = _arg, .arg2 = _arg2 }
#define RET(_symbol)		{ .kind = NP_HOOK_RET, .symbol = _symbol }
#define IN(_option, _module, _function) \
	(IS_BUILTIN(CONFIG_##_option) ? #_function : #_module ":" #_function)

#define OPT	NP_PT_OPTIONAL
#define BIRTH	NP_PT_BIRTH
#define LATE	NP_PT_LATE
#define SKIP	NP_PT_SKIP
#define EXTRA	NP_PT_EXTRA
#define ELSE	NP_PT_ELSE
#define MUST	NP_PT_MUST

#define P(_id, _stage, _act, _flags, ...) \
	[NP_PT_##_id] = { .stage = NETPATH_STAGE_##_stage, .act = NP_ACT_##_act, \
			  .flags = _flags, .base = NP_PT_##_id, .hooks = { __VA_ARGS__ } },
#define WITH(_id, _stage, _act, _flags, _base) \
	[NP_PT_##_id] = { .stage = NETPATH_STAGE_##_stage, .act = NP_ACT_##_act, \
			  .flags = _flags, .base = NP_PT_##_base },

const struct np_point np_points[NP_NR_POINTS] = {
#include "np_points.h"
};

#undef P
#undef WITH

struct np_stage_set np_armed __read_mostly;
bool np_armed_extra __read_mostly;

struct np_stage_identity {
	const char *name;
	const char *dir;
	const char *layer;
	const char *label;
};

static const struct np_stage_identity np_stage_ids[NP_STAGE_CNT] = {
#define S(id, _name, _dir, _layer, _label) \
	[NETPATH_STAGE_##id] = { .name = _name, .dir = _dir, .layer = _layer, .label = _label },
	NP_STAGES(S)
#undef S
};

static const char * const np_outcomes[NP_OUTCOME_CNT] = {
#define O(id, name) [NETPATH_OUTCOME_##id] = name,
	NP_OUTCOMES(O)
#undef O
};

/**
 * np_stage_name() - Name of a stage.
 * @stage: below NP_STAGE_CNT
 *
 * Context: Any.
 */
const char *np_stage_name(unsigned int stage)
{
	return np_stage_ids[stage].name;
}

/**
 * np_stage_dir() - Direction of a stage: "tx", "rx" or "any".
 * @stage: below NP_STAGE_CNT
 *
 * Context: Any.
 */
const char *np_stage_dir(unsigned int stage)
{
	return np_stage_ids[stage].dir;
}

/**
 * np_stage_layer() - Layer of a stage.
 * @stage: below NP_STAGE_CNT
 *
 * Context: Any.
 */
const char *np_stage_layer(unsigned int stage)
{
	return np_stage_ids[stage].layer;
}

/**
 * np_stage_label() - What the detail of a stage's stamps is called.
 * @stage: below NP_STAGE_CNT
 *
 * Context: Any.
 * Return: The name, empty if its stamps have no detail.
 */
const char *np_stage_label(unsigned int stage)
{
	return np_stage_ids[stage].label;
}

/**
 * np_outcome_name() - Name of an outcome.
 * @outcome: below NP_OUTCOME_CNT
 *
 * Context: Any.
 */
const char *np_outcome_name(unsigned int outcome)
{
	return np_outcomes[outcome];
}

/**
 * np_stage_add_always() - Add the stages that are armed whatever is wanted.
 * @set: set
 *
 * What happens to skbs must be seen, or lives of packets could not be told apart.
 *
 * Context: Any.
 */
void np_stage_add_always(struct np_stage_set *set)
{
	__set_bit(NETPATH_STAGE_SKB_FREE, set->bits);
	__set_bit(NETPATH_STAGE_SKB_CLONE, set->bits);
	__set_bit(NETPATH_STAGE_SKB_MERGE, set->bits);
}

/**
 * np_stage_add_default() - Add the stages that are armed unless something else is said.
 * @set: set
 *
 * Context: Any.
 */
void np_stage_add_default(struct np_stage_set *set)
{
	unsigned int point;

	for (point = 0; point < NP_NR_POINTS; point++) {
		if (!(np_points[point].flags & NP_PT_EXTRA))
			__set_bit(np_points[point].stage, set->bits);
	}
}

static bool np_stage_add_named(struct np_stage_set *set, const char *name, size_t len)
{
	unsigned int stage;

	if (len == 7 && !strncmp(name, "default", len)) {
		np_stage_add_default(set);
		return true;
	}
	if (len == 3 && !strncmp(name, "all", len)) {
		bitmap_set(set->bits, 1, NP_STAGE_CNT - 1);
		return true;
	}
	for (stage = NETPATH_STAGE_NONE + 1; stage < NP_STAGE_CNT; stage++) {
		if (strlen(np_stage_name(stage)) == len &&
		    !strncmp(np_stage_name(stage), name, len)) {
			__set_bit(stage, set->bits);
			return true;
		}
	}
	return false;
}

/**
 * np_stage_extra() - Has a set stages that the default set has not?
 * @set: set
 *
 * Context: Any.
 */
bool np_stage_extra(const struct np_stage_set *set)
{
	struct np_stage_set usual = { };

	np_stage_add_default(&usual);
	np_stage_add_always(&usual);
	return !bitmap_subset(set->bits, usual.bits, NP_STAGE_CNT);
}

/**
 * np_stage_parse_set() - Stages from their names.
 * @text: names separated by commas; "default" and "all" are sets
 * @set: result; unchanged on error
 * @bad: takes the name that is unknown
 * @size: of @bad in bytes
 *
 * Context: Any.
 * Return: 0 or -EINVAL.
 */
int np_stage_parse_set(const char *text, struct np_stage_set *set, char *bad, size_t size)
{
	struct np_stage_set result = { };
	size_t len;

	for (;; text += len + 1) {
		len = strcspn(text, ",\n");
		if (!np_stage_add_named(&result, text, len)) {
			snprintf(bad, size, "%.*s", (int)len, text);
			return -EINVAL;
		}
		if (text[len] != ',')
			break;
	}
	np_stage_add_always(&result);
	*set = result;
	return 0;
}
