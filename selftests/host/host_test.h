/* SPDX-License-Identifier: GPL-2.0-only */
/* KTAP for the host tests of kernel code. */
#ifndef HOST_TEST_H
#define HOST_TEST_H

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/types.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define TEST_FAULTS_SHOWN	10
#define TEST_LIMIT_SECONDS	10

/**
 * struct test_case - one line of the result.
 * @name: what must hold
 * @run: looks whether it does, by EXPECT()
 */
struct test_case {
	const char	*name;
	void		(*run)(void);
};

static unsigned int test_faults;

/* The two must be equal; to be called by any thread. */
#define EXPECT(expected, got)	test_equal(__LINE__, #got, expected, got)
#define EXPECT_TRUE(got)	test_equal(__LINE__, #got, true, got)

static inline bool test_equal(int line, const char *what, u64 expected, u64 got)
{
	if (expected == got)
		return true;
	if (__atomic_fetch_add(&test_faults, 1, __ATOMIC_RELAXED) < TEST_FAULTS_SHOWN)
		printf("# line %d: %s: expected %llu got %llu\n", line, what, expected, got);
	return false;
}

static inline u64 test_hash(u64 x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

/* The same numbers in each run. */
static inline u64 test_random(u64 *state)
{
	*state += 0x9e3779b97f4a7c15ULL;
	return test_hash(*state);
}

/* What to say of the test that runs, should it never end. */
static char test_verdict[200];

static inline void test_expired(int signal)
{
	(void)signal;
	if (write(STDOUT_FILENO, test_verdict, strlen(test_verdict)))
		_exit(1);
	_exit(2);
}

static inline int test_main(const struct test_case *cases, unsigned int nr)
{
	bool failed = false;
	unsigned int i;

	setlinebuf(stdout);
	signal(SIGALRM, test_expired);
	printf("KTAP version 1\n1..%u\n", nr);
	for (i = 0; i < nr; i++) {
		snprintf(test_verdict, sizeof(test_verdict),
			 "# expected an end within %u s\nnot ok %u %s\n",
			 TEST_LIMIT_SECONDS, i + 1, cases[i].name);
		test_faults = 0;
		alarm(TEST_LIMIT_SECONDS);
		cases[i].run();
		alarm(0);
		if (test_faults > TEST_FAULTS_SHOWN)
			printf("# and %u more\n", test_faults - TEST_FAULTS_SHOWN);
		printf("%sok %u %s\n", test_faults ? "not " : "", i + 1, cases[i].name);
		failed |= test_faults;
	}
	return failed;
}

#endif /* HOST_TEST_H */
