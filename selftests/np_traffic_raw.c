// SPDX-License-Identifier: GPL-2.0-only
/* np_traffic raw: packets made by hand, with right or wrong checksums. */
#include "np_traffic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SENDER_PORT	4444

static char packet[NP_SIZE_MAX + 128];

static uint32_t sum16(uint32_t sum, const void *data, size_t len)
{
	const uint8_t *byte = data;
	size_t i;

	for (i = 0; i < len; i++)
		sum += i & 1 ? byte[i] : byte[i] << 8;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

/* Checksum of a transport header and its pseudo header. */
static uint16_t l4_sum(const union np_addr *from, const union np_addr *to, int proto,
		       const void *l4, size_t len)
{
	uint32_t sum = proto + len;

	if (from->sa.sa_family == AF_INET) {
		sum = sum16(sum, &from->v4.sin_addr, 4);
		sum = sum16(sum, &to->v4.sin_addr, 4);
	} else {
		sum = sum16(sum, &from->v6.sin6_addr, 16);
		sum = sum16(sum, &to->v6.sin6_addr, 16);
	}
	return fold(sum16(sum, l4, len));
}

/* Return: bytes of the IP header. */
static size_t make_ip(const struct np_args *args, const union np_addr *from,
		      const union np_addr *to, int proto, size_t l4_len)
{
	struct ip6_hdr *ip6 = (struct ip6_hdr *)packet;
	struct iphdr *ip = (struct iphdr *)packet;

	if (from->sa.sa_family == AF_INET6) {
		ip6->ip6_flow = htonl(6U << 28);
		ip6->ip6_plen = htons(l4_len);
		ip6->ip6_nxt = proto;
		ip6->ip6_hlim = 64;
		ip6->ip6_src = from->v6.sin6_addr;
		ip6->ip6_dst = to->v6.sin6_addr;
		return sizeof(*ip6);
	}
	ip->version = 4;
	ip->ihl = 5;
	ip->tot_len = htons(sizeof(*ip) + l4_len);
	ip->ttl = 64;
	ip->protocol = proto;
	ip->saddr = from->v4.sin_addr.s_addr;
	ip->daddr = to->v4.sin_addr.s_addr;
	ip->check = fold(sum16(0, ip, sizeof(*ip)));
	if (!strcmp(args->bad, "ip"))
		ip->check ^= htons(0x0101);
	return sizeof(*ip);
}

/* Return: bytes of transport header and payload. */
static size_t make_l4(const struct np_args *args, const union np_addr *from,
		      const union np_addr *to, char *l4, bool tcp)
{
	size_t len = args->size + (tcp ? sizeof(struct tcphdr) : sizeof(struct udphdr));
	struct tcphdr *th = (struct tcphdr *)l4;
	struct udphdr *uh = (struct udphdr *)l4;
	uint16_t *check = tcp ? &th->check : &uh->check;

	if (tcp) {
		th->source = htons(SENDER_PORT);
		th->dest = htons(args->port);
		th->doff = sizeof(*th) / 4;
		th->syn = 1;
		th->window = htons(1024);
	} else {
		uh->source = htons(SENDER_PORT);
		uh->dest = htons(args->port);
		uh->len = htons(len);
	}
	*check = l4_sum(from, to, tcp ? IPPROTO_TCP : IPPROTO_UDP, l4, len);
	if (!strcmp(args->bad, "l4"))
		*check ^= htons(0x0101);
	return len;
}

/**
 * np_raw() - Send packets to a device as they are.
 * @args: command line
 *
 * The packets come from port 4444 of --saddr.  TCP sends connection requests.
 * Prints "sent N".
 *
 * Return: Exit code.
 */
int np_raw(const struct np_args *args)
{
	struct sockaddr_ll to_ll = { .sll_family = AF_PACKET, .sll_halen = ETH_ALEN };
	bool tcp = !strcmp(args->proto, "tcp");
	union np_addr from, to;
	size_t ip_len, l4_len;
	long sent;
	int fd;

	np_enter(args->client_ns, args->client_cpu);
	np_addr_parse(&from, args->saddr, SENDER_PORT);
	np_addr_parse(&to, args->addr, args->port);
	to_ll.sll_protocol = htons(from.sa.sa_family == AF_INET ? ETH_P_IP : ETH_P_IPV6);
	to_ll.sll_ifindex = args->dev ? if_nametoindex(args->dev) : 0;
	if (!to_ll.sll_ifindex)
		np_die("--dev");
	if (!args->mac || sscanf(args->mac, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &to_ll.sll_addr[0],
				 &to_ll.sll_addr[1], &to_ll.sll_addr[2], &to_ll.sll_addr[3],
				 &to_ll.sll_addr[4], &to_ll.sll_addr[5]) != ETH_ALEN) {
		errno = EINVAL;
		np_die("--mac");
	}
	ip_len = from.sa.sa_family == AF_INET ? sizeof(struct iphdr) : sizeof(struct ip6_hdr);
	l4_len = make_l4(args, &from, &to, packet + ip_len, tcp);
	make_ip(args, &from, &to, tcp ? IPPROTO_TCP : IPPROTO_UDP, l4_len);

	fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		np_die("AF_PACKET");
	for (sent = 0; sent < args->rounds; sent++) {
		if (sendto(fd, packet, ip_len + l4_len, 0, (struct sockaddr *)&to_ll,
			   sizeof(to_ll)) < 0)
			np_die("sendto");
	}
	close(fd);
	printf("sent %ld\n", sent);
	return 0;
}
