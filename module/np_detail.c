// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stages that are off by default and know more than the packet: which hook of
 * netfilter, which qdisc, which VLAN.
 *
 * Same contexts and rules as np_path.c.
 */
#include "np_detail.h"

#include <linux/if_vlan.h>
#include <linux/netfilter.h>
#include <net/neighbour.h>
#include <net/sch_generic.h>
#include <net/sock.h>

#include "np_path.h"
#include "np_poll.h"
#include "np_sock.h"
#include "np_tcp.h"

static struct np_slot *np_detail_slot(const struct sk_buff *skb, unsigned int flags)
{
	struct np_slot *slot = np_track_find(skb);

	return slot ? slot : np_path_birth(skb, flags);
}

/* The hit belongs to another stage of this hook than the one that counted it. */
static void np_detail_count_as(const struct np_target *target, unsigned int point)
{
	if (target->point == point)
		return;
	this_cpu_dec(np_hits.count[target->point]);
	this_cpu_inc(np_hits.count[point]);
}

static void np_detail_shared(const struct np_target *target, unsigned int point,
			     const struct sk_buff *skb, u32 detail)
{
	struct np_slot *slot;

	if (!np_stage_wanted(np_points[point].stage)) {
		this_cpu_dec(np_hits.count[target->point]);
		return;
	}
	np_detail_count_as(target, point);
	slot = np_detail_slot(skb, np_points[point].flags);
	if (!slot)
		return;
	if (slot->pending & NP_NEED_FLOW && np_points[point].stage != NETPATH_STAGE_TC_INGRESS)
		np_path_flow(slot, skb, false);
	np_track_detail(slot, np_points[point].stage, detail);
}

static void np_detail_nf(const struct np_target *target, const struct sk_buff *skb,
			 const struct nf_hook_state *state)
{
	static const u8 points[] = {
		[NF_INET_PRE_ROUTING]	= NP_PT_NF_PRE_ROUTING,
		[NF_INET_LOCAL_IN]	= NP_PT_NF_LOCAL_IN,
		[NF_INET_FORWARD]	= NP_PT_NF_FORWARD,
		[NF_INET_LOCAL_OUT]	= NP_PT_NF_LOCAL_OUT,
		[NF_INET_POST_ROUTING]	= NP_PT_NF_POST_ROUTING,
	};

	/* ARP and devices have hooks of other meanings */
	if (state->hook >= ARRAY_SIZE(points) || state->pf == NFPROTO_ARP ||
	    state->pf == NFPROTO_NETDEV) {
		this_cpu_dec(np_hits.count[target->point]);
		return;
	}
	np_detail_shared(target, points[state->hook], skb, state->pf);
}

static void np_detail_tc(const struct np_target *target, const struct sk_buff *skb)
{
	struct np_slot *slot = np_track_find(skb);

	/* a filter that moves the packet to another device is the last to see this one */
	if (slot && slot->dev != skb->dev)
		np_track_dev(slot, skb->dev, skb->protocol);
	if (target->point == NP_PT_TC_EGRESS_APART)
		np_detail_shared(target, NP_PT_TC_EGRESS_APART, skb, 0);
	else
		np_detail_shared(target, skb_at_tc_ingress(skb) ? NP_PT_TC_INGRESS :
				 NP_PT_TC_EGRESS, skb, 0);
	/* the next stage on this device is to search, and so to look at what is pending */
	if (slot && slot->pending & (NP_NEED_FILTER | NP_NEED_WRITER))
		this_cpu_write(np_cpu.last, &np_no_slot);
}

static void np_detail_vlan(const struct np_target *target, struct sk_buff *skb)
{
	struct np_slot *slot = np_detail_slot(skb, target->flags);

	if (!slot)
		return;
	slot->pending |= NP_NEED_DEV;
	slot->ident.flags |= NETPATH_F_VLAN;
	slot->ident.vlan_tci = skb_vlan_tag_get(skb);
	np_track_detail(slot, NETPATH_STAGE_VLAN_RX, skb_vlan_tag_get_id(skb));
}

static void np_detail_vlan_tx(const struct sk_buff *skb, const struct net_device *dev)
{
	struct np_slot *slot = np_track_find(skb);
	u16 id = vlan_dev_vlan_id(dev);

	if (!slot)
		return;
	slot->ident.flags |= NETPATH_F_VLAN;
	slot->ident.vlan_tci = id;
	np_track_detail(slot, NETPATH_STAGE_VLAN_TX, id);
}

static void np_detail_enqueue(const struct np_target *target, const struct sk_buff *skb,
			      const struct sock *sk)
{
	bool queue = np_stage_wanted(NETPATH_STAGE_SOCK_ENQUEUE);
	bool fill = np_stage_wanted(NETPATH_STAGE_RCVBUF);
	struct np_slot *slot = np_track_find(skb);

	if (fill)
		this_cpu_inc(np_hits.count[target->point == NP_PT_ENQUEUE_TCP ? NP_PT_RCVBUF_TCP :
					   target->point == NP_PT_ENQUEUE_UDP ? NP_PT_RCVBUF_UDP :
					   NP_PT_RCVBUF_RAW]);
	if (!queue)
		this_cpu_dec(np_hits.count[target->point]);
	if (!slot)
		return;
	slot->ident.reader_cookie = np_sock_cookie(sk);
	if (fill)
		np_track_detail(slot, NETPATH_STAGE_RCVBUF, atomic_read(&sk->sk_rmem_alloc));
	if (queue)
		np_track_stamp(slot, NETPATH_STAGE_SOCK_ENQUEUE);
}

static void np_detail_qdisc_kind(struct np_slot *slot, const struct Qdisc *qdisc)
{
	BUILD_BUG_ON(sizeof(slot->extra.qdisc) != IFNAMSIZ);
	memcpy(np_slot_extra(slot)->qdisc, qdisc->ops->id, IFNAMSIZ);
}

static void np_detail_qdisc(const struct sk_buff *skb, const struct Qdisc *qdisc)
{
	struct np_slot *slot = np_track_find(skb);

	if (!slot)
		return;
	/* on kernels where every qdisc of a hierarchy is hooked: the first counts */
	if (np_track_last(slot) == NETPATH_STAGE_QDISC_ENQUEUE)
		return;
	np_detail_qdisc_kind(slot, qdisc);
	np_track_detail(slot, NETPATH_STAGE_QDISC_ENQUEUE, qdisc->handle);
}

static void np_detail_qdisc_xmit(const struct sk_buff *skb, const struct Qdisc *qdisc)
{
	struct np_slot *slot;
	bool bypass;

	for (; skb; skb = skb->next) {
		slot = np_track_find(skb);
		if (!slot)
			continue;
		bypass = np_stage_wanted(NETPATH_STAGE_QDISC_ENQUEUE) &&
			 np_track_last(slot) == NETPATH_STAGE_DEV_QUEUE;
		if (bypass)
			np_detail_qdisc_kind(slot, qdisc);
		np_track_detail(slot, NETPATH_STAGE_QDISC_XMIT, bypass);
	}
}

static void np_detail_tx_done(const struct np_target *target, const struct sk_buff *skb)
{
	struct np_slot *slot = np_track_find(skb);

	if (slot && np_track_last(slot) == NETPATH_STAGE_DEV_XMIT)
		np_track_stamp(slot, NETPATH_STAGE_TX_COMPLETE);
	else
		this_cpu_dec(np_hits.count[target->point]);
}

static void np_detail_lookup(const struct np_target *target, const struct sk_buff *skb,
			     const struct sock *sk)
{
	struct np_slot *slot = np_track_find(skb);

	/* from the backlog: it was found before */
	if (!slot || np_track_last(slot) == NETPATH_STAGE_SOCK_LOOKUP ||
	    np_track_last(slot) == NETPATH_STAGE_TCP_BACKLOG)
		return;
	slot->ident.reader_cookie = np_sock_cookie(sk);
	if (np_stage_wanted(NETPATH_STAGE_SOCK_LOOKUP))
		np_track_detail(slot, NETPATH_STAGE_SOCK_LOOKUP,
				sk->sk_protocol == IPPROTO_TCP ? READ_ONCE(sk->sk_state) : 0);
	if (target->stage == NETPATH_STAGE_TCP_BACKLOG)
		np_track_stamp(slot, NETPATH_STAGE_TCP_BACKLOG);
}

static void np_detail_polled(const struct np_target *target, const struct sk_buff *skb)
{
	struct np_slot *slot;

	if (np_stage_wanted(NETPATH_STAGE_NAPI_POLL))
		np_poll_packet(skb);
	else
		this_cpu_dec(np_hits.count[target->point]);
	if (target->point != NP_PT_NAPI_GRO || !np_stage_wanted(NETPATH_STAGE_GRO_RECEIVE))
		return;
	this_cpu_inc(np_hits.count[NP_PT_GRO_RECEIVE]);
	slot = np_detail_slot(skb, NP_PT_BIRTH);
	if (!slot)
		return;
	if (slot->dev != skb->dev)
		np_track_dev(slot, skb->dev, skb->protocol);
	np_track_stamp(slot, NETPATH_STAGE_GRO_RECEIVE);
}

/**
 * np_detail_driver_rx() - A driver hands a packet to the stack.
 * @skb: packet
 *
 * Context: Any; caller owns the skb.
 */
void np_detail_driver_rx(const struct sk_buff *skb)
{
	ktime_t hw = skb_shinfo(skb)->hwtstamps.hwtstamp;
	struct np_slot *slot;

	slot = np_detail_slot(skb, NP_PT_BIRTH);
	if (!slot)
		return;
	if (unlikely(hw))
		np_slot_extra(slot)->hw_time = ktime_to_ns(hw);
	if (slot->dev != skb->dev)
		np_track_dev(slot, skb->dev, skb->protocol);
	np_track_stamp(slot, NETPATH_STAGE_DRIVER_RX);
}

/**
 * np_detail_xmit() - A packet is given to a driver.
 * @skb: packet
 *
 * Context: Any, bottom halves off; caller owns the skb.
 */
void np_detail_xmit(const struct sk_buff *skb)
{
	struct np_slot *slot = np_track_find(skb);
	const void *sent = slot ? skb : NULL;
	u16 id = slot ? slot->ident.id : 0;

	if (slot && !(slot->state & NP_SLOT_DONE)) {
		WRITE_ONCE(slot->done, 0);	/* as np_track_done() */
		slot->state |= NP_SLOT_DONE;
	}
	this_cpu_write(np_cpu.xmit_skb, sent);
	this_cpu_write(np_cpu.xmit_slot, slot);
	this_cpu_write(np_cpu.xmit_id, id);
}

/**
 * np_detail_xmit_done() - The driver's function returned.
 * @skb: address of the packet, which may be gone; compared, not dereferenced
 *
 * Context: Any, bottom halves off.
 */
void np_detail_xmit_done(const void *skb)
{
	if (this_cpu_read(np_cpu.xmit_skb) == skb)
		np_track_done(this_cpu_read(np_cpu.xmit_slot), this_cpu_read(np_cpu.xmit_id),
			      np_now());
}

/**
 * np_detail_hit() - A hooked function whose stage has a detail was entered.
 * @target: what to do
 * @arg: its argument by the table of points
 * @arg2: its second one
 *
 * Context: Any; caller owns the skb among the arguments.
 */
void np_detail_hit(const struct np_target *target, void *arg, unsigned long arg2)
{
	struct np_slot *slot;

	switch (target->act) {
	case NP_ACT_NF:
		np_detail_nf(target, arg, (const struct nf_hook_state *)arg2);
		break;
	case NP_ACT_TC:
		np_detail_tc(target, arg);
		break;
	case NP_ACT_VLAN:
		np_detail_vlan(target, *(struct sk_buff **)arg);
		break;
	case NP_ACT_VLAN_TX:
		np_detail_vlan_tx(arg, (const struct net_device *)arg2);
		break;
	case NP_ACT_ENQUEUE:
		np_detail_enqueue(target, arg, (const struct sock *)arg2);
		break;
	case NP_ACT_QDISC:
		np_detail_qdisc(arg, (const struct Qdisc *)arg2);
		break;
	case NP_ACT_QDISC_XMIT:
		np_detail_qdisc_xmit(arg, (const struct Qdisc *)arg2);
		break;
	case NP_ACT_TX_DONE:
		np_detail_tx_done(target, arg);
		break;
	case NP_ACT_LOOKUP:
		np_detail_lookup(target, arg, (const struct sock *)arg2);
		break;
	case NP_ACT_POLL:
		np_poll_begin();
		break;
	case NP_ACT_POLLED:
		np_detail_polled(target, arg);
		break;
	case NP_ACT_NEIGH:
		slot = np_track_find(arg);
		if (slot)
			np_track_detail(slot, target->stage,
					READ_ONCE(((const struct neighbour *)arg2)->nud_state));
		break;
	case NP_ACT_TCP_DATA:
		slot = np_track_find(arg);
		if (slot)
			np_track_detail(slot, target->stage,
					np_tcp_ahead(arg, (const struct sock *)arg2));
		break;
	case NP_ACT_FRAG_QUEUE:
		slot = np_track_find(arg);
		if (slot && np_track_last(slot) != target->stage)
			np_track_stamp(slot, target->stage);
		break;
	case NP_ACT_DETAIL:
		slot = np_detail_slot(arg, target->flags);
		if (slot)
			np_track_detail(slot, target->stage, (u32)arg2);
		break;
	}
}
