/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_FREEZE_H
#define NP_FREEZE_H

#include <linux/types.h>

/**
 * enum np_freeze_state - what the flight recorder does.
 * @NP_FREEZE_OFF: records
 * @NP_FREEZE_ARMED: records and waits for its trigger
 * @NP_FREEZE_COUNTING: writes the last records
 * @NP_FREEZE_FROZEN: writes nothing
 * @NP_NR_FREEZE: number of values
 */
enum np_freeze_state {
	NP_FREEZE_OFF,
	NP_FREEZE_ARMED,
	NP_FREEZE_COUNTING,
	NP_FREEZE_FROZEN,
	NP_NR_FREEZE
};

/**
 * struct np_freeze_plan - when to freeze.
 * @slower_ns: at the first packet that took longer, in ns; 0: not for that
 * @on_drop: at the first packet dropped
 * @reason: for this reason; 0: for any
 * @after: records written after the one that triggers, or from now on without a trigger
 */
struct np_freeze_plan {
	u64	slower_ns;
	bool	on_drop;
	u32	reason;
	u32	after;
};

bool np_freeze_triggered(u64 total_ns, bool dropped, u32 reason);
bool np_freeze_admits(void);
void np_freeze_set(const struct np_freeze_plan *plan);
void np_freeze_thaw(void);
enum np_freeze_state np_freeze_get(struct np_freeze_plan *plan, u32 *left);
const char *np_freeze_name(enum np_freeze_state state);
bool np_freeze_active(void);

#endif /* NP_FREEZE_H */
