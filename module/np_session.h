/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_SESSION_H
#define NP_SESSION_H

#include <linux/types.h>

#include "np_stage.h"

/**
 * struct np_config - what can be set.
 * @table_slots: packets in flight that can be tracked, power of two
 * @ring_kib: size of each CPU's ring in KiB, power of two
 * @expire_ms: packets alive for longer are reported as expired, in ms
 * @kprobes: hook functions by kprobes even where ftrace can
 * @enable: record
 * @stages: stages to arm
 *
 * The caller has checked the ranges, see the NETPATH_*_MIN and _MAX.
 */
struct np_config {
	unsigned int table_slots;
	unsigned int ring_kib;
	unsigned int expire_ms;
	bool kprobes;
	bool enable;
	struct np_stage_set stages;
};

/**
 * struct np_totals - numbers of the session that only its mutex keeps together.
 * @records: records written
 * @bytes: their bytes
 * @missed: hits that the kernel skipped, all points together
 * @arm_ns: how long it took to arm all hooks, in ns
 * @table_slots: packets in flight that can be tracked
 */
struct np_totals {
	u64 records;
	u64 bytes;
	u64 missed;
	u64 arm_ns;
	unsigned int table_slots;
};

/* As it is; under the session mutex. */
extern struct np_config np_config;

int np_session_init(const struct np_config *config);
void np_session_exit(void);
int np_session_start_locked(void);
void np_session_stop_locked(void);
void np_session_config(struct np_config *config);
bool np_session_enabled(void);
void np_session_lock(void);
void np_session_unlock(void);
void np_session_clear_hists(void);
void np_session_clear_rings(void);
u64 np_session_in_flight(void);
void np_session_totals(struct np_totals *totals);

#endif /* NP_SESSION_H */
