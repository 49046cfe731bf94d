/* SPDX-License-Identifier: GPL-2.0-only */
/* Ending cleanly on SIGINT and SIGTERM. */
#ifndef NP_STOP_H
#define NP_STOP_H

#include <poll.h>
#include <stdbool.h>

void np_stop_catch(void);
bool np_stop_requested(void);
int np_stop_poll(struct pollfd *fds, nfds_t nr, int timeout_ms);

#endif /* NP_STOP_H */
