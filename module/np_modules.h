/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_MODULES_H
#define NP_MODULES_H

int np_modules_init(void);
void np_modules_exit(void);

#endif /* NP_MODULES_H */
