/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_FLOW_H
#define NP_FLOW_H

#include <linux/netpath.h>
#include <linux/skbuff.h>

/**
 * struct np_ident - who a packet is; copied as it is into the ring.
 * @id: journey id
 * @parent_id: as in &struct netpath_packet
 * @merged_id: as in &struct netpath_packet
 * @flags: &enum netpath_flag bits
 * @drop_reason: of the running kernel
 * @outcome: &enum netpath_outcome
 * @ip_version: 4, 6 or 0
 * @l4_proto: IPPROTO_*
 * @pkt_type: PACKET_*
 * @sport: source port
 * @dport: destination port
 * @ip_len: bytes from the network header on
 * @eth_proto: EtherType
 * @vlan_tci: VLAN tag seen last, valid with NETPATH_F_VLAN
 * @writer_pid: process id of the sender, 0: not seen
 * @reader_pid: process id of the last reader, 0: not seen
 * @sock_netns: network namespace of the socket of a packet without a device
 * @tcp_seq: as in &struct netpath_packet, valid with a TCP flow
 * @writer_cookie: as in &struct netpath_packet
 * @reader_cookie: as in &struct netpath_packet
 * @saddr: source address, valid with NETPATH_F_FLOW
 * @daddr: destination address, valid with NETPATH_F_FLOW
 * @writer_comm: valid with @writer_pid
 * @reader_comm: valid with @reader_pid
 */
struct np_ident {
	u64	id;
	u64	parent_id;
	u64	merged_id;
	u32	flags;
	u32	drop_reason;
	u8	outcome;
	u8	ip_version;
	u8	l4_proto;
	u8	pkt_type;
	__be16	sport;
	__be16	dport;
	u32	ip_len;
	__be16	eth_proto;
	u16	vlan_tci;
	u32	writer_pid;
	u32	reader_pid;
	u32	sock_netns;
	u32	tcp_seq;
	u64	writer_cookie;
	u64	reader_cookie;
	u64	saddr[2];
	u64	daddr[2];
	char	writer_comm[NETPATH_COMM_LEN];
	char	reader_comm[NETPATH_COMM_LEN];
};

struct sock;

void np_flow_of_sock(struct np_ident *ident, const struct sk_buff *skb,
		     const struct sock *sk);
bool np_flow_has_ports(u8 proto);
bool np_flow_read(struct np_ident *ident, const struct sk_buff *skb, bool received);
void np_flow_length(struct np_ident *ident, const struct sk_buff *skb);

#endif /* NP_FLOW_H */
