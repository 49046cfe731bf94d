/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules that are in force while a command runs. */
#ifndef NP_HOLD_H
#define NP_HOLD_H

#include "np_cmd.h"

/**
 * struct np_hold - the rules of a command.
 * @nl: the socket with which they end; NULL: there are none
 * @generation: their number
 */
struct np_hold {
	struct np_nl	*nl;
	__u32		generation;
};

int np_hold_begin(struct np_hold *hold, const char *cmd,
		  const struct np_args *args);
void np_hold_end(struct np_hold *hold);

#endif /* NP_HOLD_H */
