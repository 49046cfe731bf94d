// SPDX-License-Identifier: GPL-2.0-only
/*
 * np_traffic - packets whose number and fate are known.
 *
 * One call plays both sides, each in its network namespace.
 */
#define _GNU_SOURCE
#include "np_traffic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static const char usage[] =
"Usage: np_traffic pingpong udp|tcp OPTION...  one request at a time, answered\n"
"       np_traffic flood udp OPTION...         numbered datagrams, nobody reads\n"
"       np_traffic stamp udp OPTION...         datagrams with kernel time stamps\n"
"       np_traffic raw udp|tcp OPTION...       packets with chosen checksums\n"
"       np_traffic numbered udp OPTION...      datagrams told apart by ports and length\n"
"  --addr ADDR --port PORT    of the server\n"
"  --client-ns NAME           namespace of the sender (default: this one)\n"
"  --server-ns NAME           namespace of the receiver (default: this one)\n"
"  --rounds N                 packets or requests; 0: until SIGTERM (default 1)\n"
"  --warmup N                 requests before the clock starts\n"
"  --size BYTES               payload (default 64)\n"
"  --patience SECONDS         how long to wait for a packet (default 10)\n"
"  --cpu N, --client-cpu N, --server-cpu N   run on this CPU only\n"
"  --sockets N --rcvbuf BYTES flood: receivers on ports from PORT on, their buffers\n"
"  --hold                     flood: after sending wait for SIGTERM, then read all\n"
"  --bad none|l4|ip           raw: which checksum is wrong\n"
"  --dev DEV --mac MAC --saddr ADDR          raw: way and sender\n";

volatile sig_atomic_t np_stopped;

static void stop(int unused)
{
	np_stopped = 1;
}

/**
 * np_catch_stop() - Let SIGTERM and SIGINT set np_stopped.
 */
void np_catch_stop(void)
{
	struct sigaction action = { .sa_handler = stop };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

/**
 * np_die() - Say what failed, and why, and exit.
 * @what: what failed
 */
void np_die(const char *what)
{
	fprintf(stderr, "np_traffic: %s: %s\n", what, strerror(errno));
	exit(1);
}

/**
 * np_now_ns() - CLOCK_MONOTONIC in ns.
 *
 * Return: The time.
 */
uint64_t np_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/**
 * np_enter() - Move this process to a namespace and a CPU.
 * @netns: name as of "ip netns"; NULL: stay
 * @cpu: CPU; negative: any
 */
void np_enter(const char *netns, long cpu)
{
	char path[256];
	cpu_set_t set;
	int fd;

	if (netns) {
		snprintf(path, sizeof(path), "/run/netns/%s", netns);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || setns(fd, CLONE_NEWNET))
			np_die(path);
		close(fd);
	}
	if (cpu >= 0) {
		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
		if (sched_setaffinity(0, sizeof(set), &set))
			np_die("sched_setaffinity");
	}
}

/**
 * np_addr_parse() - Make a socket address.
 * @addr: receives it
 * @text: IPv4 or IPv6 address
 * @port: port
 *
 * Return: Length of the address.
 */
socklen_t np_addr_parse(union np_addr *addr, const char *text, long port)
{
	memset(addr, 0, sizeof(*addr));
	if (text && inet_pton(AF_INET, text, &addr->v4.sin_addr) == 1) {
		addr->v4.sin_family = AF_INET;
		addr->v4.sin_port = htons(port);
		return sizeof(addr->v4);
	}
	if (text && inet_pton(AF_INET6, text, &addr->v6.sin6_addr) == 1) {
		addr->v6.sin6_family = AF_INET6;
		addr->v6.sin6_port = htons(port);
		return sizeof(addr->v6);
	}
	errno = EINVAL;
	np_die("address");
}

/**
 * np_socket() - Open a socket of the server address's family.
 * @args: command line
 * @type: SOCK_DGRAM or SOCK_STREAM
 *
 * Return: The socket; it does not wait for longer than the patience asked for.
 */
int np_socket(const struct np_args *args, int type)
{
	struct timeval patience = { .tv_sec = args->patience };
	union np_addr addr;
	int fd, on = 1;

	np_addr_parse(&addr, args->addr, args->port);
	fd = socket(addr.sa.sa_family, type | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)))
		np_die("socket");
	return fd;
}

/**
 * np_bound() - Open a socket bound to the server's address.
 * @args: command line
 * @type: SOCK_DGRAM or SOCK_STREAM
 * @port: port
 *
 * Return: The socket.
 */
int np_bound(const struct np_args *args, int type, long port)
{
	int fd = np_socket(args, type), size = args->rcvbuf / 2;
	union np_addr addr;
	socklen_t len;

	/* the kernel doubles what it is told */
	if (size && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		np_die("SO_RCVBUFFORCE");
	len = np_addr_parse(&addr, args->addr, port);
	if (bind(fd, &addr.sa, len))
		np_die("bind");
	return fd;
}

/**
 * np_connected() - Open a socket connected to the server's address.
 * @args: command line
 * @type: SOCK_DGRAM or SOCK_STREAM
 *
 * Return: The socket.
 */
int np_connected(const struct np_args *args, int type)
{
	int fd = np_socket(args, type);
	union np_addr addr;
	socklen_t len;

	len = np_addr_parse(&addr, args->addr, args->port);
	if (connect(fd, &addr.sa, len))
		np_die("connect");
	return fd;
}

enum {
	OPT_ADDR, OPT_PORT, OPT_CLIENT_NS, OPT_SERVER_NS, OPT_ROUNDS, OPT_WARMUP, OPT_SIZE,
	OPT_PATIENCE, OPT_CPU, OPT_CLIENT_CPU, OPT_SERVER_CPU, OPT_SOCKETS, OPT_RCVBUF,
	OPT_HOLD, OPT_BAD, OPT_DEV, OPT_MAC, OPT_SADDR,
};

static const struct option options[] = {
	{ "addr", required_argument, NULL, OPT_ADDR },
	{ "port", required_argument, NULL, OPT_PORT },
	{ "client-ns", required_argument, NULL, OPT_CLIENT_NS },
	{ "server-ns", required_argument, NULL, OPT_SERVER_NS },
	{ "rounds", required_argument, NULL, OPT_ROUNDS },
	{ "warmup", required_argument, NULL, OPT_WARMUP },
	{ "size", required_argument, NULL, OPT_SIZE },
	{ "patience", required_argument, NULL, OPT_PATIENCE },
	{ "cpu", required_argument, NULL, OPT_CPU },
	{ "client-cpu", required_argument, NULL, OPT_CLIENT_CPU },
	{ "server-cpu", required_argument, NULL, OPT_SERVER_CPU },
	{ "sockets", required_argument, NULL, OPT_SOCKETS },
	{ "rcvbuf", required_argument, NULL, OPT_RCVBUF },
	{ "hold", no_argument, NULL, OPT_HOLD },
	{ "bad", required_argument, NULL, OPT_BAD },
	{ "dev", required_argument, NULL, OPT_DEV },
	{ "mac", required_argument, NULL, OPT_MAC },
	{ "saddr", required_argument, NULL, OPT_SADDR },
	{ }
};

static void bad_usage(void)
{
	fputs(usage, stderr);
	exit(2);
}

static long number(void)
{
	char *end;
	long value = strtol(optarg, &end, 0);

	if (*end || end == optarg || value < 0)
		bad_usage();
	return value;
}

static bool parse_text(struct np_args *args, int opt)
{
	switch (opt) {
	case OPT_ADDR:
		args->addr = optarg;
		return true;
	case OPT_CLIENT_NS:
		args->client_ns = optarg;
		return true;
	case OPT_SERVER_NS:
		args->server_ns = optarg;
		return true;
	case OPT_BAD:
		args->bad = optarg;
		return true;
	case OPT_DEV:
		args->dev = optarg;
		return true;
	case OPT_MAC:
		args->mac = optarg;
		return true;
	case OPT_SADDR:
		args->saddr = optarg;
		return true;
	case OPT_HOLD:
		args->hold = true;
		return true;
	}
	return false;
}

static void parse_number(struct np_args *args, int opt)
{
	long value = number();

	switch (opt) {
	case OPT_PORT:
		args->port = value;
		break;
	case OPT_ROUNDS:
		args->rounds = value;
		break;
	case OPT_WARMUP:
		args->warmup = value;
		break;
	case OPT_SIZE:
		args->size = value;
		break;
	case OPT_PATIENCE:
		args->patience = value;
		break;
	case OPT_SOCKETS:
		args->sockets = value;
		break;
	case OPT_RCVBUF:
		args->rcvbuf = value;
		break;
	case OPT_CPU:
		args->client_cpu = value;
		args->server_cpu = value;
		break;
	case OPT_CLIENT_CPU:
		args->client_cpu = value;
		break;
	case OPT_SERVER_CPU:
		args->server_cpu = value;
		break;
	}
}

static const struct {
	const char *name;
	int (*run)(const struct np_args *args);
} commands[] = {
	{ "pingpong", np_pingpong },
	{ "flood", np_flood },
	{ "stamp", np_stamp },
	{ "raw", np_raw },
	{ "numbered", np_numbered },
};

/**
 * main() - Find the command and run it.
 * @argc: number of arguments
 * @argv: arguments
 *
 * Return: 0, 1 after a failure, 2 after a wrong command line.
 */
int main(int argc, char **argv)
{
	struct np_args args = {
		.bad = "none", .rounds = 1, .size = 64, .sockets = 1,
		.client_cpu = -1, .server_cpu = -1, .patience = NP_PATIENCE,
	};
	unsigned int i;
	int opt;

	setvbuf(stdout, NULL, _IOLBF, 0);
	/* a page read from disk in the middle of traffic would be seen as a delay */
	mlockall(MCL_CURRENT | MCL_FUTURE);
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == '?')
			bad_usage();
		if (!parse_text(&args, opt))
			parse_number(&args, opt);
	}
	if (optind + 2 != argc || !args.addr || !args.port || args.size > NP_SIZE_MAX ||
	    args.size < (long)sizeof(uint32_t))
		bad_usage();
	args.proto = argv[optind + 1];
	if (strcmp(args.proto, "udp") && strcmp(args.proto, "tcp"))
		bad_usage();
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[optind], commands[i].name))
			return commands[i].run(&args);
	bad_usage();
}
