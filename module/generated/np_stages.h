/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit: made by scripts/gen from Documentation/netlink/specs/netpath.yaml */
#ifndef NP_STAGES_H
#define NP_STAGES_H

/* S(id, name, direction, layer) */
#define NP_STAGES(S) \
	S(NONE, "none", "any", "none") \
	S(SENDMSG, "sendmsg", "tx", "socket") \
	S(TCP_TRANSMIT, "tcp_transmit", "tx", "transport") \
	S(IP_QUEUE_XMIT, "ip_queue_xmit", "tx", "ip") \
	S(IP_SEND_SKB, "ip_send_skb", "tx", "ip") \
	S(IP_LOCAL_OUT, "ip_local_out", "tx", "ip") \
	S(IP_OUTPUT, "ip_output", "tx", "ip") \
	S(NEIGH_OUTPUT, "neigh_output", "tx", "ip") \
	S(DEV_QUEUE, "dev_queue", "tx", "ethernet") \
	S(DEV_XMIT, "dev_xmit", "tx", "ethernet") \
	S(NETIF_RX, "netif_rx", "rx", "ethernet") \
	S(NETIF_RECEIVE_SKB, "netif_receive_skb", "rx", "ethernet") \
	S(IP_RCV, "ip_rcv", "rx", "ip") \
	S(IP_LOCAL_DELIVER, "ip_local_deliver", "rx", "ip") \
	S(TCP_RCV, "tcp_rcv", "rx", "transport") \
	S(UDP_RCV, "udp_rcv", "rx", "transport") \
	S(TCP_ESTABLISHED, "tcp_established", "rx", "transport") \
	S(SOCK_ENQUEUE, "sock_enqueue", "rx", "socket") \
	S(SOCK_WAKEUP, "sock_wakeup", "rx", "socket") \
	S(RECVMSG, "recvmsg", "rx", "socket") \
	S(SKB_FREE, "skb_free", "any", "skb") \
	S(SKB_CLONE, "skb_clone", "any", "skb") \
	S(SKB_MERGE, "skb_merge", "rx", "skb")

/* O(id, name) */
#define NP_OUTCOMES(O) \
	O(NONE, "none") \
	O(DELIVERED, "delivered") \
	O(TRANSMITTED, "transmitted") \
	O(FORWARDED, "forwarded") \
	O(DROPPED, "dropped") \
	O(MERGED, "merged") \
	O(SPLIT, "split") \
	O(CONSUMED, "consumed") \
	O(EXPIRED, "expired")

/* for __print_symbolic() */
#define NP_OUTCOME_SYMBOLS \
	{ NETPATH_OUTCOME_NONE, "none" }, \
	{ NETPATH_OUTCOME_DELIVERED, "delivered" }, \
	{ NETPATH_OUTCOME_TRANSMITTED, "transmitted" }, \
	{ NETPATH_OUTCOME_FORWARDED, "forwarded" }, \
	{ NETPATH_OUTCOME_DROPPED, "dropped" }, \
	{ NETPATH_OUTCOME_MERGED, "merged" }, \
	{ NETPATH_OUTCOME_SPLIT, "split" }, \
	{ NETPATH_OUTCOME_CONSUMED, "consumed" }, \
	{ NETPATH_OUTCOME_EXPIRED, "expired" }

#endif /* NP_STAGES_H */
