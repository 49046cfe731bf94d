/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arguments of tracepoint probes that differ between kernels.  The check
 * beside a probe's registration turns any further drift into a build error.
 */
#ifndef NP_COMPAT_TP_H
#define NP_COMPAT_TP_H

#include <linux/version.h>
#include <net/sch_generic.h>

struct sk_buff;
struct sock;

/*
 * Some kernel after 6.12 and before 7.3 gave qdiscs reasons of their own, which
 * packets carry, while skb:kfree_skb has one reason for all of these.
 */
#ifdef DEFINE_QDISC_DROP_REASON
static inline u32 np_kfree_skb_reason(const struct sk_buff *skb, u32 reason)
{
	u32 detail;

	if (reason != SKB_DROP_REASON_QDISC_DROP)
		return reason;
	detail = tcf_get_qdisc_drop_reason(skb);
	return detail > __QDISC_DROP_REASON && detail < QDISC_DROP_MAX ? detail : reason;
}
#else
#define np_kfree_skb_reason(skb, reason)	(reason)
#endif

/*
 * skb:kfree_skb took a reason in 5.17, the receiving socket in 6.11, const
 * since 7.0.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 17, 0)
#define NP_KFREE_SKB_ARGS \
	void *data, struct sk_buff *skb, void *location
#define NP_KFREE_SKB_REASON	0
#elif LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
#define NP_KFREE_SKB_ARGS \
	void *data, struct sk_buff *skb, void *location, \
	enum skb_drop_reason reason
#define NP_KFREE_SKB_REASON	reason
#elif LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
#define NP_KFREE_SKB_ARGS \
	void *data, struct sk_buff *skb, void *location, \
	enum skb_drop_reason reason, struct sock *rx_sk
#define NP_KFREE_SKB_REASON	reason
#else
#define NP_KFREE_SKB_ARGS \
	void *data, struct sk_buff *skb, void *location, \
	enum skb_drop_reason reason, const struct sock *rx_sk
#define NP_KFREE_SKB_REASON	np_kfree_skb_reason(skb, reason)
#endif

/* skb:consume_skb took a location in 6.4. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
#define NP_CONSUME_SKB_ARGS	void *data, struct sk_buff *skb
#else
#define NP_CONSUME_SKB_ARGS	void *data, struct sk_buff *skb, void *location
#endif

/* tcp:tcp_probe takes a const skb since 7.0. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
#define NP_TCP_PROBE_ARGS	void *data, struct sock *sk, struct sk_buff *skb
#else
#define NP_TCP_PROBE_ARGS	void *data, struct sock *sk, const struct sk_buff *skb
#endif

#endif /* NP_COMPAT_TP_H */
