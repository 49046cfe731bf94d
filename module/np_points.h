/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of points: where each stage is hooked and what a hit does.
 *
 * Identity of the stages (number, name, meaning) comes from the netlink spec;
 * here is their behaviour, one row per place.  Symbols are tried from left to
 * right, so a row also says what other kernels call the place.  Why a symbol
 * and not the textbook's: Documentation/stages.rst and design.rst.
 *
 *	P(id, stage, act, flags, hooks)		a place to hook
 *	WITH(id, stage, act, flags, other)	a further stage of the hook of
 *						another point, told apart by the act
 *	IN(option, module, function)		a function of what may be a module, which
 *						comes and goes, or built in
 *
 * No include guard: included once for the ids and once for the rows.
 */

/* the writer's call */
P(CALL_LSM, LSM_SENDMSG, CALL_LSM, EXTRA, FN("security_socket_sendmsg", 0))
P(CALL_SOCK4, SOCK_SENDMSG, CALL_SOCK, EXTRA, FN("inet_sendmsg", 0))
P(CALL_SOCK6, SOCK_SENDMSG, CALL_SOCK, EXTRA, FN("inet6_sendmsg", 0))
P(CALL_TCP, SENDMSG, CALL, 0, FN("tcp_sendmsg", 0))
P(CALL_TCP_SEQ, SENDMSG, CALL_SEQ, 0, FN("tcp_sendmsg_locked", 0))
P(CALL_TCP_PAGE, SENDMSG, CALL, OPT, FN("tcp_sendpage", 0))
P(CALL_UDP4, SENDMSG, CALL, 0, FN("udp_sendmsg", 0))
P(CALL_UDP6, SENDMSG, CALL, 0, FN("udpv6_sendmsg", 0))
P(CALL_RAW4, SENDMSG, CALL, 0, FN("raw_sendmsg", 0))
P(CALL_RAW6, SENDMSG, CALL, 0, FN("rawv6_sendmsg", 0))
P(CALL_PING4, SENDMSG, CALL, OPT, FN("ping_v4_sendmsg", 0))
P(CALL_PING6, SENDMSG, CALL, OPT, FN("ping_v6_sendmsg", 0))
P(CALL_PACKET, SENDMSG, CALL_PACKET, OPT, FN(IN(PACKET, af_packet, packet_sendmsg), 0))
P(CALL_ROUTE4, ROUTE_OUTPUT, CALL_ROUTE, EXTRA, FN("ip_route_output_flow", 2))
P(CALL_ROUTE6, ROUTE_OUTPUT, CALL_ROUTE, EXTRA, FN("ip6_route_output_flags", 1))
P(SOCK_CREATE, SOCK_CREATE, SOCK_NEW, EXTRA, FN("sock_init_data_uid", 1), FN("sock_init_data", 1))
P(SOCK_ACCEPT, SOCK_CREATE, SOCK_NEW, EXTRA, FN("tcp_ca_openreq_child", 0))

/* egress */
P(ENTAIL, SENDMSG, ENTAIL, BIRTH, FN2("tcp_skb_entail", 1, 0), FN2("skb_entail", 1, 0))
P(TCP_TRANSMIT, TCP_TRANSMIT, TRANSMIT, BIRTH, FN2("__tcp_transmit_skb", 1, 2))
P(UDP4_SEND, UDP_SEND, SEND_EARLY, BIRTH | EXTRA, FN("udp_send_skb", 0))
P(UDP6_SEND, UDP_SEND, SEND_EARLY, BIRTH | EXTRA, FN("udp_v6_send_skb", 0))
P(IP4_QUEUE_XMIT, IP_QUEUE_XMIT, SOCK, LATE, FN2("__ip_queue_xmit", 1, 0))
P(IP6_QUEUE_XMIT, IP_QUEUE_XMIT, SOCK, LATE, FN2("inet6_csk_xmit", 1, 0))
P(IP4_SEND_SKB, IP_SEND_SKB, SEND, BIRTH, FN("ip_send_skb", 1))
P(IP6_SEND_SKB, IP_SEND_SKB, SEND, BIRTH, FN("ip6_send_skb", 0))
P(IP4_LOCAL_OUT, IP_LOCAL_OUT, L3, BIRTH | EXTRA, FN("__ip_local_out", 2))
P(IP6_LOCAL_OUT, IP_LOCAL_OUT, L3, BIRTH | EXTRA, FN("__ip6_local_out", 2))
P(IP4_OUTPUT, IP_OUTPUT, L3, BIRTH | EXTRA, FN("ip_output", 2))
P(IP4_MC_OUTPUT, IP_OUTPUT, L3, BIRTH | EXTRA, FN("ip_mc_output", 2))
P(IP6_OUTPUT, IP_OUTPUT, L3, BIRTH | EXTRA, FN("ip6_output", 2))
P(IP4_FINISH_OUTPUT, IP_FINISH_OUTPUT, L3, BIRTH | EXTRA, FN("ip_finish_output", 2))
P(IP6_FINISH_OUTPUT, IP_FINISH_OUTPUT, L3, BIRTH | EXTRA, FN("ip6_finish_output", 2))
P(IP4_FRAGMENT, IP_FRAGMENT, L3, BIRTH | EXTRA, FN("ip_do_fragment", 2))
P(IP6_FRAGMENT, IP_FRAGMENT, L3, BIRTH | EXTRA, FN("ip6_fragment", 2))
P(IP4_NEIGH_OUTPUT, NEIGH_OUTPUT, L3, BIRTH, FN("ip_finish_output2", 2))
P(IP6_NEIGH_OUTPUT, NEIGH_OUTPUT, L3, BIRTH, FN("ip6_finish_output2", 2))
P(NEIGH_RESOLVE, NEIGH_RESOLVE, STAMP, EXTRA, FN("neigh_resolve_output", 1))
P(NEIGH_WAIT, NEIGH_WAIT, NEIGH, EXTRA, FN2("__neigh_event_send", 1, 0))
P(VLAN_TX, VLAN_TX, VLAN_TX, 0, FN2(IN(VLAN_8021Q, 8021q, vlan_dev_hard_start_xmit), 0, 1))
P(BRIDGE_FORWARD, BRIDGE_FORWARD, STAMP, EXTRA, FN(IN(BRIDGE, bridge, __br_forward), 1))
P(DEV_QUEUE, DEV_QUEUE, STAMP, BIRTH, TP("net_dev_queue"))
P(QDISC_ENQUEUE, QDISC_ENQUEUE, QDISC, EXTRA, FN2("dev_qdisc_enqueue", 0, 1))
P(QDISC_PFIFO_FAST, QDISC_ENQUEUE, QDISC, EXTRA | ELSE, FN2("pfifo_fast_enqueue", 0, 1))
P(QDISC_FQ_CODEL, QDISC_ENQUEUE, QDISC, EXTRA | ELSE | OPT,
	FN2(IN(NET_SCH_FQ_CODEL, sch_fq_codel, fq_codel_enqueue), 0, 1))
P(QDISC_FQ, QDISC_ENQUEUE, QDISC, EXTRA | ELSE | OPT,
	FN2(IN(NET_SCH_FQ, sch_fq, fq_enqueue), 0, 1))
P(QDISC_NETEM, QDISC_ENQUEUE, QDISC, EXTRA | ELSE | OPT,
	FN2(IN(NET_SCH_NETEM, sch_netem, netem_enqueue), 0, 1))
P(QDISC_TBF, QDISC_ENQUEUE, QDISC, EXTRA | ELSE | OPT,
	FN2(IN(NET_SCH_TBF, sch_tbf, tbf_enqueue), 0, 1))
P(QDISC_HTB, QDISC_ENQUEUE, QDISC, EXTRA | ELSE | OPT,
	FN2(IN(NET_SCH_HTB, sch_htb, htb_enqueue), 0, 1))
P(QDISC_PFIFO, QDISC_ENQUEUE, QDISC, EXTRA | ELSE, FN2("pfifo_enqueue", 0, 1))
P(QDISC_BFIFO, QDISC_ENQUEUE, QDISC, EXTRA | ELSE, FN2("bfifo_enqueue", 0, 1))
P(QDISC_XMIT, QDISC_XMIT, QDISC_XMIT, EXTRA, FN2("sch_direct_xmit", 0, 1))
P(DEV_XMIT, DEV_XMIT, STAMP, LATE, TP("net_dev_start_xmit"))
P(DEV_XMIT_DONE, DEV_XMIT_DONE, STAMP, EXTRA, TP("net_dev_xmit"))
P(DEV_XMIT_NOTE, DEV_XMIT_DONE, STAMP, EXTRA, TP("net_dev_start_xmit"))
P(TX_COMPLETE_NAPI, TX_COMPLETE, TX_DONE, EXTRA, FN("napi_consume_skb", 0))
P(TX_COMPLETE_ANY, TX_COMPLETE, TX_DONE, EXTRA, FN("dev_kfree_skb_any_reason", 0),
	FN("__dev_kfree_skb_any", 0))
P(TX_COMPLETE_IRQ, TX_COMPLETE, TX_DONE, EXTRA, FN("dev_kfree_skb_irq_reason", 0),
	FN("__dev_kfree_skb_irq", 0))

/* device to stack */
P(IRQ, IRQ, STAMP, EXTRA, TP("irq_handler_entry"))
P(SOFTIRQ_RAISE, SOFTIRQ_RAISE, STAMP, EXTRA, TP("softirq_raise"))
P(NAPI_POLL, NAPI_POLL, POLL, EXTRA, FN("__napi_poll", 0), FN("net_rx_action", 0))
P(NAPI_PACKET, NAPI_POLL, POLLED, EXTRA, FN("__netif_receive_skb", 0))
P(NAPI_GRO, NAPI_POLL, POLLED, EXTRA, FN("dev_gro_receive", 1))
WITH(GRO_RECEIVE, GRO_RECEIVE, POLLED, EXTRA | BIRTH, NAPI_GRO)
P(ALLOC, SKB_ALLOC, ALLOC, EXTRA, RET("__alloc_skb"))
P(ALLOC_BUILD, SKB_ALLOC, ALLOC, EXTRA, RET("__build_skb"))
P(ALLOC_NAPI_BUILD, SKB_ALLOC, ALLOC, EXTRA | OPT, RET("napi_build_skb"))
P(ALLOC_SLAB_BUILD, SKB_ALLOC, ALLOC, EXTRA | OPT, RET("slab_build_skb"))
P(ALLOC_NAPI, SKB_ALLOC, ALLOC, EXTRA, RET("napi_alloc_skb"), RET("__napi_alloc_skb"))
P(ALLOC_NETDEV, SKB_ALLOC, ALLOC, EXTRA, RET("__netdev_alloc_skb"))
P(DRIVER_GRO, DRIVER_RX, STAMP, BIRTH | EXTRA, TP("napi_gro_receive_entry"))
P(DRIVER_GRO_FRAGS, DRIVER_RX, STAMP, BIRTH | EXTRA, TP("napi_gro_frags_entry"))
P(DRIVER_RX, DRIVER_RX, STAMP, BIRTH | EXTRA, TP("netif_receive_skb_entry"))
P(DRIVER_RX_LIST, DRIVER_RX, STAMP, BIRTH | EXTRA, TP("netif_receive_skb_list_entry"))
P(ETH_TYPE_TRANS, ETH_TYPE_TRANS, STAMP, BIRTH | EXTRA, FN("eth_type_trans", 0))
P(NETIF_RX, NETIF_RX, STAMP, BIRTH, TP("netif_rx"))
P(BACKLOG, BACKLOG_ENQUEUE, DETAIL, BIRTH | EXTRA, FN2("enqueue_to_backlog", 0, 1))
P(NETIF_RECEIVE_SKB, NETIF_RECEIVE_SKB, STAMP, BIRTH, TP("netif_receive_skb"))
P(VLAN_RX, VLAN_RX, VLAN, LATE, FN("vlan_do_receive", 0))
P(TC_INGRESS, TC_INGRESS, TC, LATE | EXTRA, FN("tc_run", 1), FN("tcf_classify_ingress", 0),
	FN("tcf_classify", 0))
WITH(TC_EGRESS, TC_EGRESS, TC, LATE | EXTRA | (NP_TC_EGRESS_APART ? SKIP : 0), TC_INGRESS)
P(TC_EGRESS_APART, TC_EGRESS, TC, LATE | EXTRA | (NP_TC_EGRESS_APART ? 0 : SKIP),
	FN("tcf_classify", 0))
P(BRIDGE_RX, BRIDGE_RX, STAMP, LATE | EXTRA, FN(IN(BRIDGE, bridge, br_handle_frame_finish), 2))

/* ingress */
P(IP4_RCV, IP_RCV, L3DEV, LATE, FN("ip_rcv_core", 0), FN("ip_rcv", 0))
P(IP6_RCV, IP_RCV, L3DEV, LATE, FN("ip6_rcv_core", 0), FN("ipv6_rcv", 0))
P(NF_PRE_ROUTING, NF_PRE_ROUTING, NF, LATE | EXTRA, FN2("nf_hook_slow", 0, 1))
WITH(NF_LOCAL_IN, NF_LOCAL_IN, NF, LATE | EXTRA, NF_PRE_ROUTING)
WITH(NF_FORWARD, NF_FORWARD, NF, LATE | EXTRA, NF_PRE_ROUTING)
WITH(NF_LOCAL_OUT, NF_LOCAL_OUT, NF, BIRTH | EXTRA, NF_PRE_ROUTING)
WITH(NF_POST_ROUTING, NF_POST_ROUTING, NF, LATE | EXTRA, NF_PRE_ROUTING)
P(IP4_RCV_FINISH, IP_RCV_FINISH, L3, LATE | EXTRA, FN("ip_rcv_finish_core.constprop.0", 1),
	FN("ip_rcv_finish_core.isra.0", 1), FN("ip_rcv_finish_core", NP_RCV_FINISH_ARG))
P(IP6_RCV_FINISH, IP_RCV_FINISH, L3, LATE | EXTRA, FN("ip6_rcv_finish_core.constprop.0", 1),
	FN("ip6_rcv_finish_core.isra.0", 1), FN("ip6_rcv_finish_core", 2))
P(DEMUX_TCP4, EARLY_DEMUX, L3, LATE | EXTRA, FN("tcp_v4_early_demux", 0))
P(DEMUX_UDP4, EARLY_DEMUX, L3, LATE | EXTRA, FN("udp_v4_early_demux", 0))
P(DEMUX_TCP6, EARLY_DEMUX, L3, LATE | EXTRA, FN("tcp_v6_early_demux", 0))
P(DEMUX_UDP6, EARLY_DEMUX, L3, LATE | EXTRA | OPT, FN("udp_v6_early_demux", 0))
P(ROUTE4_INPUT, IP_ROUTE_INPUT, L3, LATE | EXTRA, FN("ip_route_input_noref", 0))
P(ROUTE4_HINT, IP_ROUTE_INPUT, L3, LATE | EXTRA | OPT, FN("ip_route_use_hint", 0))
P(ROUTE6_INPUT, IP_ROUTE_INPUT, L3, LATE | EXTRA, FN("ip6_route_input", 0))
P(IP4_LOCAL_DELIVER, IP_LOCAL_DELIVER, L3, LATE | EXTRA, FN("ip_local_deliver", 0))
P(IP6_LOCAL_DELIVER, IP_LOCAL_DELIVER, L3, LATE | EXTRA, FN("ip6_input", 0))
P(IP4_DEFRAG, IP_DEFRAG, L3, LATE | EXTRA, FN("ip_defrag", 1))
P(IP6_DEFRAG, IP_DEFRAG, L3, LATE | EXTRA, FN("ipv6_frag_rcv", 0))
/* for connection tracking, which has a function of its own for IPv6 that sees every packet */
P(DEFRAG_QUEUE, IP_DEFRAG, FRAG_QUEUE, EXTRA, FN("inet_frag_queue_insert", 1))
P(REASSEMBLED, IP_REASSEMBLED, REASM, 0, FN("inet_frag_reasm_finish", 1))
P(IP4_DELIVER_FINISH, IP_DELIVER_FINISH, L3, LATE | EXTRA, FN("ip_local_deliver_finish", 2))
P(IP6_DELIVER_FINISH, IP_DELIVER_FINISH, L3, LATE | EXTRA, FN("ip6_protocol_deliver_rcu", 1),
	FN("ip6_input_finish", 2))
P(IP4_FORWARD, IP_FORWARD, L3, LATE | EXTRA, FN("ip_forward", 0))
P(IP6_FORWARD, IP_FORWARD, L3, LATE | EXTRA, FN("ip6_forward", 0))
P(IP4_FORWARD_FINISH, IP_FORWARD_FINISH, L3, LATE | EXTRA, FN("ip_forward_finish", 2))
P(ARP_RCV, ARP_RCV, STAMP, LATE | EXTRA, FN("arp_rcv", 0))
P(ICMP4_RCV, ICMP_RCV, L3, LATE | EXTRA, FN("icmp_rcv", 0))
P(ICMP6_RCV, ICMP_RCV, L3, LATE | EXTRA, FN("icmpv6_rcv", 0))
P(IGMP_RCV, IGMP_RCV, L3, LATE | EXTRA, FN("igmp_rcv", 0))
P(RAW4_RCV, RAW_RCV, L3, LATE | EXTRA, FN("raw_rcv", 1))
P(RAW6_RCV, RAW_RCV, L3, LATE | EXTRA, FN("rawv6_rcv", 1))
P(TCP4_RCV, TCP_RCV, L3, LATE, FN("tcp_v4_rcv", 0))
P(TCP6_RCV, TCP_RCV, L3, LATE, FN("tcp_v6_rcv", 0))
P(UDP4_RCV, UDP_RCV, L3, LATE, FN("udp_rcv", 0))
P(UDP6_RCV, UDP_RCV, L3, LATE, FN("udpv6_rcv", 0))
P(LOOKUP_TCP4, SOCK_LOOKUP, LOOKUP, EXTRA, FN2("tcp_v4_do_rcv", 1, 0))
P(LOOKUP_TCP6, SOCK_LOOKUP, LOOKUP, EXTRA, FN2("tcp_v6_do_rcv", 1, 0))
P(LOOKUP_UDP4, SOCK_LOOKUP, LOOKUP, EXTRA, FN2("udp_queue_rcv_one_skb", 1, 0))
P(LOOKUP_UDP6, SOCK_LOOKUP, LOOKUP, EXTRA, FN2("udpv6_queue_rcv_one_skb", 1, 0))
/* what makes or completes a connection goes past tcp_v4_do_rcv() */
P(LOOKUP_CHILD, SOCK_LOOKUP, LOOKUP, EXTRA, FN2("tcp_child_process", 2, 1))
P(TCP_BACKLOG, TCP_BACKLOG, LOOKUP, EXTRA, FN2("tcp_add_backlog", 1, 0))
P(LSM_SOCK_RCV, LSM_SOCK_RCV, STAMP, EXTRA, FN("security_sock_rcv_skb", 1))
P(TCP_ESTABLISHED, TCP_ESTABLISHED, STAMP, 0, TP("tcp_probe"), FN("tcp_rcv_established", 1))
P(TCP_DATA_QUEUE, TCP_DATA_QUEUE, TCP_DATA, EXTRA, FN2("tcp_data_queue", 1, 0))
P(ENQUEUE_TCP, SOCK_ENQUEUE, ENQUEUE, 0, FN2("tcp_queue_rcv", 1, 0))
P(ENQUEUE_UDP, SOCK_ENQUEUE, ENQUEUE, 0, FN2("__udp_enqueue_schedule_skb", 1, 0))
P(ENQUEUE_RAW, SOCK_ENQUEUE, ENQUEUE, 0, FN2("__sock_queue_rcv_skb", 1, 0))
WITH(RCVBUF_TCP, RCVBUF, ENQUEUE, EXTRA, ENQUEUE_TCP)
WITH(RCVBUF_UDP, RCVBUF, ENQUEUE, EXTRA, ENQUEUE_UDP)
WITH(RCVBUF_RAW, RCVBUF, ENQUEUE, EXTRA, ENQUEUE_RAW)
P(WAKEUP, SOCK_WAKEUP, WAKE, 0, FN("sock_def_readable", 0))
P(READ_LSM, LSM_RECVMSG, READ_LSM, EXTRA, FN("security_socket_recvmsg", 0))
P(READ_CALL4, RECV_CALL, READ_CALL, EXTRA, FN("inet_recvmsg", 0))
P(READ_CALL6, RECV_CALL, READ_CALL, EXTRA, FN("inet6_recvmsg", 0))
P(READ_COPY, RECVMSG, READ, 0, TP("skb_copy_datagram_iovec"), FN("skb_copy_datagram_iter", 0))
P(READ_CSUM, RECVMSG, READ, 0, FN("skb_copy_and_csum_datagram_msg", 0))
P(READ_UDP, RECVMSG, READ_DONE, NP_UDP_READ_FREES ? SKIP : 0, FN("skb_consume_udp", 1))

/* how an skb ends and turns into another; armed whatever stages are wanted */
P(KFREE, SKB_FREE, FREE, MUST, TP("kfree_skb"))
P(CONSUME, SKB_FREE, FREE, MUST, TP("consume_skb"))
P(FREE_MEM, SKB_FREE, FREE, MUST, FN("kfree_skbmem", 0))
P(FREE_NAPI, SKB_FREE, FREE, 0, FN("napi_skb_cache_put", 0), FN("__kfree_skb_defer", 0),
	FN("__napi_kfree_skb", 0))
/* the one reference is given away; another CPU may free it much later */
P(FREE_DEFER, SKB_FREE, FREE, OPT, FN("skb_attempt_defer_free", 0))
/* napi_gro_frags() keeps the sk_buff whose data was merged for the next packet */
P(FREE_REUSE, SKB_FREE, FREE, OPT, FN("napi_reuse_skb", 1))
/* inlined where napi_skb_cache_put() is not */
P(FREE_STOLEN, SKB_FREE, FREE, OPT, FN("napi_skb_free_stolen_head", 0))
P(FREE_PARTIAL, SKB_FREE, PARTIAL, 0, FN2("kfree_skb_partial", 0, 1))
P(CLONE, SKB_CLONE, CLONE, MUST, FN2("__copy_skb_header", 0, 1))
P(SPLIT, SKB_CLONE, SHARE, 0, FN2("skb_split", 0, 1))
P(SHIFT, SKB_CLONE, SHIFT, 0, FN2("skb_shift", 0, 1))
P(SEGMENT, SKB_CLONE, SEGMENT, 0, FN("skb_segment", 0))
P(FRAGMENT4, SKB_CLONE, FRAGMENT, 0, FN2("ip_copy_metadata", 0, 1))
P(FRAGMENT6, SKB_CLONE, FRAGMENT, 0, FN2("ip6_copy_metadata", 0, 1))
P(MERGE_COALESCE, SKB_MERGE, COALESCE, 0, FN2("skb_try_coalesce", 0, 1))
P(MERGE_GRO, SKB_MERGE, MERGE, 0, FN2("skb_gro_receive", 0, 1))
P(MERGE_GRO_LIST, SKB_MERGE, MERGE, 0, FN2("skb_gro_receive_list", 0, 1))
/* what it makes is to be seen when it returns */
P(MERGE_COLLAPSE, SKB_MERGE, COLLAPSE, OPT, RET("tcp_collapse"))
