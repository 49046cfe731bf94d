/* SPDX-License-Identifier: GPL-2.0-only */
/* Records from the loaded module to an output, until told to stop. */
#ifndef NP_LIVE_H
#define NP_LIVE_H

#include "np_source.h"

/**
 * struct np_sink - where live records go.
 * @record: takes one record; returns 0, 1 when it wants no more, -EPIPE,
 *	-EINTR, or another -errno after a message
 * @flush: called before every wait and at the end; returns as @record
 * @arg: given to both
 * @fd: where the output goes, watched for its reader going away
 */
struct np_sink {
	int	(*record)(void *arg, const struct np_item *item);
	int	(*flush)(void *arg);
	void	*arg;
	int	fd;
};

int np_live_run(struct np_source *source, const struct np_sink *sink);

#endif /* NP_LIVE_H */
