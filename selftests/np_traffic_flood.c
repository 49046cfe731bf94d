// SPDX-License-Identifier: GPL-2.0-only
/* np_traffic flood: datagrams to sockets that nobody reads. */
#include "np_traffic.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOCKETS_MAX	64

static char payload[NP_SIZE_MAX];

/* Send round-robin to the sockets' ports. Return: how many the kernel took. */
static long send_all(const struct np_args *args)
{
	union np_addr addr[SOCKETS_MAX];
	socklen_t len = 0;
	uint32_t number;
	long sent = 0;
	int fd, i;

	fd = np_socket(args, SOCK_DGRAM);
	for (i = 0; i < args->sockets; i++)
		len = np_addr_parse(&addr[i], args->addr, args->port + i);
	for (number = 0; (!args->rounds || number < args->rounds) && !np_stopped; number++) {
		memcpy(payload, &number, sizeof(number));
		if (sendto(fd, payload, args->size, 0, &addr[number % args->sockets].sa,
			   len) == args->size)
			sent++;
	}
	close(fd);
	return sent;
}

/* Read what is queued. Return: how many datagrams it was. */
static long drain(int fd)
{
	long received = 0;

	while (recv(fd, payload, sizeof(payload), MSG_DONTWAIT) >= 0)
		received++;
	return received;
}

static void wait_for_stop(void)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (!np_stopped)
		sigwait(&set, &sig);
}

/**
 * np_flood() - Send numbered datagrams to sockets that are not read.
 * @args: command line
 *
 * Prints "sent N" when all are sent and, with --hold, after SIGTERM
 * "received N", the number that was in the sockets.
 *
 * Return: Exit code.
 */
int np_flood(const struct np_args *args)
{
	int fd[SOCKETS_MAX], i;
	long received = 0;

	if (args->sockets < 1 || args->sockets > SOCKETS_MAX) {
		fprintf(stderr, "np_traffic: --sockets: 1 to %d\n", SOCKETS_MAX);
		return 2;
	}
	np_catch_stop();
	np_enter(args->server_ns, -1);
	for (i = 0; i < args->sockets; i++)
		fd[i] = np_bound(args, SOCK_DGRAM, args->port + i);
	np_enter(args->client_ns, args->client_cpu);
	printf("sent %ld\n", send_all(args));
	if (!args->hold)
		return 0;
	wait_for_stop();
	for (i = 0; i < args->sockets; i++)
		received += drain(fd[i]);
	printf("received %ld\n", received);
	return 0;
}
