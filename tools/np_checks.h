/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether the running system lets the module work. */
#ifndef NP_CHECKS_H
#define NP_CHECKS_H

#include "np_facts.h"

/**
 * enum np_verdict - what a check found.
 * @NP_VERDICT_OK: no obstacle
 * @NP_VERDICT_WARN: works, with a restriction or under a condition
 * @NP_VERDICT_FAIL: netpath cannot work
 */
enum np_verdict {
	NP_VERDICT_OK,
	NP_VERDICT_WARN,
	NP_VERDICT_FAIL,
};

/**
 * struct np_check - one of the things that must be right.
 * @name: what
 * @verdict: what was found
 * @text: the same in words, and what to do about it
 */
struct np_check {
	const char	*name;
	enum np_verdict	verdict;
	char		text[192];
};

#define NP_NR_CHECKS	9

void np_checks_run(const struct np_facts *facts,
		   struct np_check checks[NP_NR_CHECKS]);
bool np_checks_loaded(void);

#endif /* NP_CHECKS_H */
