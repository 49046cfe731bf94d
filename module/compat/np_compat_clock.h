/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_COMPAT_CLOCK_H
#define NP_COMPAT_CLOCK_H

#include <linux/timekeeping.h>
#include <linux/version.h>

/* ktime_get_snapshot() became ktime_get_snapshot_id() after 6.12 and before 7.3. */
static inline u64 np_timekeeping_cycles(void)
{
	struct system_time_snapshot snap;

#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
	ktime_get_snapshot(&snap);
#else
	ktime_get_snapshot_id(CLOCK_MONOTONIC, &snap);
#endif
	return snap.cycles;
}

#endif /* NP_COMPAT_CLOCK_H */
