/* SPDX-License-Identifier: GPL-2.0-only */
/* Where live records come from: netlink, or the files in debugfs. */
#ifndef NP_SOURCE_H
#define NP_SOURCE_H

#include "np_cmd.h"
#include "np_merge.h"
#include "np_stream.h"

/**
 * struct np_source - where live records come from.
 * @by_netlink: which of the two is open
 * @stream: by netlink
 * @merge: by the files
 */
struct np_source {
	bool			by_netlink;
	struct np_stream	stream;
	struct np_merge		merge;
};

bool np_source_wants_netlink(const struct np_args *args);
void np_source_note(const struct np_args *args, bool by_netlink);
int np_source_open(struct np_source *source, const char *cmd,
		   const struct np_args *args);
int np_source_next(struct np_source *source, struct np_item *item,
		   int *timeout_ms);
int np_source_wait(struct np_source *source, int out_fd, int timeout_ms);
void np_source_drain(struct np_source *source);
void np_source_close(struct np_source *source);

#endif /* NP_SOURCE_H */
