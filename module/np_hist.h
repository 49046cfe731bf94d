/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_HIST_H
#define NP_HIST_H

#include <linux/bitops.h>
#include <linux/types.h>

/*
 * Log-linear histogram: 16 buckets for each power of two of the value + 16,
 * so that a bucket is at most 6.25 % wide; below 16, two values share one.
 * Adding 16 first means that no value needs a case of its own.
 *
 * Values below 2^63 - 16 are counted.  A negative one (a clock that went back)
 * falls into the first buckets, of this histogram or of the one behind it in
 * an array, where nobody looks.
 */
#define NP_HIST_SUB_BITS	4
#define NP_HIST_BIAS		16	/* 2 to the power of NP_HIST_SUB_BITS */
/* the first bucket that counts */
#define NP_HIST_FIRST		80
/* a power of two makes the place of a stage's histogram a shift */
#define NP_HIST_BUCKETS		1024

/**
 * struct np_hist - how often each value occurred.
 * @bucket: number of values in each bucket, from NP_HIST_FIRST on
 *
 * Written by its own CPU with interrupts off, read without a lock.
 */
struct np_hist {
	u64 bucket[NP_HIST_BUCKETS];
};

/**
 * struct np_hist_summary - what "latency" prints of one stage.
 * @count: number of values
 * @min: lower bound of the smallest value's bucket
 * @max: upper bound of the largest value's bucket
 * @quantile: p50, p90, p99, p99.9: upper bounds of their buckets
 */
struct np_hist_summary {
	u64 count;
	u64 min;
	u64 max;
	u64 quantile[4];
};

/**
 * np_hist_index() - Bucket of a value.
 * @biased: the value + NP_HIST_BIAS
 *
 * Context: Any.
 * Return: Below NP_HIST_BUCKETS + NP_HIST_FIRST, whatever @biased is.
 */
static __always_inline unsigned long np_hist_index(u64 biased)
{
	unsigned long top;

	biased |= 1;	/* __fls(0) is undefined */
	top = __fls(biased);
	return (top << NP_HIST_SUB_BITS) + (biased >> ((top - NP_HIST_SUB_BITS) & 63));
}

void np_hist_reset(struct np_hist *hist);
u64 np_hist_lower(unsigned int index);
u64 np_hist_upper(unsigned int index);
void np_hist_merge(struct np_hist *to, const struct np_hist *from);
void np_hist_summarize(const struct np_hist *hist, struct np_hist_summary *sum);

#endif /* NP_HIST_H */
