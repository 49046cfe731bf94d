/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_VIEW_H
#define NP_VIEW_H

#include <linux/netpath.h>

#include "np_hist.h"

/* Enough for all that is hooked for one stage, and for a reason. */
#define NP_VIEW_TEXT	256

/**
 * struct np_view_stage - a stage, and how it is watched.
 * @via: &enum netpath_via bits: through what its points are hooked
 * @state: &enum netpath_state
 * @hits: how often its points were hit
 * @missed: hits that the kernel skipped
 * @symbols: what is hooked, separated by commas; may be empty
 * @reason: why something is not; may be empty
 */
struct np_view_stage {
	u32	via;
	u32	state;
	u64	hits;
	u64	missed;
	char	symbols[NP_VIEW_TEXT];
	char	reason[NP_VIEW_TEXT];
};

void np_view_lock(void);
void np_view_stage(unsigned int stage, struct np_view_stage *view);
bool np_view_has_latency(unsigned int stage);
void np_view_latency(unsigned int stage, struct np_hist *hist, struct np_hist_summary *sum);
u64 np_view_ns(u64 span);

#endif /* NP_VIEW_H */
