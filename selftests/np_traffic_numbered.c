// SPDX-License-Identifier: GPL-2.0-only
/*
 * np_traffic numbered: datagrams, each with ports and a length that no other has.
 *
 * Datagram n goes from port PORT + 1000 + n / 64 % 16 to port PORT + n % 64 and has
 * 8 + n / 1024 bytes.  The number itself is in it.  Two senders and two receivers, each
 * a process on its CPU (all on one where there is no other), have every other port.
 *
 *	PORT + 0 .. 31		received
 *	PORT + 32 .. 39		closed
 *	PORT + 40 .. 55		open; for the caller's rules
 *	PORT + 56 .. 63		open, with a filter that takes nothing
 */
#define _GNU_SOURCE
#include "np_traffic.h"

#include <errno.h>
#include <linux/filter.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIDES		2
#define TARGETS		64
#define SOURCES		16
#define SOURCE_BASE	1000
#define CLOSED_FIRST	32
#define CLOSED_END	40
#define FILTER_FIRST	56
#define NUMBERED_MIN	8
#define NUMBERED_MAX	256

struct result {
	uint32_t	done;
	uint32_t	failed;
};

static long cpu_of(int side)
{
	return side % sysconf(_SC_NPROCESSORS_ONLN);
}

/* --- receivers ---------------------------------------------------------------------- */

static void take_nothing(int fd)
{
	struct sock_filter code = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog prog = { .len = 1, .filter = &code };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)))
		np_die("SO_ATTACH_FILTER");
}

/* What the datagram says must be what its length and both of its ports say. */
static bool is_right(const unsigned char *data, ssize_t len, const union np_addr *from,
		     long base, uint32_t target)
{
	uint32_t number;
	long source = ntohs(from->sa.sa_family == AF_INET ? from->v4.sin_port :
			    from->v6.sin6_port) - base - SOURCE_BASE;

	memcpy(&number, data, sizeof(number));
	return len == NUMBERED_MIN + number / (TARGETS * SOURCES) && number % TARGETS == target &&
	       number / TARGETS % SOURCES == source;
}

static void drain(int fd, long base, uint32_t target, struct result *result)
{
	unsigned char data[NUMBERED_MAX];
	union np_addr from;
	socklen_t len;
	ssize_t got;

	for (;;) {
		len = sizeof(from);
		got = recvfrom(fd, data, sizeof(data), MSG_DONTWAIT, &from.sa, &len);
		if (got < 0)
			return;
		if (is_right(data, got, &from, base, target))
			result->done++;
		else
			result->failed++;
	}
}

static void receive(const struct np_args *args, int side, int report)
{
	struct pollfd fds[TARGETS];
	uint32_t targets[TARGETS];
	struct result result = { 0 };
	int i, nr = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, side ? "np_reader1" : "np_reader0");
	np_catch_stop();
	np_enter(args->server_ns, cpu_of(side));
	for (i = side; i < TARGETS; i += SIDES) {
		if (i >= CLOSED_FIRST && i < CLOSED_END)
			continue;
		fds[nr].fd = np_bound(args, SOCK_DGRAM, args->port + i);
		fds[nr].events = POLLIN;
		if (i >= FILTER_FIRST)
			take_nothing(fds[nr].fd);
		targets[nr++] = i;
	}
	if (write(report, "", 1) != 1)
		np_die("pipe");
	do {
		poll(fds, nr, 100);
		for (i = 0; i < nr; i++)
			drain(fds[i].fd, args->port, targets[i], &result);
	} while (!np_stopped);
	/* what came between */
	for (i = 0; i < nr; i++)
		drain(fds[i].fd, args->port, targets[i], &result);
	if (write(report, &result, sizeof(result)) != sizeof(result))
		np_die("pipe");
	exit(0);
}

/* --- senders ------------------------------------------------------------------------ */

static int open_source(const struct np_args *args, int source)
{
	int fd = np_socket(args, SOCK_DGRAM);
	union np_addr addr;
	socklen_t len;

	len = np_addr_parse(&addr, args->saddr, args->port + SOURCE_BASE + source);
	if (bind(fd, &addr.sa, len))
		np_die("bind");
	return fd;
}

/*
 * One datagram to each target.  What a rule refuses is counted and passed over: it has been tried
 * when sendmmsg() returns, be it with the number of those before or, if there are none, EPERM.
 */
static void send_row(int fd, struct mmsghdr *msgs, int nr, struct result *result)
{
	int at = 0, sent;

	while (at < nr) {
		sent = sendmmsg(fd, msgs + at, nr - at, 0);
		if (sent < 0 && errno != EPERM)
			np_die("sendmmsg");
		if (sent < 0)
			sent = 0;
		result->done += sent;
		at += sent;
		if (at++ < nr)
			result->failed++;
	}
}

static void send_all(const struct np_args *args, int side, int report)
{
	static unsigned char data[TARGETS][NUMBERED_MAX];
	struct mmsghdr msgs[TARGETS] = { 0 };
	union np_addr addr[TARGETS];
	struct iovec iov[TARGETS];
	struct result result = { 0 };
	uint32_t number;
	int fd[SOURCES];
	long row;
	int i;

	prctl(PR_SET_NAME, side ? "np_writer1" : "np_writer0");
	np_enter(args->client_ns, cpu_of(side));
	for (i = side; i < SOURCES; i += SIDES)
		fd[i] = open_source(args, i);
	for (i = 0; i < TARGETS; i++) {
		iov[i].iov_base = data[i];
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
		msgs[i].msg_hdr.msg_name = &addr[i];
		msgs[i].msg_hdr.msg_namelen = np_addr_parse(&addr[i], args->addr,
							    args->port + i);
	}
	for (row = side; row < args->rounds / TARGETS; row += SIDES) {
		for (i = 0; i < TARGETS; i++) {
			number = row * TARGETS + i;
			memcpy(data[i], &number, sizeof(number));
			iov[i].iov_len = NUMBERED_MIN + row / SOURCES;
		}
		send_row(fd[row % SOURCES], msgs, TARGETS, &result);
	}
	if (write(report, &result, sizeof(result)) != sizeof(result))
		np_die("pipe");
	exit(0);
}

/* --- both --------------------------------------------------------------------------- */

struct side {
	pid_t	pid;
	int	report;
};

static struct side start(const struct np_args *args, int nr,
			 void (*run)(const struct np_args *args, int nr, int report))
{
	struct side side;
	int pipes[2];

	if (pipe(pipes))
		np_die("pipe");
	side.report = pipes[0];
	side.pid = fork();
	if (side.pid < 0)
		np_die("fork");
	if (!side.pid)
		run(args, nr, pipes[1]);
	close(pipes[1]);
	return side;
}

static void finish(const struct side *side, const char *what)
{
	struct result result;

	if (read(side->report, &result, sizeof(result)) != sizeof(result)) {
		fprintf(stderr, "np_traffic: a process has failed\n");
		exit(1);
	}
	waitpid(side->pid, NULL, 0);
	printf("%s %d %u %u\n", what, side->pid, result.done, result.failed);
}

/**
 * np_numbered() - Send datagrams told apart by ports and length.
 * @args: command line; rounds is a multiple of 64
 *
 * Prints a line for each process, "writer PID SENT REFUSED" or "reader PID RIGHT WRONG".
 *
 * Return: Exit code.
 */
int np_numbered(const struct np_args *args)
{
	struct side readers[SIDES], writers[SIDES];
	char c;
	int i;

	if (args->rounds / TARGETS / SOURCES + NUMBERED_MIN > NUMBERED_MAX || !args->saddr) {
		fprintf(stderr, "np_traffic: numbered: too many, or no --saddr\n");
		return 2;
	}
	for (i = 0; i < SIDES; i++) {
		readers[i] = start(args, i, receive);
		if (read(readers[i].report, &c, 1) != 1)
			return 1;
	}
	for (i = 0; i < SIDES; i++)
		writers[i] = start(args, i, send_all);
	for (i = 0; i < SIDES; i++)
		finish(&writers[i], "writer");
	for (i = 0; i < SIDES; i++) {
		kill(readers[i].pid, SIGTERM);
		finish(&readers[i], "reader");
	}
	return 0;
}
