// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of points: where each stage is hooked and what a hit does.
 *
 * Identity of the stages (number, name, meaning) comes from the netlink spec;
 * here is their behaviour, one row per place.  Symbols are tried from left to
 * right, so a row also says what other kernels call the place.  Why a symbol
 * and not the textbook's: Documentation/stages.rst and design.rst.
 */
#include "np_stage.h"

#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "compat/np_compat.h"
#include "generated/np_stages.h"

#define TP(_symbol)		{ .kind = NP_HOOK_TP, .symbol = _symbol }
#define FN(_symbol, _arg)	{ .kind = NP_HOOK_FN, .symbol = _symbol, .arg = _arg }
#define FN2(_symbol, _arg, _arg2) \
	{ .kind = NP_HOOK_FN, .symbol = _symbol, .arg = _arg, .arg2 = _arg2 }

#define POINT(_stage, _act, _flags, ...) { \
	.stage = NETPATH_STAGE_##_stage, .act = NP_ACT_##_act, \
	.flags = _flags, .hooks = { __VA_ARGS__ } }

#define OPT	NP_PT_OPTIONAL
#define BIRTH	NP_PT_BIRTH
#define LATE	NP_PT_LATE
#define SKIP	NP_PT_SKIP
#define EXTRA	NP_PT_EXTRA

const struct np_point np_points[NP_NR_POINTS] = {
	[NP_PT_CALL_TCP] = POINT(SENDMSG, CALL, 0, FN("tcp_sendmsg", 0)),
	[NP_PT_CALL_TCP_PAGE] = POINT(SENDMSG, CALL, OPT, FN("tcp_sendpage", 0)),
	[NP_PT_CALL_UDP4] = POINT(SENDMSG, CALL, 0, FN("udp_sendmsg", 0)),
	[NP_PT_CALL_UDP6] = POINT(SENDMSG, CALL, 0, FN("udpv6_sendmsg", 0)),
	[NP_PT_ENTAIL] = POINT(SENDMSG, ENTAIL, BIRTH,
			       FN2("tcp_skb_entail", 1, 0), FN2("skb_entail", 1, 0)),
	[NP_PT_TCP_TRANSMIT] = POINT(TCP_TRANSMIT, TRANSMIT, BIRTH,
				     FN2("__tcp_transmit_skb", 1, 2)),
	[NP_PT_IP4_QUEUE_XMIT] = POINT(IP_QUEUE_XMIT, SOCK, LATE,
					 FN2("__ip_queue_xmit", 1, 0)),
	[NP_PT_IP6_QUEUE_XMIT] = POINT(IP_QUEUE_XMIT, SOCK, LATE,
					 FN2("inet6_csk_xmit", 1, 0)),
	[NP_PT_IP4_SEND_SKB] = POINT(IP_SEND_SKB, SEND, BIRTH, FN("ip_send_skb", 1)),
	[NP_PT_IP6_SEND_SKB] = POINT(IP_SEND_SKB, SEND, BIRTH, FN("ip6_send_skb", 0)),
	[NP_PT_IP4_LOCAL_OUT] = POINT(IP_LOCAL_OUT, L3, BIRTH | EXTRA,
					FN("__ip_local_out", 2)),
	[NP_PT_IP6_LOCAL_OUT] = POINT(IP_LOCAL_OUT, L3, BIRTH | EXTRA,
					FN("__ip6_local_out", 2)),
	[NP_PT_IP4_OUTPUT] = POINT(IP_OUTPUT, L3, BIRTH | EXTRA, FN("ip_output", 2)),
	[NP_PT_IP4_MC_OUTPUT] = POINT(IP_OUTPUT, L3, BIRTH | EXTRA, FN("ip_mc_output", 2)),
	[NP_PT_IP6_OUTPUT] = POINT(IP_OUTPUT, L3, BIRTH | EXTRA, FN("ip6_output", 2)),
	[NP_PT_IP4_NEIGH_OUTPUT] = POINT(NEIGH_OUTPUT, L3, BIRTH, FN("ip_finish_output2", 2)),
	[NP_PT_IP6_NEIGH_OUTPUT] = POINT(NEIGH_OUTPUT, L3, BIRTH, FN("ip6_finish_output2", 2)),
	[NP_PT_DEV_QUEUE] = POINT(DEV_QUEUE, STAMP, BIRTH, TP("net_dev_queue")),
	[NP_PT_DEV_XMIT] = POINT(DEV_XMIT, STAMP, LATE, TP("net_dev_start_xmit")),
	[NP_PT_NETIF_RX] = POINT(NETIF_RX, STAMP, BIRTH, TP("netif_rx")),
	[NP_PT_NETIF_RECEIVE_SKB] = POINT(NETIF_RECEIVE_SKB, STAMP, BIRTH,
					  TP("netif_receive_skb")),
	[NP_PT_IP4_RCV] = POINT(IP_RCV, L3, LATE, FN("ip_rcv_core", 0), FN("ip_rcv", 0)),
	[NP_PT_IP6_RCV] = POINT(IP_RCV, L3, LATE, FN("ip6_rcv_core", 0), FN("ipv6_rcv", 0)),
	[NP_PT_IP4_LOCAL_DELIVER] = POINT(IP_LOCAL_DELIVER, L3, LATE | EXTRA,
					  FN("ip_local_deliver", 0)),
	[NP_PT_IP6_LOCAL_DELIVER] = POINT(IP_LOCAL_DELIVER, L3, LATE | EXTRA,
					  FN("ip6_input", 0)),
	[NP_PT_TCP4_RCV] = POINT(TCP_RCV, L3, LATE, FN("tcp_v4_rcv", 0)),
	[NP_PT_TCP6_RCV] = POINT(TCP_RCV, L3, LATE, FN("tcp_v6_rcv", 0)),
	[NP_PT_UDP4_RCV] = POINT(UDP_RCV, L3, LATE, FN("udp_rcv", 0)),
	[NP_PT_UDP6_RCV] = POINT(UDP_RCV, L3, LATE, FN("udpv6_rcv", 0)),
	[NP_PT_TCP_ESTABLISHED] = POINT(TCP_ESTABLISHED, STAMP, 0, TP("tcp_probe"),
					FN("tcp_rcv_established", 1)),
	[NP_PT_ENQUEUE_TCP] = POINT(SOCK_ENQUEUE, STAMP, 0, FN("tcp_queue_rcv", 1)),
	[NP_PT_ENQUEUE_UDP] = POINT(SOCK_ENQUEUE, STAMP, 0, FN("__udp_enqueue_schedule_skb", 1)),
	[NP_PT_ENQUEUE_RAW] = POINT(SOCK_ENQUEUE, STAMP, 0, FN("__sock_queue_rcv_skb", 1)),
	[NP_PT_WAKEUP] = POINT(SOCK_WAKEUP, WAKE, 0, FN("sock_def_readable", 0)),
	[NP_PT_READ_COPY] = POINT(RECVMSG, READ, 0, TP("skb_copy_datagram_iovec"),
				  FN("skb_copy_datagram_iter", 0)),
	[NP_PT_READ_CSUM] = POINT(RECVMSG, READ, 0, FN("skb_copy_and_csum_datagram_msg", 0)),
	[NP_PT_READ_UDP] = POINT(RECVMSG, READ_DONE, NP_UDP_READ_FREES ? SKIP : 0,
				 FN("skb_consume_udp", 1)),
	[NP_PT_KFREE] = POINT(SKB_FREE, FREE, 0, TP("kfree_skb")),
	[NP_PT_CONSUME] = POINT(SKB_FREE, FREE, 0, TP("consume_skb")),
	[NP_PT_FREE_MEM] = POINT(SKB_FREE, FREE, 0, FN("kfree_skbmem", 0)),
	[NP_PT_FREE_NAPI] = POINT(SKB_FREE, FREE, 0, FN("napi_skb_cache_put", 0),
				  FN("__kfree_skb_defer", 0), FN("__napi_kfree_skb", 0)),
	/* the one reference is given away; another CPU may free it much later */
	[NP_PT_FREE_DEFER] = POINT(SKB_FREE, FREE, OPT, FN("skb_attempt_defer_free", 0)),
	/* inlined where napi_skb_cache_put() is not */
	[NP_PT_FREE_STOLEN] = POINT(SKB_FREE, FREE, OPT, FN("napi_skb_free_stolen_head", 0)),
	[NP_PT_FREE_PARTIAL] = POINT(SKB_FREE, PARTIAL, 0, FN2("kfree_skb_partial", 0, 1)),
	[NP_PT_CLONE] = POINT(SKB_CLONE, CLONE, 0, FN2("__copy_skb_header", 0, 1)),
	[NP_PT_SPLIT] = POINT(SKB_CLONE, SHARE, 0, FN2("skb_split", 0, 1)),
	[NP_PT_SEGMENT] = POINT(SKB_CLONE, SEGMENT, 0, FN("skb_segment", 0)),
	[NP_PT_FRAGMENT4] = POINT(SKB_CLONE, FRAGMENT, 0, FN2("ip_copy_metadata", 0, 1)),
	[NP_PT_FRAGMENT6] = POINT(SKB_CLONE, FRAGMENT, 0, FN2("ip6_copy_metadata", 0, 1)),
	[NP_PT_MERGE_COALESCE] = POINT(SKB_MERGE, COALESCE, 0, FN2("skb_try_coalesce", 0, 1)),
	[NP_PT_MERGE_GRO] = POINT(SKB_MERGE, MERGE, 0, FN2("skb_gro_receive", 0, 1)),
	[NP_PT_MERGE_GRO_LIST] = POINT(SKB_MERGE, MERGE, 0, FN2("skb_gro_receive_list", 0, 1)),
};

struct np_stage_identity {
	const char *name;
	const char *dir;
	const char *layer;
};

static const struct np_stage_identity np_stage_ids[NETPATH_STAGE_MAX] = {
#define S(id, _name, _dir, _layer) \
	[NETPATH_STAGE_##id] = { .name = _name, .dir = _dir, .layer = _layer },
	NP_STAGES(S)
#undef S
};

static const char * const np_outcomes[NETPATH_OUTCOME_MAX] = {
#define O(id, name) [NETPATH_OUTCOME_##id] = name,
	NP_OUTCOMES(O)
#undef O
};

/**
 * np_stage_name() - Name of a stage.
 * @stage: below NETPATH_STAGE_MAX
 *
 * Context: Any.
 */
const char *np_stage_name(unsigned int stage)
{
	return np_stage_ids[stage].name;
}

/**
 * np_stage_dir() - Direction of a stage: "tx", "rx" or "any".
 * @stage: below NETPATH_STAGE_MAX
 *
 * Context: Any.
 */
const char *np_stage_dir(unsigned int stage)
{
	return np_stage_ids[stage].dir;
}

/**
 * np_stage_layer() - Layer of a stage.
 * @stage: below NETPATH_STAGE_MAX
 *
 * Context: Any.
 */
const char *np_stage_layer(unsigned int stage)
{
	return np_stage_ids[stage].layer;
}

/**
 * np_outcome_name() - Name of an outcome.
 * @outcome: below NETPATH_OUTCOME_MAX
 *
 * Context: Any.
 */
const char *np_outcome_name(unsigned int outcome)
{
	return np_outcomes[outcome];
}

/* What happens to skbs must be seen whatever stages are wanted. */
static u64 np_stage_always(void)
{
	return BIT_ULL(NETPATH_STAGE_SKB_FREE) | BIT_ULL(NETPATH_STAGE_SKB_CLONE) |
	       BIT_ULL(NETPATH_STAGE_SKB_MERGE);
}

/**
 * np_stage_default_set() - Stages that are armed unless something else is said.
 *
 * Context: Any.
 * Return: One bit per &enum netpath_stage.
 */
u64 np_stage_default_set(void)
{
	unsigned int point;
	u64 set = 0;

	BUILD_BUG_ON(NETPATH_STAGE_MAX > 64);
	for (point = 0; point < NP_NR_POINTS; point++) {
		if (!(np_points[point].flags & NP_PT_EXTRA))
			set |= BIT_ULL(np_points[point].stage);
	}
	return set;
}

static u64 np_stage_named(const char *name, size_t len)
{
	unsigned int stage;

	if (len == 7 && !strncmp(name, "default", len))
		return np_stage_default_set();
	if (len == 3 && !strncmp(name, "all", len))
		return GENMASK_ULL(NETPATH_STAGE_MAX - 1, 1);
	for (stage = NETPATH_STAGE_NONE + 1; stage < NETPATH_STAGE_MAX; stage++) {
		if (strlen(np_stage_name(stage)) == len &&
		    !strncmp(np_stage_name(stage), name, len))
			return BIT_ULL(stage);
	}
	return 0;
}

/**
 * np_stage_parse_set() - Stages from their names.
 * @text: names separated by commas; "default" and "all" are sets
 * @set: result, one bit per &enum netpath_stage; unchanged on error
 * @bad: takes the name that is unknown
 * @size: of @bad in bytes
 *
 * Context: Any.
 * Return: 0 or -EINVAL.
 */
int np_stage_parse_set(const char *text, u64 *set, char *bad, size_t size)
{
	u64 result = 0, named;
	size_t len;

	for (;; text += len + 1) {
		len = strcspn(text, ",\n");
		named = np_stage_named(text, len);
		if (!named) {
			snprintf(bad, size, "%.*s", (int)len, text);
			return -EINVAL;
		}
		result |= named;
		if (text[len] != ',')
			break;
	}
	*set = result | np_stage_always();
	return 0;
}
