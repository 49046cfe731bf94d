/* SPDX-License-Identifier: GPL-2.0-only */
/* What changes something in the module. */
#ifndef NP_CONTROL_H
#define NP_CONTROL_H

int np_control_config(char *list);
int np_control_stages(char *list);

#endif /* NP_CONTROL_H */
