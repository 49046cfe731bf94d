// SPDX-License-Identifier: GPL-2.0-only
/* Log-linear histograms; pure code, also built on the host by the unit tests. */
#include "np_hist.h"

#include <linux/compiler.h>
#include <linux/limits.h>
#include <linux/minmax.h>
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
	hist->min = U64_MAX;
}

/**
 * np_hist_upper() - Largest value that a bucket counts, in ns.
 * @index: bucket
 *
 * Context: Any.
 */
u64 np_hist_upper(unsigned int index)
{
	unsigned int shift;

	if (index >= NP_HIST_BUCKETS - 1)
		return U64_MAX;
	if (index < 2 << NP_HIST_SUB_BITS)
		return index;
	shift = (index >> NP_HIST_SUB_BITS) - 1;
	return ((u64)(index - (shift << NP_HIST_SUB_BITS) + 1) << shift) - 1;
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

	to->min = min(to->min, READ_ONCE(from->min));
	to->max = max(to->max, READ_ONCE(from->max));
	for (i = 0; i < NP_HIST_BUCKETS; i++)
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
	for (i = 0; i < NP_HIST_BUCKETS; i++)
		sum->count += hist->bucket[i];
	if (!sum->count)
		return;
	sum->min = hist->min;
	sum->max = hist->max;

	for (i = 0, q = 0; i < NP_HIST_BUCKETS && q < 4; i++) {
		seen += hist->bucket[i];
		/* the rank-th smallest value, rank rounded up */
		while (q < 4) {
			rank = sum->count - sum->count * (1000 - permille[q]) / 1000;
			if (seen < rank)
				break;
			sum->quantile[q++] = clamp(np_hist_upper(i), sum->min, sum->max);
		}
	}
}
