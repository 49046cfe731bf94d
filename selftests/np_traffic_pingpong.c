// SPDX-License-Identifier: GPL-2.0-only
/* np_traffic pingpong: requests, one at a time, each answered by the same bytes. */
#include "np_traffic.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static char request[NP_SIZE_MAX], answer[NP_SIZE_MAX];

static void no_delay(int fd)
{
	int on = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
		np_die("TCP_NODELAY");
}

/* Read a whole message. Return: false when the peer is gone or silent. */
static bool read_all(int fd, char *buf, size_t size)
{
	size_t done = 0;
	ssize_t n;

	while (done < size) {
		n = recv(fd, buf + done, size - done, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += n;
	}
	return true;
}

static void serve_udp(int fd)
{
	union np_addr from;
	socklen_t len;
	ssize_t n;

	for (;;) {
		len = sizeof(from);
		n = recvfrom(fd, answer, sizeof(answer), 0, &from.sa, &len);
		if (n >= 0)
			sendto(fd, answer, n, 0, &from.sa, len);
	}
}

static void serve_tcp(int listener, size_t size)
{
	int fd;

	for (;;) {
		fd = accept(listener, NULL, NULL);
		if (fd < 0)
			continue;
		no_delay(fd);
		while (read_all(fd, answer, size))
			if (send(fd, answer, size, 0) != (ssize_t)size)
				break;
		close(fd);
	}
}

/* Start the server. Return: its process id, when it is ready. */
static pid_t start_server(const struct np_args *args, int type)
{
	int ready[2], fd;
	pid_t pid;
	char c;

	if (pipe(ready))
		np_die("pipe");
	pid = fork();
	if (pid < 0)
		np_die("fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, "np_server");
		np_enter(args->server_ns, args->server_cpu);
		fd = np_bound(args, type, args->port);
		if (type == SOCK_STREAM && listen(fd, 8))
			np_die("listen");
		if (write(ready[1], "", 1) != 1)
			np_die("pipe");
		if (type == SOCK_STREAM)
			serve_tcp(fd, args->size);
		else
			serve_udp(fd);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1) {
		fprintf(stderr, "np_traffic: the server did not start\n");
		exit(1);
	}
	close(ready[0]);
	return pid;
}

/* Ask rounds times. Return: how many of the answers were right. */
static long ask(const struct np_args *args, int fd, long rounds, long *asked)
{
	uint32_t round;
	long right = 0;

	for (*asked = 0; (!rounds || *asked < rounds) && !np_stopped; ++*asked) {
		round = *asked;
		memcpy(request, &round, sizeof(round));
		memset(answer, 0, sizeof(round));
		if (send(fd, request, args->size, 0) == args->size &&
		    read_all(fd, answer, args->size) && !memcmp(request, answer, args->size))
			right++;
	}
	return right;
}

/**
 * np_pingpong() - Send requests and check the answers.
 * @args: command line
 *
 * Prints "rounds N answers N elapsed_ns X".
 *
 * Return: Exit code.
 */
int np_pingpong(const struct np_args *args)
{
	int type = strcmp(args->proto, "tcp") ? SOCK_DGRAM : SOCK_STREAM, fd;
	uint64_t begin, end;
	long asked, right;
	pid_t server;

	server = start_server(args, type);
	prctl(PR_SET_NAME, "np_client");
	np_catch_stop();
	np_enter(args->client_ns, args->client_cpu);
	fd = np_connected(args, type);
	if (type == SOCK_STREAM)
		no_delay(fd);
	memset(request, 'x', sizeof(request));
	if (args->warmup)
		ask(args, fd, args->warmup, &asked);
	begin = np_now_ns();
	right = ask(args, fd, args->rounds, &asked);
	end = np_now_ns();
	printf("rounds %ld answers %ld elapsed_ns %llu\n", asked, right,
	       (unsigned long long)(end - begin));
	close(fd);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	return right == asked ? 0 : 1;
}
