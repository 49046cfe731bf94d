/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a suite includes: KUnit, or on a kernel without it as much of it as the suites use.
 *
 * The stand-in runs all suites when the module is loaded and says the same in the kernel log.
 * Its assertions return from the function that they are in, so use them in void functions.
 */
#ifndef SUITE_H
#define SUITE_H

#include <linux/kconfig.h>

#if IS_ENABLED(CONFIG_KUNIT)
#include <kunit/test.h>
#else

#include <linux/init.h>
#include <linux/module.h>
#include <linux/printk.h>

/**
 * struct kunit - a case that runs.
 * @name: its name
 * @priv: for the suite
 * @failed: an expectation was not met
 */
struct kunit {
	const char	*name;
	void		*priv;
	bool		failed;
};

/**
 * struct kunit_case - a line of the result.
 * @run_case: looks whether it holds
 * @name: what must hold
 */
struct kunit_case {
	void		(*run_case)(struct kunit *test);
	const char	*name;
};

#define KUNIT_CASE(func)	{ .run_case = func, .name = #func }

/**
 * struct kunit_suite - cases with a common set-up.
 * @name: of the suite
 * @init: before each case; 0, or it fails
 * @exit: after each case
 * @test_cases: the last is empty
 */
struct kunit_suite {
	const char		*name;
	int			(*init)(struct kunit *test);
	void			(*exit)(struct kunit *test);
	struct kunit_case	*test_cases;
};

#define suite_holds(test, relation, left, op, right)					\
({											\
	typeof(left) suite_left = (left);						\
	typeof(right) suite_right = (right);						\
	bool suite_holds = suite_left op suite_right;					\
											\
	if (!suite_holds) {								\
		(test)->failed = true;							\
		pr_info("    # %s: EXPECTATION FAILED at %s:%d\n", (test)->name,	\
			__FILE__, __LINE__);						\
		pr_info("    # Expected %s, but %lld, %lld\n", relation,		\
			(s64)suite_left, (s64)suite_right);				\
	}										\
	suite_holds;									\
})

#define suite_assert(holds)								\
do {											\
	if (!(holds))									\
		return;									\
} while (0)

#define KUNIT_EXPECT_EQ(test, left, right)						\
	((void)suite_holds(test, #left " == " #right, left, ==, right))
#define KUNIT_EXPECT_NE(test, left, right)						\
	((void)suite_holds(test, #left " != " #right, left, !=, right))
#define KUNIT_EXPECT_LT(test, left, right)						\
	((void)suite_holds(test, #left " < " #right, left, <, right))
#define KUNIT_EXPECT_LE(test, left, right)						\
	((void)suite_holds(test, #left " <= " #right, left, <=, right))
#define KUNIT_EXPECT_GT(test, left, right)						\
	((void)suite_holds(test, #left " > " #right, left, >, right))
#define KUNIT_EXPECT_TRUE(test, condition)						\
	((void)suite_holds(test, #condition, !!(condition), ==, true))
#define KUNIT_EXPECT_FALSE(test, condition)						\
	((void)suite_holds(test, "not " #condition, !!(condition), ==, false))
#define KUNIT_EXPECT_PTR_EQ(test, left, right)						\
	((void)suite_holds(test, #left " == " #right, (unsigned long)(left), ==,	\
			   (unsigned long)(right)))
#define KUNIT_EXPECT_PTR_NE(test, left, right)						\
	((void)suite_holds(test, #left " != " #right, (unsigned long)(left), !=,	\
			   (unsigned long)(right)))
#define KUNIT_EXPECT_STREQ(test, left, right)						\
	((void)suite_holds(test, #left " is " #right, strcmp(left, right), ==, 0))
#define KUNIT_ASSERT_EQ(test, left, right)						\
	suite_assert(suite_holds(test, #left " == " #right, left, ==, right))
#define KUNIT_ASSERT_TRUE(test, condition)						\
	suite_assert(suite_holds(test, #condition, !!(condition), ==, true))

static inline bool suite_run_case(const struct kunit_suite *suite,
				  const struct kunit_case *line)
{
	struct kunit test = { .name = line->name };

	if (suite->init && suite->init(&test)) {
		pr_info("    # %s: failed to initialize\n", line->name);
		return false;
	}
	line->run_case(&test);
	if (suite->exit)
		suite->exit(&test);
	return !test.failed;
}

static inline void suite_run(const struct kunit_suite *suite, unsigned int number)
{
	const struct kunit_case *line;
	unsigned int nr = 0;
	bool failed = false;

	for (line = suite->test_cases; line->run_case; line++)
		nr++;
	pr_info("    KTAP version 1\n");
	pr_info("    # Subtest: %s\n", suite->name);
	pr_info("    1..%u\n", nr);
	for (line = suite->test_cases, nr = 1; line->run_case; line++, nr++) {
		bool ok = suite_run_case(suite, line);

		failed |= !ok;
		pr_info("    %sok %u %s\n", ok ? "" : "not ", nr, line->name);
	}
	pr_info("%sok %u %s\n", failed ? "not " : "", number, suite->name);
}

#define kunit_test_suites(...)								\
static const struct kunit_suite * const suite_list[] = { __VA_ARGS__ };			\
											\
static int __init suite_main(void)							\
{											\
	unsigned int i;									\
											\
	pr_info("KTAP version 1\n");							\
	pr_info("1..%u\n", (unsigned int)ARRAY_SIZE(suite_list));			\
	for (i = 0; i < ARRAY_SIZE(suite_list); i++)					\
		suite_run(suite_list[i], i + 1);					\
	return 0;									\
}											\
module_init(suite_main);								\
											\
static void __exit suite_end(void)							\
{											\
}											\
module_exit(suite_end)

#endif

#endif /* SUITE_H */
