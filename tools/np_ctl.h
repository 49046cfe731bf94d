/* SPDX-License-Identifier: GPL-2.0-only */
/* What the module says of itself: by netlink, or else by the files in debugfs. */
#ifndef NP_CTL_H
#define NP_CTL_H

#include "np_buf.h"
#include "np_cmd.h"
#include "np_names.h"
#include "np_nl.h"

/**
 * typedef np_ctl_fetch_fn - asks for a table by netlink.
 * @nl: open socket
 * @text: receives it as text
 *
 * Return: As np_nl_run().
 */
typedef int (*np_ctl_fetch_fn)(struct np_nl *nl, struct np_buf *text);

int np_ctl_read(const char *cmd, const struct np_args *args,
		np_ctl_fetch_fn fetch, const char *file, struct np_buf *text);
struct np_nl *np_ctl_open(const char *cmd);
void np_ctl_close(struct np_nl *nl);
void np_ctl_names(const struct np_args *args, struct np_names *names);
void np_ctl_warn_disabled(const struct np_args *args);

#endif /* NP_CTL_H */
