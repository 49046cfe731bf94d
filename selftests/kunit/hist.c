// SPDX-License-Identifier: GPL-2.0-only
/* Histograms; selftests/host/test_hist.c has more, on the host. */
#include <linux/slab.h>

#include "np_hist.h"
#include "suites.h"

static struct np_hist *one, *two;

static void add(struct np_hist *hist, u64 value)
{
	hist->bucket[np_hist_index(value + NP_HIST_BIAS)]++;
}

static void each_value_is_within_its_bucket(struct kunit *test)
{
	unsigned int shift, i;
	u64 value;

	for (shift = 0; shift < 63; shift++) {
		for (i = 0; i < 5; i++) {
			value = (1ULL << shift) + i - 2;
			if ((s64)value < 0 || value > (1ULL << 63) - 17)
				continue;
			KUNIT_EXPECT_LE(test, np_hist_lower(np_hist_index(value + NP_HIST_BIAS)),
					value);
			KUNIT_EXPECT_LE(test, value,
					np_hist_upper(np_hist_index(value + NP_HIST_BIAS)));
		}
	}
}

static void buckets_leave_no_gap_and_do_not_overlap(struct kunit *test)
{
	unsigned long i, next;

	i = np_hist_index(NP_HIST_BIAS);
	KUNIT_EXPECT_EQ(test, np_hist_lower(i), 0ULL);
	for (; np_hist_upper(i) < 1ULL << 62; i = next) {
		next = np_hist_index(np_hist_upper(i) + 1 + NP_HIST_BIAS);
		KUNIT_ASSERT_TRUE(test, next > i && next < NP_HIST_BUCKETS);
		KUNIT_EXPECT_EQ(test, np_hist_lower(next), np_hist_upper(i) + 1);
	}
}

static void bucket_is_at_most_a_sixteenth_wide(struct kunit *test)
{
	unsigned int i;
	u64 lower;

	for (i = NP_HIST_FIRST + 16; i < NP_HIST_BUCKETS - 1; i++) {
		lower = np_hist_lower(i);
		KUNIT_EXPECT_LE(test, np_hist_upper(i) - lower, (lower + NP_HIST_BIAS) / 16);
	}
}

static void negative_time_is_not_counted(struct kunit *test)
{
	struct np_hist_summary sum;

	/* the index may be that of the next histogram of an array */
	KUNIT_EXPECT_LT(test, np_hist_index((u64)-1), NP_HIST_BUCKETS + NP_HIST_FIRST + 0UL);
	KUNIT_EXPECT_LT(test, np_hist_index(0), NP_HIST_FIRST + 0UL);
	add(one, (u64)-5);
	np_hist_summarize(one, &sum);
	KUNIT_EXPECT_EQ(test, sum.count, 0ULL);
}

static void summary_of_nothing_is_zero(struct kunit *test)
{
	struct np_hist_summary sum;

	memset(&sum, 0xff, sizeof(sum));
	np_hist_summarize(one, &sum);
	KUNIT_EXPECT_EQ(test, sum.count, 0ULL);
	KUNIT_EXPECT_EQ(test, sum.min | sum.max | sum.quantile[0] | sum.quantile[3], 0ULL);
}

static void quantiles_are_those_of_the_values(struct kunit *test)
{
	struct np_hist_summary sum;
	unsigned int i;

	for (i = 0; i < 1000; i++)
		add(one, i < 500 ? 100 : i < 900 ? 1000 : i < 990 ? 10000 : 100000);
	np_hist_summarize(one, &sum);
	KUNIT_EXPECT_EQ(test, sum.count, 1000ULL);
	KUNIT_EXPECT_LE(test, sum.min, 100ULL);
	KUNIT_EXPECT_EQ(test, sum.quantile[0], np_hist_upper(np_hist_index(100 + NP_HIST_BIAS)));
	KUNIT_EXPECT_EQ(test, sum.quantile[1], np_hist_upper(np_hist_index(1000 + NP_HIST_BIAS)));
	KUNIT_EXPECT_EQ(test, sum.quantile[2], np_hist_upper(np_hist_index(10000 + NP_HIST_BIAS)));
	KUNIT_EXPECT_EQ(test, sum.quantile[3], sum.max);
	KUNIT_EXPECT_LE(test, 100000ULL, sum.max);
}

static void merged_counts_are_added(struct kunit *test)
{
	struct np_hist_summary sum;

	add(one, 20);
	add(two, 20);
	add(two, 1ULL << 40);
	np_hist_merge(one, two);
	np_hist_summarize(one, &sum);
	KUNIT_EXPECT_EQ(test, sum.count, 3ULL);
	KUNIT_EXPECT_LE(test, 1ULL << 40, sum.max);
	np_hist_reset(one);
	np_hist_summarize(one, &sum);
	KUNIT_EXPECT_EQ(test, sum.count, 0ULL);
}

static int hist_init(struct kunit *test)
{
	/* with room for what negative values spill over */
	one = kcalloc(2, sizeof(*one), GFP_KERNEL);
	two = kcalloc(2, sizeof(*two), GFP_KERNEL);
	return one && two ? 0 : -ENOMEM;
}

static void hist_exit(struct kunit *test)
{
	kfree(one);
	kfree(two);
}

static struct kunit_case hist_cases[] = {
	KUNIT_CASE(each_value_is_within_its_bucket),
	KUNIT_CASE(buckets_leave_no_gap_and_do_not_overlap),
	KUNIT_CASE(bucket_is_at_most_a_sixteenth_wide),
	KUNIT_CASE(negative_time_is_not_counted),
	KUNIT_CASE(summary_of_nothing_is_zero),
	KUNIT_CASE(quantiles_are_those_of_the_values),
	KUNIT_CASE(merged_counts_are_added),
	{ }
};

struct kunit_suite hist_suite = {
	.name		= "hist",
	.init		= hist_init,
	.exit		= hist_exit,
	.test_cases	= hist_cases,
};
