/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit: made by scripts/gen from Documentation/netlink/specs/netpath.yaml */
#ifndef NP_STAGES_H
#define NP_STAGES_H

/* S(id, name, direction, layer, label of the detail) */
#define NP_STAGES(S) \
	S(NONE, "none", "any", "none", "") \
	S(SENDMSG, "sendmsg", "tx", "socket", "") \
	S(TCP_TRANSMIT, "tcp_transmit", "tx", "transport", "") \
	S(IP_QUEUE_XMIT, "ip_queue_xmit", "tx", "ip", "") \
	S(IP_SEND_SKB, "ip_send_skb", "tx", "ip", "") \
	S(IP_LOCAL_OUT, "ip_local_out", "tx", "ip", "") \
	S(IP_OUTPUT, "ip_output", "tx", "ip", "") \
	S(NEIGH_OUTPUT, "neigh_output", "tx", "ip", "") \
	S(DEV_QUEUE, "dev_queue", "tx", "ethernet", "") \
	S(DEV_XMIT, "dev_xmit", "tx", "ethernet", "") \
	S(NETIF_RX, "netif_rx", "rx", "ethernet", "") \
	S(NETIF_RECEIVE_SKB, "netif_receive_skb", "rx", "ethernet", "") \
	S(IP_RCV, "ip_rcv", "rx", "ip", "") \
	S(IP_LOCAL_DELIVER, "ip_local_deliver", "rx", "ip", "") \
	S(TCP_RCV, "tcp_rcv", "rx", "transport", "") \
	S(UDP_RCV, "udp_rcv", "rx", "transport", "") \
	S(TCP_ESTABLISHED, "tcp_established", "rx", "transport", "") \
	S(SOCK_ENQUEUE, "sock_enqueue", "rx", "socket", "") \
	S(SOCK_WAKEUP, "sock_wakeup", "rx", "socket", "") \
	S(RECVMSG, "recvmsg", "rx", "socket", "") \
	S(SKB_FREE, "skb_free", "any", "skb", "") \
	S(SKB_CLONE, "skb_clone", "any", "skb", "") \
	S(SKB_MERGE, "skb_merge", "rx", "skb", "") \
	S(IRQ, "irq", "rx", "device", "") \
	S(SOFTIRQ_RAISE, "softirq_raise", "rx", "device", "") \
	S(NAPI_POLL, "napi_poll", "rx", "device", "") \
	S(SKB_ALLOC, "skb_alloc", "any", "skb", "") \
	S(DRIVER_RX, "driver_rx", "rx", "device", "") \
	S(GRO_RECEIVE, "gro_receive", "rx", "ethernet", "") \
	S(BACKLOG_ENQUEUE, "backlog_enqueue", "rx", "ethernet", "cpu") \
	S(ETH_TYPE_TRANS, "eth_type_trans", "rx", "ethernet", "") \
	S(VLAN_RX, "vlan_rx", "rx", "ethernet", "vlan") \
	S(TC_INGRESS, "tc_ingress", "rx", "ethernet", "") \
	S(BRIDGE_RX, "bridge_rx", "rx", "ethernet", "") \
	S(NF_PRE_ROUTING, "nf_pre_routing", "rx", "ip", "pf") \
	S(IP_RCV_FINISH, "ip_rcv_finish", "rx", "ip", "") \
	S(EARLY_DEMUX, "early_demux", "rx", "ip", "") \
	S(IP_ROUTE_INPUT, "ip_route_input", "rx", "ip", "") \
	S(IP_DEFRAG, "ip_defrag", "rx", "ip", "") \
	S(IP_REASSEMBLED, "ip_reassembled", "rx", "ip", "") \
	S(NF_LOCAL_IN, "nf_local_in", "rx", "ip", "pf") \
	S(IP_DELIVER_FINISH, "ip_deliver_finish", "rx", "ip", "") \
	S(IP_FORWARD, "ip_forward", "rx", "ip", "") \
	S(NF_FORWARD, "nf_forward", "rx", "ip", "pf") \
	S(IP_FORWARD_FINISH, "ip_forward_finish", "rx", "ip", "") \
	S(SOCK_LOOKUP, "sock_lookup", "rx", "transport", "state") \
	S(TCP_BACKLOG, "tcp_backlog", "rx", "transport", "") \
	S(TCP_DATA_QUEUE, "tcp_data_queue", "rx", "transport", "ahead") \
	S(ICMP_RCV, "icmp_rcv", "rx", "transport", "") \
	S(IGMP_RCV, "igmp_rcv", "rx", "transport", "") \
	S(RAW_RCV, "raw_rcv", "rx", "transport", "") \
	S(ARP_RCV, "arp_rcv", "rx", "ethernet", "") \
	S(LSM_SOCK_RCV, "lsm_sock_rcv", "rx", "socket", "") \
	S(LSM_RECVMSG, "lsm_recvmsg", "rx", "socket", "") \
	S(RECV_CALL, "recv_call", "rx", "socket", "") \
	S(SOCK_CREATE, "sock_create", "tx", "socket", "") \
	S(LSM_SENDMSG, "lsm_sendmsg", "tx", "socket", "") \
	S(SOCK_SENDMSG, "sock_sendmsg", "tx", "socket", "") \
	S(ROUTE_OUTPUT, "route_output", "tx", "ip", "") \
	S(UDP_SEND, "udp_send", "tx", "transport", "") \
	S(NF_LOCAL_OUT, "nf_local_out", "tx", "ip", "pf") \
	S(NF_POST_ROUTING, "nf_post_routing", "tx", "ip", "pf") \
	S(IP_FINISH_OUTPUT, "ip_finish_output", "tx", "ip", "") \
	S(IP_FRAGMENT, "ip_fragment", "tx", "ip", "") \
	S(NEIGH_RESOLVE, "neigh_resolve", "tx", "ip", "") \
	S(NEIGH_WAIT, "neigh_wait", "tx", "ip", "nud") \
	S(TC_EGRESS, "tc_egress", "tx", "ethernet", "") \
	S(QDISC_ENQUEUE, "qdisc_enqueue", "tx", "ethernet", "handle") \
	S(QDISC_XMIT, "qdisc_xmit", "tx", "ethernet", "bypass") \
	S(BRIDGE_FORWARD, "bridge_forward", "tx", "ethernet", "") \
	S(DEV_XMIT_DONE, "dev_xmit_done", "tx", "device", "") \
	S(TX_COMPLETE, "tx_complete", "tx", "device", "") \
	S(RCVBUF, "rcvbuf", "rx", "socket", "rmem") \
	S(VLAN_TX, "vlan_tx", "tx", "ethernet", "vlan")

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

/* numbers of values, "none" included */
#define NP_STAGE_CNT		(NETPATH_STAGE_MAX + 1)
#define NP_OUTCOME_CNT		(NETPATH_OUTCOME_MAX + 1)

/* V(id, name) */
#define NP_DIRECTIONS(V) \
	V(ANY, "any") \
	V(RX, "rx") \
	V(TX, "tx")

/* V(id, name) */
#define NP_FREEZE_STATES(V) \
	V(RECORDING, "recording") \
	V(ARMED, "armed") \
	V(COUNTING, "counting") \
	V(FROZEN, "frozen")

/* A(id, name, type): what info tells */
#define NP_INFO_ATTRS(A) \
	A(INFO_MODULE_VERSION, "module_version", STRING) \
	A(INFO_RECORD_VERSION, "record_version", U32) \
	A(INFO_RECORD_MAX, "record_max", U32) \
	A(INFO_MESSAGE_MAX, "message_max", U32) \
	A(INFO_CPUS, "cpus", U32) \
	A(INFO_CLOCK, "clock", STRING)

/* A(id, name, type): the counters of stats-get */
#define NP_STATS_ATTRS(A) \
	A(STATS_RECORDS, "records", U64) \
	A(STATS_BYTES, "bytes", U64) \
	A(STATS_BIRTHS, "births", U64) \
	A(STATS_DEATHS, "deaths", U64) \
	A(STATS_ORIGINS, "origins", U64) \
	A(STATS_UNSEEN, "unseen", U64) \
	A(STATS_UNTRACKED, "untracked", U64) \
	A(STATS_EXPIRED, "expired", U64) \
	A(STATS_OVERRUN, "overrun", U64) \
	A(STATS_MISSED, "missed", U64) \
	A(STATS_FILTERED, "filtered", U64) \
	A(STATS_TRUNCATED, "truncated", U64) \
	A(STATS_REBORN, "reborn", U64) \
	A(STATS_ABANDONED, "abandoned", U64) \
	A(STATS_IN_FLIGHT, "in_flight", U64) \
	A(STATS_TABLE_SLOTS, "table_slots", U32) \
	A(STATS_ENABLED, "enabled", U32) \
	A(STATS_CLOCK, "clock", STRING) \
	A(STATS_ARM_NS, "arm_ns", U64) \
	A(STATS_NOT_KEPT, "not_kept", U64) \
	A(STATS_FROZEN, "frozen", U64)

/* A(id, name, type): what config-set takes */
#define NP_CONFIG_ATTRS(A) \
	A(CONFIG_ENABLE, "enable", U8) \
	A(CONFIG_TABLE_SLOTS, "table_slots", U32) \
	A(CONFIG_RING_KIB, "ring_kib", U32) \
	A(CONFIG_EXPIRE_MS, "expire_ms", U32) \
	A(CONFIG_KPROBES, "kprobes", U8)

/* A(id, name, type): what rules-set takes and rules-get tells */
#define NP_RULES_ATTRS(A) \
	A(RULES_FILTER, "filter", BINARY) \
	A(RULES_MARK, "mark", U32) \
	A(RULES_MARK_MASK, "mark_mask", U32) \
	A(RULES_IFINDEX, "ifindex", U32) \
	A(RULES_NETNS, "netns", U32) \
	A(RULES_PID, "pid", U32) \
	A(RULES_DIRECTION, "direction", DIRECTION) \
	A(RULES_DROPS, "drops", U8) \
	A(RULES_REASONS, "reasons", STRING) \
	A(RULES_SLOWER_NS, "slower_ns", U64) \
	A(RULES_STAGE, "stage", STAGE) \
	A(RULES_STAGE_NS, "stage_ns", U64) \
	A(RULES_ONE_IN, "one_in", U32)

#endif /* NP_STAGES_H */
