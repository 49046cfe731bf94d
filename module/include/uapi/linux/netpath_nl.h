/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit: made by scripts/gen from Documentation/netlink/specs/netpath.yaml */
#ifndef _UAPI_LINUX_NETPATH_NL_H
#define _UAPI_LINUX_NETPATH_NL_H

/**
 * enum netpath_stage - The places in the stack where a packet is time-stamped.
 * @NETPATH_STAGE_NONE: no stage; never stamped.
 * @NETPATH_STAGE_SENDMSG: the call that wrote the packet's first byte
 *	entered the transport.
 * @NETPATH_STAGE_TCP_TRANSMIT: the segment leaves the write queue and gets
 *	its TCP header.
 * @NETPATH_STAGE_IP_QUEUE_XMIT: a TCP segment enters the IP layer.
 * @NETPATH_STAGE_IP_SEND_SKB: a datagram, headers complete, enters the IP
 *	layer.
 * @NETPATH_STAGE_IP_LOCAL_OUT: the IP header is final; NF_INET_LOCAL_OUT
 *	follows. TCP over IPv6 does not pass here.
 * @NETPATH_STAGE_IP_OUTPUT: routed; NF_INET_POST_ROUTING follows.
 * @NETPATH_STAGE_NEIGH_OUTPUT: the link-layer address is looked up or
 *	resolved.
 * @NETPATH_STAGE_DEV_QUEUE: handed to the device's queueing discipline.
 * @NETPATH_STAGE_DEV_XMIT: handed over to the driver.
 * @NETPATH_STAGE_NETIF_RX: put on a CPU's backlog queue.
 * @NETPATH_STAGE_NETIF_RECEIVE_SKB: entry to the stack, single and list
 *	path, backlog included.
 * @NETPATH_STAGE_IP_RCV: IP header validation, single and list path.
 * @NETPATH_STAGE_IP_LOCAL_DELIVER: addressed to this host.
 * @NETPATH_STAGE_TCP_RCV: TCP entry.
 * @NETPATH_STAGE_UDP_RCV: UDP entry.
 * @NETPATH_STAGE_TCP_ESTABLISHED: TCP state machine of an established
 *	connection.
 * @NETPATH_STAGE_SOCK_ENQUEUE: being put on the receive queue of its
 *	socket.
 * @NETPATH_STAGE_SOCK_WAKEUP: whoever waits on the socket is woken.
 * @NETPATH_STAGE_RECVMSG: payload copied to the application; first and last
 *	copy are kept.
 * @NETPATH_STAGE_SKB_FREE: end of the packet's life; shown as the outcome,
 *	not as a stamp.
 * @NETPATH_STAGE_SKB_CLONE: another skb made from this one; shown as a
 *	parent id, not as a stamp.
 * @NETPATH_STAGE_SKB_MERGE: merged into another packet; shown as the
 *	outcome, not as a stamp.
 * @NETPATH_STAGE_IRQ: hardware interrupt; the last one on this CPU before
 *	NET_RX was raised.
 * @NETPATH_STAGE_SOFTIRQ_RAISE: the poll that delivered the packet was
 *	asked for.
 * @NETPATH_STAGE_NAPI_POLL: the poll that delivered the packet began.
 * @NETPATH_STAGE_SKB_ALLOC: the sk_buff was allocated.
 * @NETPATH_STAGE_DRIVER_RX: the driver hands the packet to the stack; the
 *	NIC's receive time is taken here.
 * @NETPATH_STAGE_GRO_RECEIVE: generic receive offload looks for packets of
 *	the same flow.
 * @NETPATH_STAGE_BACKLOG_ENQUEUE: queued for a CPU by netif_rx() or RPS.
 * @NETPATH_STAGE_ETH_TYPE_TRANS: the MAC header is read; the packet type
 *	says whether it is for this host.
 * @NETPATH_STAGE_VLAN_RX: goes to its VLAN's device.
 * @NETPATH_STAGE_TC_INGRESS: tc filters on ingress.
 * @NETPATH_STAGE_BRIDGE_RX: enters a bridge.
 * @NETPATH_STAGE_NF_PRE_ROUTING: netfilter's first hook begins;
 *	ip_rcv_finish follows if it accepts.
 * @NETPATH_STAGE_IP_RCV_FINISH: early demux, then routing.
 * @NETPATH_STAGE_EARLY_DEMUX: the socket is looked for before routing.
 * @NETPATH_STAGE_IP_ROUTE_INPUT: routing decision; not passed when early
 *	demux found a route.
 * @NETPATH_STAGE_IP_DEFRAG: a fragment waits for the others.
 * @NETPATH_STAGE_IP_REASSEMBLED: all fragments are there; this skb goes on
 *	as the whole packet.
 * @NETPATH_STAGE_NF_LOCAL_IN: netfilter's hook for packets to this host
 *	begins.
 * @NETPATH_STAGE_IP_DELIVER_FINISH: goes to its transport protocol.
 * @NETPATH_STAGE_IP_FORWARD: addressed to another host.
 * @NETPATH_STAGE_NF_FORWARD: netfilter's hook for forwarded packets begins.
 * @NETPATH_STAGE_IP_FORWARD_FINISH: forwarding was accepted.
 * @NETPATH_STAGE_SOCK_LOOKUP: a socket was found; without one this stage is
 *	missing.
 * @NETPATH_STAGE_TCP_BACKLOG: a process holds the socket; the segment waits
 *	until it lets go.
 * @NETPATH_STAGE_TCP_DATA_QUEUE: data off the fast path.
 * @NETPATH_STAGE_ICMP_RCV: ICMP entry.
 * @NETPATH_STAGE_IGMP_RCV: IGMP entry.
 * @NETPATH_STAGE_RAW_RCV: a raw socket's copy.
 * @NETPATH_STAGE_ARP_RCV: ARP entry.
 * @NETPATH_STAGE_LSM_SOCK_RCV: the security modules are asked about the
 *	packet.
 * @NETPATH_STAGE_LSM_RECVMSG: the security modules are asked about the call
 *	that reads it.
 * @NETPATH_STAGE_RECV_CALL: the reading call began; missing when the reader
 *	waited already.
 * @NETPATH_STAGE_SOCK_CREATE: shown as the age of the sender's socket, not
 *	as a stamp.
 * @NETPATH_STAGE_LSM_SENDMSG: entry of sock_sendmsg(), the security modules
 *	are asked.
 * @NETPATH_STAGE_SOCK_SENDMSG: the call goes to its protocol.
 * @NETPATH_STAGE_ROUTE_OUTPUT: the route is looked up; missing when the
 *	socket has one cached.
 * @NETPATH_STAGE_UDP_SEND: the UDP header is written.
 * @NETPATH_STAGE_NF_LOCAL_OUT: netfilter's hook for packets of this host
 *	begins.
 * @NETPATH_STAGE_NF_POST_ROUTING: netfilter's last hook begins;
 *	ip_finish_output follows if it accepts.
 * @NETPATH_STAGE_IP_FINISH_OUTPUT: past netfilter; MTU and GSO are looked
 *	at.
 * @NETPATH_STAGE_IP_FRAGMENT: is cut into fragments.
 * @NETPATH_STAGE_NEIGH_RESOLVE: the link-layer header is not cached.
 * @NETPATH_STAGE_NEIGH_WAIT: the neighbour is not known to be reachable;
 *	the packet waits for ARP or neighbour discovery unless its address is
 *	known.
 * @NETPATH_STAGE_TC_EGRESS: tc filters on egress.
 * @NETPATH_STAGE_QDISC_ENQUEUE: put into the queueing discipline, whose
 *	kind the record names.
 * @NETPATH_STAGE_QDISC_XMIT: taken out of the queueing discipline; again
 *	after the driver was busy.
 * @NETPATH_STAGE_BRIDGE_FORWARD: leaves a bridge by one of its ports.
 * @NETPATH_STAGE_DEV_XMIT_DONE: the driver's function returned.
 * @NETPATH_STAGE_TX_COMPLETE: the driver frees it after transmission.
 * @NETPATH_STAGE_RCVBUF: the fill of the receive queue that the packet is
 *	being put on.
 * @NETPATH_STAGE_VLAN_TX: leaves by a VLAN device.
 * @NETPATH_STAGE_MAX: number of values this header knows
 */
enum netpath_stage {
	NETPATH_STAGE_NONE,
	NETPATH_STAGE_SENDMSG,
	NETPATH_STAGE_TCP_TRANSMIT,
	NETPATH_STAGE_IP_QUEUE_XMIT,
	NETPATH_STAGE_IP_SEND_SKB,
	NETPATH_STAGE_IP_LOCAL_OUT,
	NETPATH_STAGE_IP_OUTPUT,
	NETPATH_STAGE_NEIGH_OUTPUT,
	NETPATH_STAGE_DEV_QUEUE,
	NETPATH_STAGE_DEV_XMIT,
	NETPATH_STAGE_NETIF_RX,
	NETPATH_STAGE_NETIF_RECEIVE_SKB,
	NETPATH_STAGE_IP_RCV,
	NETPATH_STAGE_IP_LOCAL_DELIVER,
	NETPATH_STAGE_TCP_RCV,
	NETPATH_STAGE_UDP_RCV,
	NETPATH_STAGE_TCP_ESTABLISHED,
	NETPATH_STAGE_SOCK_ENQUEUE,
	NETPATH_STAGE_SOCK_WAKEUP,
	NETPATH_STAGE_RECVMSG,
	NETPATH_STAGE_SKB_FREE,
	NETPATH_STAGE_SKB_CLONE,
	NETPATH_STAGE_SKB_MERGE,
	NETPATH_STAGE_IRQ,
	NETPATH_STAGE_SOFTIRQ_RAISE,
	NETPATH_STAGE_NAPI_POLL,
	NETPATH_STAGE_SKB_ALLOC,
	NETPATH_STAGE_DRIVER_RX,
	NETPATH_STAGE_GRO_RECEIVE,
	NETPATH_STAGE_BACKLOG_ENQUEUE,
	NETPATH_STAGE_ETH_TYPE_TRANS,
	NETPATH_STAGE_VLAN_RX,
	NETPATH_STAGE_TC_INGRESS,
	NETPATH_STAGE_BRIDGE_RX,
	NETPATH_STAGE_NF_PRE_ROUTING,
	NETPATH_STAGE_IP_RCV_FINISH,
	NETPATH_STAGE_EARLY_DEMUX,
	NETPATH_STAGE_IP_ROUTE_INPUT,
	NETPATH_STAGE_IP_DEFRAG,
	NETPATH_STAGE_IP_REASSEMBLED,
	NETPATH_STAGE_NF_LOCAL_IN,
	NETPATH_STAGE_IP_DELIVER_FINISH,
	NETPATH_STAGE_IP_FORWARD,
	NETPATH_STAGE_NF_FORWARD,
	NETPATH_STAGE_IP_FORWARD_FINISH,
	NETPATH_STAGE_SOCK_LOOKUP,
	NETPATH_STAGE_TCP_BACKLOG,
	NETPATH_STAGE_TCP_DATA_QUEUE,
	NETPATH_STAGE_ICMP_RCV,
	NETPATH_STAGE_IGMP_RCV,
	NETPATH_STAGE_RAW_RCV,
	NETPATH_STAGE_ARP_RCV,
	NETPATH_STAGE_LSM_SOCK_RCV,
	NETPATH_STAGE_LSM_RECVMSG,
	NETPATH_STAGE_RECV_CALL,
	NETPATH_STAGE_SOCK_CREATE,
	NETPATH_STAGE_LSM_SENDMSG,
	NETPATH_STAGE_SOCK_SENDMSG,
	NETPATH_STAGE_ROUTE_OUTPUT,
	NETPATH_STAGE_UDP_SEND,
	NETPATH_STAGE_NF_LOCAL_OUT,
	NETPATH_STAGE_NF_POST_ROUTING,
	NETPATH_STAGE_IP_FINISH_OUTPUT,
	NETPATH_STAGE_IP_FRAGMENT,
	NETPATH_STAGE_NEIGH_RESOLVE,
	NETPATH_STAGE_NEIGH_WAIT,
	NETPATH_STAGE_TC_EGRESS,
	NETPATH_STAGE_QDISC_ENQUEUE,
	NETPATH_STAGE_QDISC_XMIT,
	NETPATH_STAGE_BRIDGE_FORWARD,
	NETPATH_STAGE_DEV_XMIT_DONE,
	NETPATH_STAGE_TX_COMPLETE,
	NETPATH_STAGE_RCVBUF,
	NETPATH_STAGE_VLAN_TX,

	NETPATH_STAGE_MAX
};

/**
 * enum netpath_outcome - How a packet's journey ended.
 * @NETPATH_OUTCOME_NONE: Not known.
 * @NETPATH_OUTCOME_DELIVERED: Its payload was copied to a process and the
 *	packet was released.
 * @NETPATH_OUTCOME_TRANSMITTED: The driver released it after transmission.
 * @NETPATH_OUTCOME_FORWARDED: It was received, sent out again, and released
 *	by the driver.
 * @NETPATH_OUTCOME_DROPPED: The kernel dropped it; reason and location say
 *	why and where.
 * @NETPATH_OUTCOME_MERGED: Its data went into another packet (GRO, TCP
 *	coalescing).
 * @NETPATH_OUTCOME_SPLIT: It was cut into segments or fragments, which have
 *	journeys of their own.
 * @NETPATH_OUTCOME_CONSUMED: The kernel used it up itself (a TCP ACK, an
 *	ARP reply, a tap's copy).
 * @NETPATH_OUTCOME_EXPIRED: Still alive when the time limit passed; the
 *	last stage shows where it waits.
 * @NETPATH_OUTCOME_MAX: number of values this header knows
 */
enum netpath_outcome {
	NETPATH_OUTCOME_NONE,
	NETPATH_OUTCOME_DELIVERED,
	NETPATH_OUTCOME_TRANSMITTED,
	NETPATH_OUTCOME_FORWARDED,
	NETPATH_OUTCOME_DROPPED,
	NETPATH_OUTCOME_MERGED,
	NETPATH_OUTCOME_SPLIT,
	NETPATH_OUTCOME_CONSUMED,
	NETPATH_OUTCOME_EXPIRED,

	NETPATH_OUTCOME_MAX
};

#endif /* _UAPI_LINUX_NETPATH_NL_H */
