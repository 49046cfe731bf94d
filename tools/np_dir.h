/* SPDX-License-Identifier: GPL-2.0-only */
/* The module's directory in debugfs, and why it cannot be read. */
#ifndef NP_DIR_H
#define NP_DIR_H

#include "np_buf.h"
#include "np_names.h"

const char *np_dir_path(void);
bool np_dir_is_default(void);
int np_dir_open(const char *cmd, const char *name, int flags);
int np_dir_read(const char *cmd, const char *name, struct np_buf *buf);
void np_dir_names(struct np_names *names);
void np_dir_warn_disabled(void);
bool np_dir_debugfs_mounted(void);

#endif /* NP_DIR_H */
