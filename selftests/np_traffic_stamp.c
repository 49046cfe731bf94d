// SPDX-License-Identifier: GPL-2.0-only
/* np_traffic stamp: datagrams with the kernel's own software time stamps. */
#include "np_traffic.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void want_stamps(int fd, int flags)
{
	flags |= SOF_TIMESTAMPING_SOFTWARE;
	if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags)))
		np_die("SO_TIMESTAMPING");
}

/* Read a message's time stamp, CLOCK_REALTIME in ns. Return: 0 when it has none. */
static unsigned long long read_stamp(int fd, int flags)
{
	char data[64], control[512];
	struct iovec iov = { .iov_base = data, .iov_len = sizeof(data) };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct scm_timestamping stamps;
	struct cmsghdr *cmsg;

	if (recvmsg(fd, &msg, flags) < 0)
		np_die("recvmsg");
	for (cmsg = CMSG_FIRSTHDR(&msg); cmsg; cmsg = CMSG_NXTHDR(&msg, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_TIMESTAMPING)
			continue;
		memcpy(&stamps, CMSG_DATA(cmsg), sizeof(stamps));
		return stamps.ts[0].tv_sec * 1000000000ULL + stamps.ts[0].tv_nsec;
	}
	return 0;
}

/**
 * np_stamp() - Send datagrams, and print when the kernel sent and received each.
 * @args: command line
 *
 * Prints "number tx_ns rx_ns" per datagram, in CLOCK_REALTIME.
 *
 * Return: Exit code.
 */
int np_stamp(const struct np_args *args)
{
	struct pollfd poll_error = { 0 };
	unsigned long long tx, rx;
	int from, to;
	long i;

	np_enter(args->server_ns, -1);
	to = np_bound(args, SOCK_DGRAM, args->port);
	want_stamps(to, SOF_TIMESTAMPING_RX_SOFTWARE);
	np_enter(args->client_ns, args->client_cpu);
	from = np_connected(args, SOCK_DGRAM);
	want_stamps(from, SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_OPT_TSONLY);
	poll_error.fd = from;
	for (i = 0; i < args->rounds; i++) {
		if (send(from, &i, sizeof(i), 0) != sizeof(i))
			np_die("send");
		if (poll(&poll_error, 1, NP_PATIENCE * 1000) != 1) {
			errno = ETIME;
			np_die("no transmit time stamp");
		}
		tx = read_stamp(from, MSG_ERRQUEUE);
		rx = read_stamp(to, 0);
		printf("%ld %llu %llu\n", i, tx, rx);
	}
	close(from);
	close(to);
	return 0;
}
