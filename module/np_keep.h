/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_KEEP_H
#define NP_KEEP_H

#include <linux/jump_label.h>
#include <linux/types.h>

struct np_rule_set;
struct np_slot;

/**
 * enum np_fate - what becomes of a journey that has ended.
 * @NP_FATE_RECORD: it goes into the ring
 * @NP_FATE_TIMES: its times are counted, that is all
 * @NP_FATE_NOTHING: it is as if it had never been
 */
enum np_fate {
	NP_FATE_RECORD,
	NP_FATE_TIMES,
	NP_FATE_NOTHING,
};

/* Is there anything to decide when a packet ends? */
DECLARE_STATIC_KEY_FALSE(np_keep_key);

enum np_fate np_keep_fate(const struct np_slot *slot, u64 now);
bool np_keep_needed(const struct np_rule_set *set);
void np_keep_update(void);

#endif /* NP_KEEP_H */
