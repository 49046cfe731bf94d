/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/netpath.yaml */
/* YNL-GEN uapi header */

#ifndef _UAPI_LINUX_NETPATH_NL_H
#define _UAPI_LINUX_NETPATH_NL_H

#define NETPATH_FAMILY_NAME	"netpath"
#define NETPATH_FAMILY_VERSION	1

/**
 * enum netpath_stage - The places in the stack where a packet is time-stamped.
 * @NETPATH_STAGE_NONE: any/none -: no stage; never stamped.
 * @NETPATH_STAGE_SENDMSG: tx/socket tcp_sendmsg(), udp_sendmsg(): the call
 *   that wrote the packet's first byte entered the transport.
 * @NETPATH_STAGE_TCP_TRANSMIT: tx/transport __tcp_transmit_skb(): the segment
 *   leaves the write queue and gets its TCP header.
 * @NETPATH_STAGE_IP_QUEUE_XMIT: tx/ip __ip_queue_xmit(), inet6_csk_xmit(): a
 *   TCP segment enters the IP layer.
 * @NETPATH_STAGE_IP_SEND_SKB: tx/ip ip_send_skb(), ip6_send_skb(): a datagram,
 *   headers complete, enters the IP layer.
 * @NETPATH_STAGE_IP_LOCAL_OUT: tx/ip ip_local_out(), ip6_local_out(): the IP
 *   header is final; NF_INET_LOCAL_OUT follows. TCP over IPv6 does not pass
 *   here.
 * @NETPATH_STAGE_IP_OUTPUT: tx/ip ip_output(), ip6_output(): routed;
 *   NF_INET_POST_ROUTING follows.
 * @NETPATH_STAGE_NEIGH_OUTPUT: tx/ip ip_finish_output2(), neigh_output(): the
 *   link-layer address is looked up or resolved.
 * @NETPATH_STAGE_DEV_QUEUE: tx/ethernet dev_queue_xmit(): handed to the
 *   device's queueing discipline.
 * @NETPATH_STAGE_DEV_XMIT: tx/ethernet ndo_start_xmit(): handed over to the
 *   driver.
 * @NETPATH_STAGE_NETIF_RX: rx/ethernet netif_rx(): put on a CPU's backlog
 *   queue.
 * @NETPATH_STAGE_NETIF_RECEIVE_SKB: rx/ethernet netif_receive_skb(): entry to
 *   the stack, single and list path, backlog included.
 * @NETPATH_STAGE_IP_RCV: rx/ip ip_rcv(), ipv6_rcv(): IP header validation,
 *   single and list path.
 * @NETPATH_STAGE_IP_LOCAL_DELIVER: rx/ip ip_local_deliver(), ip6_input():
 *   addressed to this host.
 * @NETPATH_STAGE_TCP_RCV: rx/transport tcp_v4_rcv(), tcp_v6_rcv(): TCP entry.
 * @NETPATH_STAGE_UDP_RCV: rx/transport udp_rcv(), udpv6_rcv(): UDP entry.
 * @NETPATH_STAGE_TCP_ESTABLISHED: rx/transport tcp_rcv_established(): TCP
 *   state machine of an established connection.
 * @NETPATH_STAGE_SOCK_ENQUEUE: rx/socket sk_receive_queue: being put on the
 *   receive queue of its socket.
 * @NETPATH_STAGE_SOCK_WAKEUP: rx/socket sock_def_readable(): whoever waits on
 *   the socket is woken.
 * @NETPATH_STAGE_RECVMSG: rx/socket recvmsg(), skb_copy_datagram_iter():
 *   payload copied to the application; first and last copy are kept.
 * @NETPATH_STAGE_SKB_FREE: any/skb kfree_skb(), consume_skb(): end of the
 *   packet's life; shown as the outcome, not as a stamp.
 * @NETPATH_STAGE_SKB_CLONE: any/skb skb_clone(), skb_copy(), skb_segment():
 *   another skb made from this one; shown as a parent id, not as a stamp.
 * @NETPATH_STAGE_SKB_MERGE: rx/skb skb_try_coalesce(), skb_gro_receive():
 *   merged into another packet; shown as the outcome, not as a stamp.
 * @NETPATH_STAGE_IRQ: rx/device irq_handler_entry(): hardware interrupt; the
 *   last one on this CPU whose handler raised NET_RX.
 * @NETPATH_STAGE_SOFTIRQ_RAISE: rx/device
 *   raise_softirq_irqoff(NET_RX_SOFTIRQ): the poll that delivered the packet
 *   was asked for.
 * @NETPATH_STAGE_NAPI_POLL: rx/device napi_poll(), net_rx_action(): the poll
 *   that delivered the packet began.
 * @NETPATH_STAGE_SKB_ALLOC: any/skb alloc_skb(), build_skb(): the sk_buff was
 *   allocated.
 * @NETPATH_STAGE_DRIVER_RX: rx/device napi_gro_receive(), netif_receive_skb():
 *   the driver hands the packet to the stack; the NIC's receive time is taken
 *   here.
 * @NETPATH_STAGE_GRO_RECEIVE: rx/ethernet dev_gro_receive(): generic receive
 *   offload looks for packets of the same flow.
 * @NETPATH_STAGE_BACKLOG_ENQUEUE: rx/ethernet enqueue_to_backlog(): queued for
 *   a CPU by netif_rx() or RPS. Detail cpu: number of that CPU.
 * @NETPATH_STAGE_ETH_TYPE_TRANS: rx/ethernet eth_type_trans(): the MAC header
 *   is read; the packet type says whether it is for this host.
 * @NETPATH_STAGE_VLAN_RX: rx/ethernet vlan_do_receive(): goes to its VLAN's
 *   device. Detail vlan: VLAN id.
 * @NETPATH_STAGE_TC_INGRESS: rx/ethernet sch_handle_ingress(), tcf_classify():
 *   tc filters on ingress.
 * @NETPATH_STAGE_BRIDGE_RX: rx/ethernet br_handle_frame(): enters a bridge.
 * @NETPATH_STAGE_NF_PRE_ROUTING: rx/ip NF_INET_PRE_ROUTING, nf_hook_slow():
 *   netfilter's first hook begins; ip_rcv_finish follows if it accepts. Detail
 *   pf: protocol family (2: IPv4, 7: bridge, 10: IPv6).
 * @NETPATH_STAGE_IP_RCV_FINISH: rx/ip ip_rcv_finish(), ip6_rcv_finish(): early
 *   demux, then routing.
 * @NETPATH_STAGE_EARLY_DEMUX: rx/ip tcp_v4_early_demux(),
 *   udp_v4_early_demux(): the socket is looked for before routing.
 * @NETPATH_STAGE_IP_ROUTE_INPUT: rx/ip ip_route_input_noref(),
 *   ip6_route_input(): routing decision; not passed when early demux found a
 *   route.
 * @NETPATH_STAGE_IP_DEFRAG: rx/ip ip_defrag(), ipv6_frag_rcv(): a fragment
 *   waits for the others.
 * @NETPATH_STAGE_IP_REASSEMBLED: rx/ip inet_frag_reasm_finish(): all fragments
 *   are there; this skb goes on as the whole packet.
 * @NETPATH_STAGE_NF_LOCAL_IN: rx/ip NF_INET_LOCAL_IN, nf_hook_slow():
 *   netfilter's hook for packets to this host begins. Detail pf: protocol
 *   family (2: IPv4, 7: bridge, 10: IPv6).
 * @NETPATH_STAGE_IP_DELIVER_FINISH: rx/ip ip_local_deliver_finish(),
 *   ip6_input_finish(): goes to its transport protocol.
 * @NETPATH_STAGE_IP_FORWARD: rx/ip ip_forward(), ip6_forward(): addressed to
 *   another host.
 * @NETPATH_STAGE_NF_FORWARD: rx/ip NF_INET_FORWARD, nf_hook_slow():
 *   netfilter's hook for forwarded packets begins. Detail pf: protocol family
 *   (2: IPv4, 7: bridge, 10: IPv6).
 * @NETPATH_STAGE_IP_FORWARD_FINISH: rx/ip ip_forward_finish(): forwarding was
 *   accepted.
 * @NETPATH_STAGE_SOCK_LOOKUP: rx/transport __inet_lookup_skb(),
 *   udp_queue_rcv_skb(): a socket was found; without one this stage is
 *   missing. Detail state: TCP state of the socket, as in /proc/net/tcp.
 * @NETPATH_STAGE_TCP_BACKLOG: rx/transport tcp_add_backlog(): a process holds
 *   the socket; the segment waits until it lets go.
 * @NETPATH_STAGE_TCP_DATA_QUEUE: rx/transport tcp_data_queue(): data off the
 *   fast path. Detail ahead: bytes missing before this segment, 0: in order.
 * @NETPATH_STAGE_ICMP_RCV: rx/transport icmp_rcv(), icmpv6_rcv(): ICMP entry.
 * @NETPATH_STAGE_IGMP_RCV: rx/transport igmp_rcv(): IGMP entry.
 * @NETPATH_STAGE_RAW_RCV: rx/transport raw_rcv(), rawv6_rcv(): a raw socket's
 *   copy.
 * @NETPATH_STAGE_ARP_RCV: rx/ethernet arp_rcv(): ARP entry.
 * @NETPATH_STAGE_LSM_SOCK_RCV: rx/socket security_sock_rcv_skb(): the security
 *   modules are asked about the packet.
 * @NETPATH_STAGE_LSM_RECVMSG: rx/socket security_socket_recvmsg(): the
 *   security modules are asked about the call that reads it.
 * @NETPATH_STAGE_RECV_CALL: rx/socket sock_recvmsg(), inet_recvmsg(): the
 *   reading call began; missing when the reader waited already.
 * @NETPATH_STAGE_SOCK_CREATE: tx/socket sock_init_data(),
 *   inet_csk_clone_lock(): shown as the age of the sender's socket, not as a
 *   stamp.
 * @NETPATH_STAGE_LSM_SENDMSG: tx/socket security_socket_sendmsg(): entry of
 *   sock_sendmsg(), the security modules are asked.
 * @NETPATH_STAGE_SOCK_SENDMSG: tx/socket sock_sendmsg(), inet_sendmsg(): the
 *   call goes to its protocol.
 * @NETPATH_STAGE_ROUTE_OUTPUT: tx/ip ip_route_output_flow(),
 *   ip6_route_output(): the route is looked up; missing when the socket has
 *   one cached.
 * @NETPATH_STAGE_UDP_SEND: tx/transport udp_send_skb(), udp_v6_send_skb(): the
 *   UDP header is written.
 * @NETPATH_STAGE_NF_LOCAL_OUT: tx/ip NF_INET_LOCAL_OUT, nf_hook_slow():
 *   netfilter's hook for packets of this host begins. Detail pf: protocol
 *   family (2: IPv4, 7: bridge, 10: IPv6).
 * @NETPATH_STAGE_NF_POST_ROUTING: tx/ip NF_INET_POST_ROUTING, nf_hook_slow():
 *   netfilter's last hook begins; ip_finish_output follows if it accepts.
 *   Detail pf: protocol family (2: IPv4, 7: bridge, 10: IPv6).
 * @NETPATH_STAGE_IP_FINISH_OUTPUT: tx/ip ip_finish_output(),
 *   ip6_finish_output(): past netfilter; MTU and GSO are looked at.
 * @NETPATH_STAGE_IP_FRAGMENT: tx/ip ip_fragment(), ip6_fragment(): is cut into
 *   fragments.
 * @NETPATH_STAGE_NEIGH_RESOLVE: tx/ip neigh_resolve_output(): the link-layer
 *   header is not cached.
 * @NETPATH_STAGE_NEIGH_WAIT: tx/ip __neigh_event_send(): the neighbour is not
 *   known to be reachable; the packet waits for ARP or neighbour discovery
 *   unless its address is known. Detail nud: state of the neighbour, NUD_*
 *   bits.
 * @NETPATH_STAGE_TC_EGRESS: tx/ethernet sch_handle_egress(), tcf_classify():
 *   tc filters on egress.
 * @NETPATH_STAGE_QDISC_ENQUEUE: tx/ethernet dev_qdisc_enqueue(), q->enqueue():
 *   put into the queueing discipline, whose kind the record names. Detail
 *   handle: of the qdisc, major number times 65536.
 * @NETPATH_STAGE_QDISC_XMIT: tx/ethernet __qdisc_run(), sch_direct_xmit():
 *   taken out of the queueing discipline; again after the driver was busy.
 *   Detail bypass: 1 if it was never put in.
 * @NETPATH_STAGE_BRIDGE_FORWARD: tx/ethernet __br_forward(): leaves a bridge
 *   by one of its ports.
 * @NETPATH_STAGE_DEV_XMIT_DONE: tx/device ndo_start_xmit(): the driver's
 *   function returned.
 * @NETPATH_STAGE_TX_COMPLETE: tx/device napi_consume_skb(),
 *   dev_kfree_skb_any(): the driver frees it after transmission.
 * @NETPATH_STAGE_RCVBUF: rx/socket sk_rmem_alloc: the fill of the receive
 *   queue that the packet is being put on. Detail rmem: bytes of memory that
 *   the queue held before.
 * @NETPATH_STAGE_VLAN_TX: tx/ethernet vlan_dev_hard_start_xmit(): leaves by a
 *   VLAN device. Detail vlan: VLAN id.
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

	/* private: */
	__NETPATH_STAGE_MAX,
	NETPATH_STAGE_MAX = (__NETPATH_STAGE_MAX - 1)
};

/**
 * enum netpath_outcome - How a packet's journey ended.
 * @NETPATH_OUTCOME_NONE: Not known.
 * @NETPATH_OUTCOME_DELIVERED: Its payload was copied to a process and the
 *   packet was released.
 * @NETPATH_OUTCOME_TRANSMITTED: The driver released it after transmission.
 * @NETPATH_OUTCOME_FORWARDED: It was received, sent out again, and released by
 *   the driver.
 * @NETPATH_OUTCOME_DROPPED: The kernel dropped it; reason and location say why
 *   and where.
 * @NETPATH_OUTCOME_MERGED: Its data went into another packet (GRO, TCP
 *   coalescing).
 * @NETPATH_OUTCOME_SPLIT: It was cut into segments or fragments, which have
 *   journeys of their own.
 * @NETPATH_OUTCOME_CONSUMED: The kernel used it up itself (a TCP ACK, an ARP
 *   reply, a tap's copy).
 * @NETPATH_OUTCOME_EXPIRED: Still alive when the time limit passed; the last
 *   stage shows where it waits.
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

	/* private: */
	__NETPATH_OUTCOME_MAX,
	NETPATH_OUTCOME_MAX = (__NETPATH_OUTCOME_MAX - 1)
};

/**
 * enum netpath_state - Whether a stage is watched.
 * @NETPATH_STATE_OFF: Not wanted, or nothing is being recorded.
 * @NETPATH_STATE_ARMED: All its hooks are in place.
 * @NETPATH_STATE_PARTIAL: Some of its hooks could not be placed; reason says
 *   why.
 * @NETPATH_STATE_UNAVAILABLE: None of its hooks could be placed; reason says
 *   why.
 */
enum netpath_state {
	NETPATH_STATE_OFF,
	NETPATH_STATE_ARMED,
	NETPATH_STATE_PARTIAL,
	NETPATH_STATE_UNAVAILABLE,
};

/**
 * enum netpath_via - Through what a stage is hooked.
 * @NETPATH_VIA_TRACEPOINT: A tracepoint.
 * @NETPATH_VIA_FTRACE: The entry of a function, by ftrace.
 * @NETPATH_VIA_KPROBE: The entry of a function, by a kprobe, which may miss
 *   hits.
 * @NETPATH_VIA_KRETPROBE: The return of a function, by a kretprobe, which may
 *   miss hits.
 */
enum netpath_via {
	NETPATH_VIA_TRACEPOINT = 1,
	NETPATH_VIA_FTRACE = 2,
	NETPATH_VIA_KPROBE = 4,
	NETPATH_VIA_KRETPROBE = 8,
};

/**
 * enum netpath_what - What the operation clear makes empty.
 * @NETPATH_WHAT_LATENCY: The histograms of all stages.
 * @NETPATH_WHAT_RECORDS: The records that the rings hold; who reads already
 *   still gets them.
 */
enum netpath_what {
	NETPATH_WHAT_LATENCY = 1,
	NETPATH_WHAT_RECORDS = 2,
};

/**
 * enum netpath_direction - Which way a packet went.
 * @NETPATH_DIRECTION_ANY: Any.
 * @NETPATH_DIRECTION_RX: It passed a stage of receiving, the reading of what a
 *   tunnel was sent excepted.
 * @NETPATH_DIRECTION_TX: It passed a stage of sending.
 */
enum netpath_direction {
	NETPATH_DIRECTION_ANY,
	NETPATH_DIRECTION_RX,
	NETPATH_DIRECTION_TX,
};

/**
 * enum netpath_freeze_state - What the flight recorder does.
 * @NETPATH_FREEZE_STATE_RECORDING: Nothing, packets are recorded.
 * @NETPATH_FREEZE_STATE_ARMED: It waits for its trigger.
 * @NETPATH_FREEZE_STATE_COUNTING: The last records are written.
 * @NETPATH_FREEZE_STATE_FROZEN: Nothing is written, what came before can be
 *   read.
 */
enum netpath_freeze_state {
	NETPATH_FREEZE_STATE_RECORDING,
	NETPATH_FREEZE_STATE_ARMED,
	NETPATH_FREEZE_STATE_COUNTING,
	NETPATH_FREEZE_STATE_FROZEN,
};

#define NETPATH_AFTER_MAX	2147483647
#define NETPATH_TABLE_SLOTS_MIN	64
#define NETPATH_TABLE_SLOTS_MAX	1048576
#define NETPATH_RING_KIB_MIN	32
#define NETPATH_RING_KIB_MAX	65536
#define NETPATH_EXPIRE_MS_MIN	100
#define NETPATH_EXPIRE_MS_MAX	3600000

enum {
	NETPATH_A_INFO_MODULE_VERSION = 1,
	NETPATH_A_INFO_RECORD_VERSION,
	NETPATH_A_INFO_RECORD_MAX,
	NETPATH_A_INFO_MESSAGE_MAX,
	NETPATH_A_INFO_CPUS,
	NETPATH_A_INFO_CLOCK,
	NETPATH_A_INFO_PAD,

	__NETPATH_A_INFO_MAX,
	NETPATH_A_INFO_MAX = (__NETPATH_A_INFO_MAX - 1)
};

enum {
	NETPATH_A_STAGE_ID = 1,
	NETPATH_A_STAGE_NAME,
	NETPATH_A_STAGE_LAYER,
	NETPATH_A_STAGE_DIR,
	NETPATH_A_STAGE_VIA,
	NETPATH_A_STAGE_SYMBOLS,
	NETPATH_A_STAGE_STATE,
	NETPATH_A_STAGE_REASON,
	NETPATH_A_STAGE_HITS,
	NETPATH_A_STAGE_MISSED,
	NETPATH_A_STAGE_PAD,
	NETPATH_A_STAGE_SET,
	NETPATH_A_STAGE_DEFAULT,
	NETPATH_A_STAGE_DETAIL,

	__NETPATH_A_STAGE_MAX,
	NETPATH_A_STAGE_MAX = (__NETPATH_A_STAGE_MAX - 1)
};

enum {
	NETPATH_A_CONFIG_ENABLE = 1,
	NETPATH_A_CONFIG_TABLE_SLOTS,
	NETPATH_A_CONFIG_RING_KIB,
	NETPATH_A_CONFIG_EXPIRE_MS,
	NETPATH_A_CONFIG_KPROBES,
	NETPATH_A_CONFIG_PAD,

	__NETPATH_A_CONFIG_MAX,
	NETPATH_A_CONFIG_MAX = (__NETPATH_A_CONFIG_MAX - 1)
};

enum {
	NETPATH_A_POSITION_CPU = 1,
	NETPATH_A_POSITION_NEXT_SEQ,
	NETPATH_A_POSITION_PAD,

	__NETPATH_A_POSITION_MAX,
	NETPATH_A_POSITION_MAX = (__NETPATH_A_POSITION_MAX - 1)
};

enum {
	NETPATH_A_STATS_RECORDS = 1,
	NETPATH_A_STATS_BYTES,
	NETPATH_A_STATS_BIRTHS,
	NETPATH_A_STATS_DEATHS,
	NETPATH_A_STATS_ORIGINS,
	NETPATH_A_STATS_UNSEEN,
	NETPATH_A_STATS_UNTRACKED,
	NETPATH_A_STATS_EXPIRED,
	NETPATH_A_STATS_OVERRUN,
	NETPATH_A_STATS_MISSED,
	NETPATH_A_STATS_FILTERED,
	NETPATH_A_STATS_TRUNCATED,
	NETPATH_A_STATS_REBORN,
	NETPATH_A_STATS_ABANDONED,
	NETPATH_A_STATS_IN_FLIGHT,
	NETPATH_A_STATS_TABLE_SLOTS,
	NETPATH_A_STATS_ENABLED,
	NETPATH_A_STATS_CLOCK,
	NETPATH_A_STATS_ARM_NS,
	NETPATH_A_STATS_PAD,
	NETPATH_A_STATS_NOT_KEPT,
	NETPATH_A_STATS_FROZEN,

	__NETPATH_A_STATS_MAX,
	NETPATH_A_STATS_MAX = (__NETPATH_A_STATS_MAX - 1)
};

enum {
	NETPATH_A_BUCKET_LOWER_NS = 1,
	NETPATH_A_BUCKET_UPPER_NS,
	NETPATH_A_BUCKET_COUNT,
	NETPATH_A_BUCKET_PAD,

	__NETPATH_A_BUCKET_MAX,
	NETPATH_A_BUCKET_MAX = (__NETPATH_A_BUCKET_MAX - 1)
};

enum {
	NETPATH_A_LATENCY_ID = 1,
	NETPATH_A_LATENCY_NAME,
	NETPATH_A_LATENCY_COUNT,
	NETPATH_A_LATENCY_MIN_NS,
	NETPATH_A_LATENCY_P50_NS,
	NETPATH_A_LATENCY_P90_NS,
	NETPATH_A_LATENCY_P99_NS,
	NETPATH_A_LATENCY_P999_NS,
	NETPATH_A_LATENCY_MAX_NS,
	NETPATH_A_LATENCY_PAD,
	NETPATH_A_LATENCY_BUCKET,

	__NETPATH_A_LATENCY_MAX,
	NETPATH_A_LATENCY_MAX = (__NETPATH_A_LATENCY_MAX - 1)
};

enum {
	NETPATH_A_CLEAR_WHAT = 1,

	__NETPATH_A_CLEAR_MAX,
	NETPATH_A_CLEAR_MAX = (__NETPATH_A_CLEAR_MAX - 1)
};

enum {
	NETPATH_A_RECORD_PACKET = 1,
	NETPATH_A_RECORD_DEV,
	NETPATH_A_RECORD_STAMP,
	NETPATH_A_RECORD_DROP_REASON,
	NETPATH_A_RECORD_DROP_LOCATION,
	NETPATH_A_RECORD_QDISC,

	__NETPATH_A_RECORD_MAX,
	NETPATH_A_RECORD_MAX = (__NETPATH_A_RECORD_MAX - 1)
};

enum {
	NETPATH_A_LOST_CPU = 1,
	NETPATH_A_LOST_SEQ,
	NETPATH_A_LOST_COUNT,
	NETPATH_A_LOST_PAD,

	__NETPATH_A_LOST_MAX,
	NETPATH_A_LOST_MAX = (__NETPATH_A_LOST_MAX - 1)
};

enum {
	NETPATH_A_RECORDS_RECORD = 1,
	NETPATH_A_RECORDS_LOST,
	NETPATH_A_RECORDS_POSITION,
	NETPATH_A_RECORDS_PAD,

	__NETPATH_A_RECORDS_MAX,
	NETPATH_A_RECORDS_MAX = (__NETPATH_A_RECORDS_MAX - 1)
};

enum {
	NETPATH_A_RULES_FILTER = 1,
	NETPATH_A_RULES_MARK,
	NETPATH_A_RULES_MARK_MASK,
	NETPATH_A_RULES_IFINDEX,
	NETPATH_A_RULES_NETNS,
	NETPATH_A_RULES_PID,
	NETPATH_A_RULES_DIRECTION,
	NETPATH_A_RULES_DROPS,
	NETPATH_A_RULES_REASONS,
	NETPATH_A_RULES_SLOWER_NS,
	NETPATH_A_RULES_STAGE,
	NETPATH_A_RULES_STAGE_NS,
	NETPATH_A_RULES_ONE_IN,
	NETPATH_A_RULES_CLEAR,
	NETPATH_A_RULES_PAD,
	NETPATH_A_RULES_GENERATION,
	NETPATH_A_RULES_IF_GENERATION,
	NETPATH_A_RULES_OWN,
	NETPATH_A_RULES_OWNER_PID,

	__NETPATH_A_RULES_MAX,
	NETPATH_A_RULES_MAX = (__NETPATH_A_RULES_MAX - 1)
};

enum {
	NETPATH_A_FREEZE_STATE = 1,
	NETPATH_A_FREEZE_ON_DROP,
	NETPATH_A_FREEZE_SLOWER_NS,
	NETPATH_A_FREEZE_AFTER,
	NETPATH_A_FREEZE_LEFT,
	NETPATH_A_FREEZE_PAD,

	__NETPATH_A_FREEZE_MAX,
	NETPATH_A_FREEZE_MAX = (__NETPATH_A_FREEZE_MAX - 1)
};

enum {
	NETPATH_CMD_INFO = 1,
	NETPATH_CMD_STAGE_GET,
	NETPATH_CMD_STAGE_SET,
	NETPATH_CMD_CONFIG_GET,
	NETPATH_CMD_CONFIG_SET,
	NETPATH_CMD_STATS_GET,
	NETPATH_CMD_LATENCY_GET,
	NETPATH_CMD_CLEAR,
	NETPATH_CMD_SNAPSHOT,
	NETPATH_CMD_RECORDS_NTF,
	NETPATH_CMD_RULES_GET,
	NETPATH_CMD_RULES_SET,
	NETPATH_CMD_FREEZE_GET,
	NETPATH_CMD_FREEZE,
	NETPATH_CMD_THAW,

	__NETPATH_CMD_MAX,
	NETPATH_CMD_MAX = (__NETPATH_CMD_MAX - 1)
};

#define NETPATH_MCGRP_RECORDS	"records"

#endif /* _UAPI_LINUX_NETPATH_NL_H */
