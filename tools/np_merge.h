/* SPDX-License-Identifier: GPL-2.0-only */
/* The rings of all CPUs as one stream, in the order in which packets ended. */
#ifndef NP_MERGE_H
#define NP_MERGE_H

#include <poll.h>

#include "np_item.h"
#include "np_ring.h"

/**
 * struct np_merge - the rings of all CPUs.
 * @rings: the rings
 * @nr: how many
 * @fds: room for a struct pollfd per ring and one more
 * @current: ring whose first record was returned last; not yet consumed
 * @drain_ns: 0, or when the order to stop came, CLOCK_MONOTONIC
 */
struct np_merge {
	struct np_ring	*rings;
	size_t		nr;
	struct pollfd	*fds;
	struct np_ring	*current;
	__u64		drain_ns;
};

int np_merge_open(struct np_merge *merge, const char *cmd, bool all);
int np_merge_next(struct np_merge *merge, struct np_item *item,
		  int *timeout_ms);
int np_merge_wait(struct np_merge *merge, int out_fd, int timeout_ms);
void np_merge_drain(struct np_merge *merge);
void np_merge_close(struct np_merge *merge);

#endif /* NP_MERGE_H */
