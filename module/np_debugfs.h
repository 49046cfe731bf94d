/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_DEBUGFS_H
#define NP_DEBUGFS_H

int np_debugfs_init(void);
void np_debugfs_exit(void);

#endif /* NP_DEBUGFS_H */
