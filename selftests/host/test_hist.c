// SPDX-License-Identifier: GPL-2.0-only
/* Histograms: where the buckets are, and what a summary says of known values. */
#include <stdlib.h>
#include <string.h>

#include <linux/limits.h>

#include "np_hist.h"
#include "host_test.h"

#define TOP_VALUE	((1ULL << 63) - 1 - NP_HIST_BIAS)
/* of the first 16 buckets every other one is in use */
#define FIRST		(NP_HIST_FIRST + 1)
#define LAST		(NP_HIST_BUCKETS - 1)
#define NR_RANDOM	1000000
#define MAX_VALUES	20000

static struct np_hist hist, other;

static unsigned int index_of(u64 value)
{
	return np_hist_index(value + NP_HIST_BIAS);
}

/* The bucket in use behind this one. */
static unsigned int after(unsigned int i)
{
	return i + (i < NP_HIST_FIRST + 15 ? 2 : 1);
}

/* All magnitudes equally often. */
static u64 random_value(u64 *state)
{
	u64 value = test_random(state) >> (1 + test_random(state) % 63);

	return value > TOP_VALUE ? TOP_VALUE : value;
}

static void bounds_are_in_their_bucket(void)
{
	unsigned int i;

	for (i = FIRST; i <= LAST; i = after(i)) {
		EXPECT(i, index_of(np_hist_lower(i)));
		EXPECT(i, index_of(np_hist_upper(i)));
	}
}

static void buckets_leave_no_gap(void)
{
	unsigned int i;

	EXPECT(0, np_hist_lower(FIRST));
	for (i = FIRST; i < LAST; i = after(i)) {
		EXPECT_TRUE(np_hist_lower(i) <= np_hist_upper(i));
		EXPECT(np_hist_upper(i) + 1, np_hist_lower(after(i)));
		EXPECT(after(i), index_of(np_hist_upper(i) + 1));
	}
	EXPECT(TOP_VALUE, np_hist_upper(LAST));
}

static void top_value_is_in_the_last_bucket(void)
{
	EXPECT(LAST, index_of(TOP_VALUE));
}

static void small_values_share_a_bucket_by_two(void)
{
	unsigned int i;

	for (i = 0; i < NP_HIST_BIAS; i++) {
		EXPECT(FIRST + (i & ~1U), index_of(i));
		EXPECT(i & ~1U, np_hist_lower(index_of(i)));
		EXPECT(i | 1, np_hist_upper(index_of(i)));
	}
}

static void buckets_are_at_most_6_25_percent_wide(void)
{
	unsigned int i;

	for (i = after(NP_HIST_FIRST + 15); i <= LAST; i = after(i))
		EXPECT_TRUE(np_hist_upper(i) - np_hist_lower(i) <= np_hist_lower(i) / 16);
}

static void negative_values_stay_out_of_what_counts(void)
{
	u64 back, state = 5;
	unsigned int i;

	for (i = 0; i < NR_RANDOM; i++) {
		back = i < 100 ? i + 1 : random_value(&state) + 1;
		EXPECT_TRUE(index_of(-back) < NP_HIST_FIRST ||
			    index_of(-back) >= NP_HIST_BUCKETS);
		EXPECT_TRUE(index_of(-back) < NP_HIST_BUCKETS + NP_HIST_FIRST);
	}
}

static void larger_values_never_have_a_lower_bucket(void)
{
	u64 a, b, value, state = 1;
	unsigned int i;

	for (value = 0; value < NR_RANDOM; value++)
		EXPECT_TRUE(index_of(value) <= index_of(value + 1));
	for (i = 1; i < 64; i++)
		EXPECT_TRUE(index_of((1ULL << i) - 1) <= index_of(1ULL << i));
	for (i = 0; i < NR_RANDOM; i++) {
		a = random_value(&state);
		b = random_value(&state);
		EXPECT(a < b, a < b && index_of(a) <= index_of(b));
	}
}

static void values_are_within_the_bounds_of_their_bucket(void)
{
	u64 value, state = 2;
	unsigned int i, at;

	for (i = 0; i < NR_RANDOM; i++) {
		value = i & 1 ? random_value(&state) : i;
		at = index_of(value);
		EXPECT_TRUE(at >= FIRST && at <= LAST);
		EXPECT_TRUE(np_hist_lower(at) <= value);
		EXPECT_TRUE(np_hist_upper(at) >= value);
	}
}

static void reset_empties_every_bucket(void)
{
	unsigned int i;

	memset(&hist, 0xff, sizeof(hist));
	np_hist_reset(&hist);
	for (i = 0; i < NP_HIST_BUCKETS; i++)
		EXPECT(0, hist.bucket[i]);
}

static void merge_adds_bucket_by_bucket(void)
{
	unsigned int i;

	for (i = NP_HIST_FIRST; i < NP_HIST_BUCKETS; i++) {
		hist.bucket[i] = test_hash(i) >> 1;
		other.bucket[i] = test_hash(~i) >> 1;
	}
	np_hist_merge(&hist, &other);
	for (i = NP_HIST_FIRST; i < NP_HIST_BUCKETS; i++) {
		EXPECT((test_hash(i) >> 1) + (test_hash(~i) >> 1), hist.bucket[i]);
		EXPECT(test_hash(~i) >> 1, other.bucket[i]);
	}
}

static void merge_of_an_empty_one_changes_nothing(void)
{
	unsigned int i;

	for (i = NP_HIST_FIRST; i < NP_HIST_BUCKETS; i++)
		hist.bucket[i] = test_hash(i);
	np_hist_reset(&other);
	np_hist_merge(&hist, &other);
	for (i = NP_HIST_FIRST; i < NP_HIST_BUCKETS; i++)
		EXPECT(test_hash(i), hist.bucket[i]);
}

/* One value makes min, max and all quantiles its bucket. */
static void expect_only(unsigned int at, u64 count)
{
	struct np_hist_summary sum;
	unsigned int q;

	np_hist_summarize(&hist, &sum);
	EXPECT(count, sum.count);
	EXPECT(np_hist_lower(at), sum.min);
	EXPECT(np_hist_upper(at), sum.max);
	for (q = 0; q < ARRAY_SIZE(sum.quantile); q++)
		EXPECT(np_hist_upper(at), sum.quantile[q]);
}

static void empty_histogram_is_all_zero(void)
{
	static const struct np_hist_summary zero;
	struct np_hist_summary sum;

	memset(&sum, 0xff, sizeof(sum));
	np_hist_reset(&hist);
	np_hist_summarize(&hist, &sum);
	EXPECT(0, memcmp(&sum, &zero, sizeof(sum)));
}

static void single_value_is_all_of_its_summary(void)
{
	unsigned int i;

	for (i = FIRST; i <= LAST; i = after(i)) {
		np_hist_reset(&hist);
		hist.bucket[i] = 1;
		expect_only(i, 1);
		hist.bucket[i] = 1ULL << 50;
		expect_only(i, 1ULL << 50);
	}
}

static void min_and_max_are_the_outermost_buckets(void)
{
	struct np_hist_summary sum;
	unsigned int lo, hi;

	for (lo = NP_HIST_FIRST + 16; lo <= LAST; lo += 7) {
		for (hi = lo; hi <= LAST; hi += 13) {
			np_hist_reset(&hist);
			hist.bucket[lo]++;
			hist.bucket[hi]++;
			hist.bucket[(lo + hi) / 2] += 5;
			np_hist_summarize(&hist, &sum);
			EXPECT(np_hist_lower(lo), sum.min);
			EXPECT(np_hist_upper(hi), sum.max);
			EXPECT(7, sum.count);
		}
	}
}

static int compare(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The summary of these values against the same values, sorted. */
static void expect_summary_of(u64 *values, unsigned int nr)
{
	static const unsigned int permille[] = { 500, 900, 990, 999 };
	struct np_hist_summary sum;
	unsigned int i, rank;

	np_hist_reset(&hist);
	for (i = 0; i < nr; i++)
		hist.bucket[index_of(values[i])]++;
	np_hist_summarize(&hist, &sum);
	qsort(values, nr, sizeof(*values), compare);

	EXPECT(nr, sum.count);
	EXPECT(np_hist_lower(index_of(values[0])), sum.min);
	EXPECT(np_hist_upper(index_of(values[nr - 1])), sum.max);
	for (i = 0; i < ARRAY_SIZE(permille); i++) {
		/* as many values as that are at most the quantile */
		for (rank = nr * permille[i] / 1000; rank * 1000 < nr * permille[i]; rank++)
			;
		EXPECT(np_hist_upper(index_of(values[rank - 1])), sum.quantile[i]);
	}
}

static u64 draw(unsigned int kind, u64 *state)
{
	u64 random = test_random(state);

	switch (kind) {
	case 0:		/* uniform, small */
		return random % 100;
	case 1:		/* uniform, all of 63 bits */
		return random % (TOP_VALUE + 1);
	case 2:		/* all magnitudes */
		return random_value(state);
	case 3:		/* constant */
		return 12345;
	case 4:		/* two far apart */
		return random & 1 ? 900 + random % 64 : 5000000 + random % 65536;
	default:	/* microseconds with a rare long tail */
		return random % 1000 ? 2000 + random % 500 : 1000000000ULL + random % 1000000007;
	}
}

static void quantiles_are_those_of_the_sorted_values(void)
{
	static const unsigned int nrs[] = { 1, 2, 3, 9, 10, 11, 99, 100, 101, 999,
					    1000, 1001, 9999, 10000, MAX_VALUES };
	static u64 values[MAX_VALUES];
	unsigned int kind, seed, i, n;
	u64 state;

	for (kind = 0; kind < 6; kind++) {
		for (seed = 0; seed < 3; seed++) {
			state = test_hash(kind * 3 + seed + 1);
			for (n = 0; n < ARRAY_SIZE(nrs); n++) {
				for (i = 0; i < nrs[n]; i++)
					values[i] = draw(kind, &state);
				expect_summary_of(values, nrs[n]);
			}
		}
	}
}

/* A rank that is off by one shows at some number of values. */
static void quantiles_are_right_for_any_number_of_values(void)
{
	static u64 values[2100];
	unsigned int nr, i;

	for (nr = 1; nr < ARRAY_SIZE(values); nr++) {
		for (i = 0; i < nr; i++)
			values[i] = np_hist_lower(FIRST + i * (LAST - FIRST) / nr);
		expect_summary_of(values, nr);
	}
}

static const struct test_case cases[] = {
	{ "bounds_are_in_their_bucket", bounds_are_in_their_bucket },
	{ "buckets_leave_no_gap", buckets_leave_no_gap },
	{ "top_value_is_in_the_last_bucket", top_value_is_in_the_last_bucket },
	{ "small_values_share_a_bucket_by_two", small_values_share_a_bucket_by_two },
	{ "negative_values_stay_out_of_what_counts", negative_values_stay_out_of_what_counts },
	{ "buckets_are_at_most_6_25_percent_wide", buckets_are_at_most_6_25_percent_wide },
	{ "larger_values_never_have_a_lower_bucket", larger_values_never_have_a_lower_bucket },
	{ "values_are_within_the_bounds_of_their_bucket",
	  values_are_within_the_bounds_of_their_bucket },
	{ "reset_empties_every_bucket", reset_empties_every_bucket },
	{ "merge_adds_bucket_by_bucket", merge_adds_bucket_by_bucket },
	{ "merge_of_an_empty_one_changes_nothing", merge_of_an_empty_one_changes_nothing },
	{ "empty_histogram_is_all_zero", empty_histogram_is_all_zero },
	{ "single_value_is_all_of_its_summary", single_value_is_all_of_its_summary },
	{ "min_and_max_are_the_outermost_buckets", min_and_max_are_the_outermost_buckets },
	{ "quantiles_are_those_of_the_sorted_values",
	  quantiles_are_those_of_the_sorted_values },
	{ "quantiles_are_right_for_any_number_of_values",
	  quantiles_are_right_for_any_number_of_values },
};

int main(void)
{
	return test_main(cases, ARRAY_SIZE(cases));
}
