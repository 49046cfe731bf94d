/* SPDX-License-Identifier: GPL-2.0-only */
/* What the running kernel has of the functions and tracepoints to be hooked. */
#ifndef NP_FACTS_H
#define NP_FACTS_H

#include "np_plan.h"

/**
 * struct np_facts - the running kernel.
 * @release: what uname calls it
 * @machine: its architecture
 * @version: as np_version()
 * @tracefs: where tracefs is; NULL: nowhere, or it cannot be read
 * @hidden: lockdown keeps tracefs from being read
 * @points: the module's table, with facts
 */
struct np_facts {
	char		release[65];
	char		machine[65];
	unsigned int	version;
	const char	*tracefs;
	bool		hidden;
	struct np_point	points[NP_NR_POINTS];
};

void np_facts_read(struct np_facts *facts);

#endif /* NP_FACTS_H */
