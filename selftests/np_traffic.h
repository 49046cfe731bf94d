/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_TRAFFIC_H
#define NP_TRAFFIC_H

#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* Longest payload, in bytes. */
#define NP_SIZE_MAX	65000
/* Who waits for longer than this has lost a packet, if not told otherwise; in seconds. */
#define NP_PATIENCE	10

/**
 * struct np_args - the command line.
 * @proto: "udp" or "tcp"
 * @client_ns: namespace of the side that sends first; NULL: the current one
 * @server_ns: namespace of the other side; NULL: the current one
 * @addr: address of the server
 * @saddr: address of the client, where it is not the kernel that fills it in
 * @dev: device to send from
 * @mac: link-layer address to send to
 * @bad: which checksum is wrong: "none", "l4" or "ip"
 * @port: port of the server, of the first one if there are more
 * @rounds: how many times; 0: until SIGTERM
 * @warmup: how many times before measuring
 * @size: bytes of payload
 * @patience: how long to wait for a packet, in seconds
 * @sockets: receiving sockets, each with its port
 * @rcvbuf: bytes of their receive buffers; 0: the default
 * @client_cpu: CPU of the client, -1: any
 * @server_cpu: CPU of the server, -1: any
 * @hold: keep the packets unread until SIGTERM
 */
struct np_args {
	const char *proto;
	const char *client_ns;
	const char *server_ns;
	const char *addr;
	const char *saddr;
	const char *dev;
	const char *mac;
	const char *bad;
	long port;
	long rounds;
	long warmup;
	long size;
	long patience;
	long sockets;
	long rcvbuf;
	long client_cpu;
	long server_cpu;
	bool hold;
};

/**
 * struct np_addr - a socket address of either family.
 * @sa: as the socket calls want it
 * @v4: as IPv4
 * @v6: as IPv6
 */
union np_addr {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

extern volatile sig_atomic_t np_stopped;

void np_die(const char *what) __attribute__((noreturn));
void np_catch_stop(void);
uint64_t np_now_ns(void);
void np_enter(const char *netns, long cpu);
socklen_t np_addr_parse(union np_addr *addr, const char *text, long port);
int np_socket(const struct np_args *args, int type);
int np_bound(const struct np_args *args, int type, long port);
int np_connected(const struct np_args *args, int type);

int np_pingpong(const struct np_args *args);
int np_flood(const struct np_args *args);
int np_stamp(const struct np_args *args);
int np_raw(const struct np_args *args);
int np_numbered(const struct np_args *args);

#endif /* NP_TRAFFIC_H */
