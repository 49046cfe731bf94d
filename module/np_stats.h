/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_STATS_H
#define NP_STATS_H

#include <linux/percpu.h>
#include <linux/types.h>

/*
 * Every way in which something is recorded or is not.  C(id, name); the names
 * are those of the "stats" file.
 *
 * births	packets seen for the first time
 * deaths	of those, packets whose end was seen
 * origins	of those, TCP write-queue data that only its transmissions
 *		report
 * unseen	of those, skbs allocated that passed no stage (netlink messages
 *		and the like), without a record
 * untracked	packets not recorded, their bucket of the table was full
 * expired	packets reported while still alive, after the time limit
 * overrun	records that readers lost because the ring wrapped around
 * missed	hits of kprobes that the kernel skipped; np_probe_missed() knows
 * filtered	packets that the filter rejected
 * not_kept	packets that passed the filter, but were not worth keeping
 * frozen	packets that were, but ended while the rings were frozen
 * truncated	stages or devices for which a record had no room
 * reborn	packets whose end was not seen: the address appeared with a new one
 * abandoned	packets still alive when recording stopped
 */
#define NP_COUNTERS(C) \
	C(BIRTHS, "births") \
	C(DEATHS, "deaths") \
	C(ORIGINS, "origins") \
	C(UNSEEN, "unseen") \
	C(UNTRACKED, "untracked") \
	C(EXPIRED, "expired") \
	C(OVERRUN, "overrun") \
	C(MISSED, "missed") \
	C(FILTERED, "filtered") \
	C(NOT_KEPT, "not_kept") \
	C(FROZEN, "frozen") \
	C(TRUNCATED, "truncated") \
	C(REBORN, "reborn") \
	C(ABANDONED, "abandoned")

/* Index of a counter. */
enum np_counter {
#define C(id, name) NP_##id,
	NP_COUNTERS(C)
#undef C
	NP_NR_COUNTERS
};

/**
 * struct np_stats - counters of one CPU.
 * @count: by &enum np_counter; written by their own CPU only
 */
struct np_stats {
	u64 count[NP_NR_COUNTERS];
};

DECLARE_PER_CPU(struct np_stats, np_stats);

/* One instruction on x86-64 and safe against interrupts everywhere. */
#define np_count(id)		this_cpu_inc(np_stats.count[NP_##id])
#define np_count_add(id, n)	this_cpu_add(np_stats.count[NP_##id], n)

u64 np_stats_sum(enum np_counter id);
const char *np_stats_name(enum np_counter id);

#endif /* NP_STATS_H */
