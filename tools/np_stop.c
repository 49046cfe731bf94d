// SPDX-License-Identifier: GPL-2.0-only
/* Ending cleanly on SIGINT and SIGTERM. */
#define _GNU_SOURCE
#include "np_stop.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

static volatile sig_atomic_t stop_requested;

static void stop_handler(int sig)
{
	(void)sig;
	stop_requested = 1;
}

/**
 * np_stop_catch() - From now on SIGINT and SIGTERM only ask to stop.
 *
 * No SA_RESTART: a write to a pager that does not read must not go on.
 */
void np_stop_catch(void)
{
	struct sigaction action = { .sa_handler = stop_handler };

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

/**
 * np_stop_requested() - Did a signal ask to stop?
 *
 * Return: true if one did.
 */
bool np_stop_requested(void)
{
	return stop_requested;
}

/**
 * np_stop_poll() - poll() that a signal to stop always ends.
 * @fds: as for poll()
 * @nr: as for poll()
 * @timeout_ms: as for poll()
 *
 * The signals are let in only inside ppoll(), so none can slip in between the
 * test and the wait.
 *
 * Return: As poll(); -EINTR when a signal asked to stop, or another -errno.
 */
int np_stop_poll(struct pollfd *fds, nfds_t nr, int timeout_ms)
{
	struct timespec timeout;
	sigset_t block, orig;
	int ret = -EINTR;

	timeout.tv_sec = timeout_ms / 1000;
	timeout.tv_nsec = timeout_ms % 1000 * 1000000L;
	sigemptyset(&block);
	sigaddset(&block, SIGINT);
	sigaddset(&block, SIGTERM);
	sigprocmask(SIG_BLOCK, &block, &orig);
	if (!stop_requested) {
		ret = ppoll(fds, nr, timeout_ms < 0 ? NULL : &timeout, &orig);
		if (ret < 0)
			ret = -errno;
	}
	sigprocmask(SIG_SETMASK, &orig, NULL);
	return ret == -EINTR && !stop_requested ? 0 : ret;
}
