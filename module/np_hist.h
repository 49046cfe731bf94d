/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_HIST_H
#define NP_HIST_H

#include <linux/bitops.h>
#include <linux/types.h>

/*
 * Log-linear histogram of times in ns: values below 16 have a bucket each,
 * above that every power of two is divided into 8, so that a bucket is at
 * most 12.5 % wide.  The last bucket takes all of 2^40 ns (18 minutes) and
 * more.
 */
#define NP_HIST_SUB_BITS	3
#define NP_HIST_MAX_BITS	40
#define NP_HIST_BUCKETS		((NP_HIST_MAX_BITS - NP_HIST_SUB_BITS + 1) << NP_HIST_SUB_BITS)

/**
 * struct np_hist - times from one stage to the packet's next, in ns.
 * @min: smallest value, U64_MAX when empty
 * @max: largest value
 * @bucket: number of values in each bucket
 *
 * Written by its own CPU with interrupts off, read without a lock.
 */
struct np_hist {
	u64 min;
	u64 max;
	u64 bucket[NP_HIST_BUCKETS];
};

/**
 * struct np_hist_summary - what "latency" prints of one stage, times in ns.
 * @count: number of values
 * @min: smallest value
 * @max: largest value
 * @quantile: p50, p90, p99, p99.9: upper bounds of their buckets, within
 *	@min and @max
 */
struct np_hist_summary {
	u64 count;
	u64 min;
	u64 max;
	u64 quantile[4];
};

/**
 * np_hist_index() - Bucket of a value.
 * @ns: value in ns
 *
 * Context: Any.
 */
static __always_inline unsigned int np_hist_index(u64 ns)
{
	unsigned int shift;

	if (unlikely(ns >= 1ULL << NP_HIST_MAX_BITS))
		return NP_HIST_BUCKETS - 1;
	shift = __fls(ns | (1 << NP_HIST_SUB_BITS)) - NP_HIST_SUB_BITS;
	return (shift << NP_HIST_SUB_BITS) + (ns >> shift);
}

/**
 * np_hist_add() - Count a value.
 * @hist: histogram of this CPU
 * @ns: value in ns
 *
 * Context: Interrupts off.
 */
static __always_inline void np_hist_add(struct np_hist *hist, u64 ns)
{
	hist->bucket[np_hist_index(ns)]++;
	if (unlikely(ns < hist->min))
		hist->min = ns;
	if (unlikely(ns > hist->max))
		hist->max = ns;
}

void np_hist_reset(struct np_hist *hist);
u64 np_hist_upper(unsigned int index);
void np_hist_merge(struct np_hist *to, const struct np_hist *from);
void np_hist_summarize(const struct np_hist *hist, struct np_hist_summary *sum);

#endif /* NP_HIST_H */
