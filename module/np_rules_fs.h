/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_RULES_FS_H
#define NP_RULES_FS_H

#include <linux/fs.h>

extern const struct file_operations np_filter_fops;
extern const struct file_operations np_rules_fops;
extern const struct file_operations np_freeze_fops;

#endif /* NP_RULES_FS_H */
