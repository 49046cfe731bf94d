// SPDX-License-Identifier: GPL-2.0-only
/* The clock's rate: what suspend may do to the cycle counter. */
#include <linux/ktime.h>

#include "np_clock.h"
#include "suites.h"

/* Does the clock go on when it was calibrated a second ago, at this reading? */
static bool goes_on_since(u64 reading)
{
	const struct np_clock_cal *kept = np_clock_cal;
	struct np_clock_cal fake = {
		.reading	= reading,
		.ns		= ktime_get_ns() - NSEC_PER_SEC,
		.mult		= kept->mult,
	};
	bool goes_on;

	np_clock_cal = &fake;
	goes_on = np_clock_tick();
	np_clock_cal = kept;
	return goes_on;
}

static void counter_that_jumps_is_found(struct kunit *test)
{
	u64 second;

	/* the kernel's own clock does not jump */
	if (!np_clock_init())
		return;
	second = np_clock_span_inverse(np_clock_cal, NSEC_PER_SEC);
	KUNIT_EXPECT_TRUE(test, goes_on_since(np_now() - second));
	KUNIT_EXPECT_FALSE(test, goes_on_since(np_now() + (1ULL << 40)));
	KUNIT_EXPECT_FALSE(test, goes_on_since(np_now() + second));
	KUNIT_EXPECT_FALSE(test, goes_on_since(np_now() - 100 * second));
	KUNIT_EXPECT_FALSE(test, goes_on_since(np_now() - second / 100));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(counter_that_jumps_is_found),
	{}
};

struct kunit_suite clock_suite = {
	.name		= "clock",
	.test_cases	= cases,
};
