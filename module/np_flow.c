// SPDX-License-Identifier: GPL-2.0-only
/* Addresses, ports and protocol of a packet, read once from its headers. */
#include "np_flow.h"

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>

/* Extension headers looked through before the transport header counts as not found. */
#define NP_MAX_EXTHDRS	6

/* len bytes at offset from the start of skb->head; NULL when not there. */
static const void *np_flow_at(const struct sk_buff *skb, unsigned int offset,
			      unsigned int len, void *buf)
{
	int from_data;

	if (likely(skb->head + offset + len <= skb_tail_pointer(skb)))
		return skb->head + offset;
	from_data = (int)offset - (int)skb_headroom(skb);
	if (from_data < 0 || skb_copy_bits(skb, from_data, buf, len))
		return NULL;
	return buf;
}

/**
 * np_flow_has_ports() - Does a protocol's header begin with two ports?
 * @proto: IPPROTO_*
 *
 * Context: Any.
 */
bool np_flow_has_ports(u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		return true;
	}
	return false;
}

static void np_flow_transport(struct np_ident *ident, const struct sk_buff *skb,
			      unsigned int offset)
{
	const __be16 *half;
	__be16 buf[4];

	if (ident->l4_proto == IPPROTO_TCP) {
		half = np_flow_at(skb, offset, 8, buf);
		ident->tcp_seq = 0;
		if (half) {
			ident->sport = half[0];
			ident->dport = half[1];
			ident->tcp_seq = ntohl(*(const __be32 *)(half + 2));
		}
	} else if (likely(np_flow_has_ports(ident->l4_proto))) {
		half = np_flow_at(skb, offset, 4, buf);
		if (half) {
			ident->sport = half[0];
			ident->dport = half[1];
		}
	} else if (ident->l4_proto == IPPROTO_ICMP || ident->l4_proto == IPPROTO_ICMPV6) {
		half = np_flow_at(skb, offset, 8, buf);
		if (half) {
			ident->sport = half[0];	/* type, code */
			ident->dport = half[2];	/* identifier of an echo */
		}
	}
}

/* Finds the transport header; 0 when it is not in this packet. */
static noinline unsigned int np_flow_skip_exthdrs(struct np_ident *ident,
						  const struct sk_buff *skb,
						  unsigned int offset)
{
	const struct frag_hdr *frag;
	const u8 *ext;
	u8 buf[8];
	int i;

	for (i = 0; i < NP_MAX_EXTHDRS; i++) {
		switch (ident->l4_proto) {
		case NEXTHDR_HOP:
		case NEXTHDR_ROUTING:
		case NEXTHDR_DEST:
			ext = np_flow_at(skb, offset, 8, buf);
			if (!ext)
				return 0;
			ident->l4_proto = ext[0];
			offset += (ext[1] + 1) * 8;
			break;
		case NEXTHDR_FRAGMENT:
			frag = np_flow_at(skb, offset, sizeof(*frag), buf);
			if (!frag)
				return 0;
			ident->l4_proto = frag->nexthdr;
			offset += sizeof(*frag);
			if (frag->frag_off & htons(~0x7))
				return 0;
			break;
		default:
			return offset;
		}
	}
	return 0;
}

static __always_inline void np_flow_ipv4(struct np_ident *ident, const struct iphdr *iph)
{
	ident->saddr[0] = (__force u32)iph->saddr;
	ident->saddr[1] = 0;
	ident->daddr[0] = (__force u32)iph->daddr;
	ident->daddr[1] = 0;
	ident->ip_version = 4;
	ident->l4_proto = iph->protocol;
	ident->eth_proto = htons(ETH_P_IP);
}

static bool np_flow_ipv6(struct np_ident *ident, const struct sk_buff *skb,
			 unsigned int offset, bool received, unsigned int *len)
{
	const struct ipv6hdr *ip6;
	struct ipv6hdr buf;
	unsigned int total;

	ip6 = np_flow_at(skb, offset, sizeof(*ip6), &buf);
	if (!ip6)
		return false;
	memcpy(ident->saddr, &ip6->saddr, sizeof(ident->saddr));
	memcpy(ident->daddr, &ip6->daddr, sizeof(ident->daddr));
	ident->ip_version = 6;
	ident->l4_proto = ip6->nexthdr;
	ident->eth_proto = htons(ETH_P_IPV6);
	total = ntohs(ip6->payload_len) + sizeof(*ip6);
	if (received && ip6->payload_len && total < *len)
		*len = total;
	offset = np_flow_skip_exthdrs(ident, skb, offset + sizeof(*ip6));
	if (offset)
		np_flow_transport(ident, skb, offset);
	return true;
}

#if IS_ENABLED(CONFIG_IPV6)
static bool np_flow_of_sock6(struct np_ident *ident, const struct sk_buff *skb,
			     const struct sock *sk)
{
	if (sk->sk_family != AF_INET6 || ipv6_addr_v4mapped(&sk->sk_v6_daddr))
		return false;
	memcpy(ident->saddr, &inet6_sk(sk)->saddr, sizeof(ident->saddr));
	memcpy(ident->daddr, &sk->sk_v6_daddr, sizeof(ident->daddr));
	ident->ip_version = 6;
	ident->eth_proto = htons(ETH_P_IPV6);
	ident->ip_len = skb->len + sizeof(struct ipv6hdr);
	return true;
}
#else
static bool np_flow_of_sock6(struct np_ident *ident, const struct sk_buff *skb,
			     const struct sock *sk)
{
	return false;
}
#endif

/**
 * np_flow_of_sock() - Flow of a TCP segment that has no IP header yet.
 * @ident: where it goes
 * @skb: segment with its TCP header
 * @sk: connected socket that sends it
 *
 * Context: Any; caller owns the skb and holds @sk.
 */
void np_flow_of_sock(struct np_ident *ident, const struct sk_buff *skb, const struct sock *sk)
{
	ident->l4_proto = IPPROTO_TCP;
	ident->tcp_seq = ntohl(tcp_hdr(skb)->seq);
	ident->sport = inet_sk(sk)->inet_sport;
	ident->dport = inet_sk(sk)->inet_dport;
	if (!np_flow_of_sock6(ident, skb, sk)) {
		ident->saddr[0] = (__force u32)inet_sk(sk)->inet_saddr;
		ident->saddr[1] = 0;
		ident->daddr[0] = (__force u32)inet_sk(sk)->inet_daddr;
		ident->daddr[1] = 0;
		ident->ip_version = 4;
		ident->eth_proto = htons(ETH_P_IP);
		ident->ip_len = skb->len + sizeof(struct iphdr);
	}
	ident->flags |= NETPATH_F_FLOW;
}

static noinline bool np_flow_read_any(struct np_ident *ident, const struct sk_buff *skb,
				      bool received)
{
	unsigned int offset = skb->network_header;
	unsigned int len = skb->len - skb_network_offset(skb);
	const struct iphdr *iph;
	struct iphdr buf;

	iph = np_flow_at(skb, offset, sizeof(*iph), &buf);
	if (unlikely(!iph))
		return false;
	if (iph->version == 4) {
		np_flow_ipv4(ident, iph);
		if (received && iph->tot_len && ntohs(iph->tot_len) < len)
			len = ntohs(iph->tot_len);
		/* later fragments have no transport header */
		if (!(iph->frag_off & htons(0x1fff)))
			np_flow_transport(ident, skb, offset + iph->ihl * 4);
	} else if (iph->version != 6 ||
		   !np_flow_ipv6(ident, skb, offset, received, &len)) {
		return false;
	}
	ident->ip_len = len;
	ident->flags |= NETPATH_F_FLOW;
	return true;
}

/**
 * np_flow_read() - Read the flow of a packet from its network header.
 * @ident: where it goes; unchanged when there is no IP header
 * @skb: packet whose network header is set; need not be linear nor checked
 * @received: the length in the IP header is final (on transmit it is not
 *	written yet)
 *
 * Context: Any.
 * Return: True when there is an IP header.
 */
bool np_flow_read(struct np_ident *ident, const struct sk_buff *skb, bool received)
{
	const struct iphdr *iph = (const void *)(skb->head + skb->network_header);

	/* sent from here, IPv4 without options, UDP, headers in one piece */
	if (unlikely(received || (void *)(iph + 1) + 4 > (void *)skb_tail_pointer(skb) ||
		     *(const u8 *)iph != 0x45 || iph->frag_off & htons(0x1fff) ||
		     iph->protocol != IPPROTO_UDP))
		return np_flow_read_any(ident, skb, received);
	np_flow_ipv4(ident, iph);
	/* both ports at once */
	*(u32 *)&ident->sport = *(const u32 *)(iph + 1);
	ident->ip_len = skb->len - skb_network_offset(skb);
	ident->flags |= NETPATH_F_FLOW;
	return true;
}

/**
 * np_flow_length() - Read the length of a part of a packet, and its TCP sequence number.
 * @ident: where it goes, with the flow of the whole
 * @skb: segment, fragment or what was made from fragments; inside of a tunnel the headers
 *	that the flow is from are the inner ones
 *
 * Context: Any.
 */
void np_flow_length(struct np_ident *ident, const struct sk_buff *skb)
{
	unsigned int network = skb->network_header, transport = skb->transport_header;
	const __be32 *seq;
	__be32 buf;

	if (skb->encapsulation) {
		network = skb->inner_network_header;
		transport = skb->inner_transport_header;
	}
	ident->ip_len = skb->len + skb_headroom(skb) - network;
	if (ident->l4_proto != IPPROTO_TCP || transport <= network)
		return;
	seq = np_flow_at(skb, transport + offsetof(struct tcphdr, seq), sizeof(buf), &buf);
	if (seq)
		ident->tcp_seq = ntohl(*seq);
}
