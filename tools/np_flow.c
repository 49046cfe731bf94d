// SPDX-License-Identifier: GPL-2.0-only
/* Protocol, addresses and ports of a packet as text. */
#include "np_flow.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdio.h>

#define IPV6_WORDS	8

/**
 * np_flow_proto() - Name of the protocol.
 * @pkt: the packet
 * @proto: receives the name
 */
void np_flow_proto(const struct np_packet *pkt, char proto[NP_PROTO_LEN])
{
	unsigned int eth_proto = ntohs(pkt->hdr.eth_proto);
	const char *name = NULL;

	if (!(pkt->hdr.flags & NETPATH_F_FLOW)) {
		if (eth_proto == ETH_P_ARP)
			snprintf(proto, NP_PROTO_LEN, "ARP");
		else
			snprintf(proto, NP_PROTO_LEN, "0x%04x", eth_proto);
		return;
	}

	switch (pkt->hdr.l4_proto) {
	case IPPROTO_TCP:
		name = "TCP";
		break;
	case IPPROTO_UDP:
		name = "UDP";
		break;
	case IPPROTO_ICMP:
		name = "ICMP";
		break;
	case IPPROTO_ICMPV6:
		name = "ICMPv6";
		break;
	}
	if (name)
		snprintf(proto, NP_PROTO_LEN, "%s", name);
	else
		snprintf(proto, NP_PROTO_LEN, "proto-%u", pkt->hdr.l4_proto);
}

/**
 * np_flow_has_addr() - Are the addresses valid and of a known kind?
 * @pkt: the packet
 *
 * Return: true if they are.
 */
bool np_flow_has_addr(const struct np_packet *pkt)
{
	if (!(pkt->hdr.flags & NETPATH_F_FLOW))
		return false;
	return pkt->hdr.ip_version == 4 || pkt->hdr.ip_version == 6;
}

/**
 * np_flow_has_ports() - Has the packet's protocol ports?
 * @pkt: the packet
 *
 * Return: true if it has and the record knows them.
 */
bool np_flow_has_ports(const struct np_packet *pkt)
{
	if (!np_flow_has_addr(pkt))
		return false;
	switch (pkt->hdr.l4_proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_DCCP:
	case IPPROTO_SCTP:
	case IPPROTO_UDPLITE:
		return true;
	default:
		return false;
	}
}

static unsigned int flow_word(const __u8 addr[16], int idx)
{
	return (unsigned int)addr[2 * idx] << 8 | addr[2 * idx + 1];
}

/* The kernel's %pI6c shows these two kinds with a dotted end. */
static bool flow_ends_in_ipv4(const __u8 addr[16])
{
	int i;

	/* ISATAP: 0000:5efe or 0200:5efe before the IPv4 address */
	if ((flow_word(addr, 4) & ~0x0200U) == 0 &&
	    flow_word(addr, 5) == 0x5efe)
		return true;

	for (i = 0; i < 5; i++)
		if (flow_word(addr, i))
			return false;
	return flow_word(addr, 5) == 0xffff;
}

/* First longest run of two or more zero words; its length, 0 if none. */
static int flow_zero_run(const __u8 addr[16], int words, int *start)
{
	int longest = 1;
	int i, j;

	for (i = 0; i < words; i++) {
		for (j = i; j < words && !flow_word(addr, j); j++)
			;
		if (j - i > longest) {
			longest = j - i;
			*start = i;
		}
	}
	return longest > 1 ? longest : 0;
}

/*
 * As the kernel's %pI6c. inet_ntop() is close, but shows ::1.2.3.4 where the
 * kernel shows ::102:304, and ISATAP addresses without dots.
 */
static void flow_ipv6(const __u8 addr[16], char *text)
{
	bool dotted = flow_ends_in_ipv4(addr);
	int words = dotted ? IPV6_WORDS - 2 : IPV6_WORDS;
	const char *sep = "";
	int start = -1;
	int run, i;

	run = flow_zero_run(addr, words, &start);
	for (i = 0; i < words; i++) {
		if (i == start) {
			text += sprintf(text, "::");
			sep = "";
			i += run - 1;
			continue;
		}
		text += sprintf(text, "%s%x", sep, flow_word(addr, i));
		sep = ":";
	}
	if (dotted)
		sprintf(text, "%s%u.%u.%u.%u", sep, addr[12], addr[13],
			addr[14], addr[15]);
}

/**
 * np_flow_addr() - One of a packet's addresses as text, without the port.
 * @pkt: the packet
 * @addr: its saddr or daddr
 * @text: receives the address in the kernel's form; "-" if there is none
 */
void np_flow_addr(const struct np_packet *pkt, const __u8 addr[16],
		  char text[NP_ADDR_LEN])
{
	if (!np_flow_has_addr(pkt))
		snprintf(text, NP_ADDR_LEN, "-");
	else if (pkt->hdr.ip_version == 6)
		flow_ipv6(addr, text);
	else
		snprintf(text, NP_ADDR_LEN, "%u.%u.%u.%u", addr[0], addr[1],
			 addr[2], addr[3]);
}
