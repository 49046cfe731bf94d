// SPDX-License-Identifier: GPL-2.0-only
/* Log-linear histograms; pure code, also built on the host by the unit tests. */
#include "np_hist.h"

#include <linux/compiler.h>
#include <linux/limits.h>
#include <linux/string.h>

/**
 * np_hist_reset() - Make a histogram empty.
 * @hist: histogram that nobody writes
 *
 * Context: Any.
 */
void np_hist_reset(struct np_hist *hist)
{
	memset(hist, 0, sizeof(*hist));
}

/**
 * np_hist_lower() - Smallest value that a bucket counts.
 * @index: bucket, from NP_HIST_FIRST on
 *
 * Context: Any.
 */
u64 np_hist_lower(unsigned int index)
{
	unsigned int shift = (index - NP_HIST_FIRST) >> NP_HIST_SUB_BITS;
	u64 top = NP_HIST_BIAS + (index & (NP_HIST_BIAS - 1));

	/* the lowest bit is always set */
	return ((shift ? top : top & ~1ULL) << shift) - NP_HIST_BIAS;
}

/**
 * np_hist_upper() - Largest value that a bucket counts.
 * @index: bucket, from NP_HIST_FIRST on
 *
 * Context: Any.
 */
u64 np_hist_upper(unsigned int index)
{
	return np_hist_lower(index + 1) - 1;
}

/**
 * np_hist_merge() - Add one histogram to another.
 * @to: private histogram of the caller
 * @from: histogram that its CPU may be writing
 *
 * Context: Any. What a concurrent writer adds may be counted or not.
 */
void np_hist_merge(struct np_hist *to, const struct np_hist *from)
{
	unsigned int i;

	for (i = NP_HIST_FIRST; i < NP_HIST_BUCKETS; i++)
		to->bucket[i] += READ_ONCE(from->bucket[i]);
}

/**
 * np_hist_summarize() - Count and quantiles.
 * @hist: private histogram of the caller
 * @sum: result; all 0 when the histogram is empty
 *
 * Context: Any.
 */
void np_hist_summarize(const struct np_hist *hist, struct np_hist_summary *sum)
{
	static const unsigned int permille[] = { 500, 900, 990, 999 };
	u64 seen = 0, rank;
	unsigned int i, q;

	memset(sum, 0, sizeof(*sum));
	for (i = NP_HIST_FIRST; i < NP_HIST_BUCKETS; i++)
		sum->count += hist->bucket[i];
	if (!sum->count)
		return;
	for (i = NP_HIST_FIRST, q = 0; i < NP_HIST_BUCKETS; i++) {
		if (!hist->bucket[i])
			continue;
		if (!seen)
			sum->min = np_hist_lower(i);
		sum->max = np_hist_upper(i);
		seen += hist->bucket[i];
		/* the rank-th smallest value, rank rounded up */
		while (q < 4) {
			rank = sum->count - sum->count * (1000 - permille[q]) / 1000;
			if (seen < rank)
				break;
			sum->quantile[q++] = np_hist_upper(i);
		}
	}
}
