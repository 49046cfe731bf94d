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
