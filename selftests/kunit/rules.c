// SPDX-License-Identifier: GPL-2.0-only
/* Which rules can be put in force. */
#include "np_rules.h"
#include "np_stage.h"
#include "suites.h"

/* The name of the value that is wrong; empty: none */
static const char *wrong(struct np_rule_set set)
{
	const char *what;

	return np_rules_check(&set, &what) ? what : "";
}

#define WRONG(...)	wrong((struct np_rule_set){ __VA_ARGS__ })

static void values_that_mean_nothing_are_refused(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, WRONG(), "");
	KUNIT_EXPECT_STREQ(test, WRONG(.mark = 0x10, .mark_mask = 0xf0), "");
	KUNIT_EXPECT_STREQ(test, WRONG(.mark = 0x11, .mark_mask = 0xf0), "mark");
	KUNIT_EXPECT_STREQ(test, WRONG(.mark = 1), "mark");
	KUNIT_EXPECT_STREQ(test, WRONG(.direction = NP_DIR_TX), "");
	KUNIT_EXPECT_STREQ(test, WRONG(.direction = NP_NR_DIRS), "direction");
	KUNIT_EXPECT_STREQ(test, WRONG(.stage = 1, .stage_ns = 1), "");
	KUNIT_EXPECT_STREQ(test, WRONG(.stage = 1), "stage");
	KUNIT_EXPECT_STREQ(test, WRONG(.stage_ns = 1), "stage");
	KUNIT_EXPECT_STREQ(test, WRONG(.stage = NP_STAGE_CNT, .stage_ns = 1), "stage");
	KUNIT_EXPECT_STREQ(test, WRONG(.nr_reasons = NP_RULE_REASONS), "");
	KUNIT_EXPECT_STREQ(test, WRONG(.nr_reasons = NP_RULE_REASONS + 1), "reasons");
}

static void loads_in_front_of_the_headers_are_refused(struct kunit *test)
{
	struct sock_filter insns[] = {
		BPF_STMT(BPF_RET | BPF_K, SKF_LL_OFF),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, SKF_AD_OFF + SKF_AD_PROTOCOL),
	};
	unsigned int where;

	KUNIT_EXPECT_PTR_EQ(test, np_rules_check_insns(insns, 2, &where), NULL);
	insns[1].k = SKF_LL_OFF;
	KUNIT_EXPECT_PTR_NE(test, np_rules_check_insns(insns, 2, &where), NULL);
	KUNIT_EXPECT_EQ(test, where, 1U);
	insns[1].k = SKF_NET_OFF;
	KUNIT_EXPECT_PTR_NE(test, np_rules_check_insns(insns, 2, &where), NULL);
	insns[1].k = SKF_AD_OFF + SKF_AD_PAY_OFFSET;
	KUNIT_EXPECT_PTR_NE(test, np_rules_check_insns(insns, 2, &where), NULL);
	KUNIT_EXPECT_PTR_EQ(test, np_rules_check_insns(insns, 1, &where), NULL);
}

static void program_that_is_too_long_is_refused(struct kunit *test)
{
	static struct sock_filter insns[BPF_MAXINSNS + 1];
	unsigned int where;

	KUNIT_EXPECT_PTR_EQ(test, np_rules_check_insns(insns, BPF_MAXINSNS, &where), NULL);
	KUNIT_EXPECT_PTR_NE(test, np_rules_check_insns(insns, BPF_MAXINSNS + 1, &where), NULL);
}

static struct kunit_case rules_cases[] = {
	KUNIT_CASE(values_that_mean_nothing_are_refused),
	KUNIT_CASE(loads_in_front_of_the_headers_are_refused),
	KUNIT_CASE(program_that_is_too_long_is_refused),
	{ }
};

struct kunit_suite rules_suite = {
	.name		= "rules",
	.test_cases	= rules_cases,
};
