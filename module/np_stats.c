// SPDX-License-Identifier: GPL-2.0-only
/* Per-CPU counters. */
#include "np_stats.h"

#include <linux/cpumask.h>

DEFINE_PER_CPU(struct np_stats, np_stats);

static const char * const np_counter_names[NP_NR_COUNTERS] = {
#define C(id, name) [NP_##id] = name,
	NP_COUNTERS(C)
#undef C
};

/**
 * np_stats_sum() - A counter, summed over all CPUs ever online.
 * @id: which
 *
 * Context: Any.
 */
u64 np_stats_sum(enum np_counter id)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(np_stats, cpu).count[id]);
	return sum;
}

/**
 * np_stats_name() - Name of a counter.
 * @id: which
 *
 * Context: Any.
 */
const char *np_stats_name(enum np_counter id)
{
	return np_counter_names[id];
}
