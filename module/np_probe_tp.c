// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tracepoint probes.
 *
 * Most networking tracepoints are not exported to modules, so they are found
 * by name and registered untyped.  The compiler still compares each probe
 * with the tracepoint's prototype: NP_TPS() names both, and for each of its
 * rows the check is called that every trace header defines.
 */
#include "np_probe.h"

#include <linux/interrupt.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <trace/events/irq.h>
#include <trace/events/net.h>
#include <trace/events/skb.h>
#include <trace/events/tcp.h>

#include "compat/np_compat.h"
#include "compat/np_compat_tp.h"
#include "np_detail.h"
#include "np_life.h"
#include "np_path.h"
#include "np_poll.h"

static void np_tp_net_dev_queue(void *data, struct sk_buff *skb)
{
	this_cpu_inc(np_hits.count[NP_PT_DEV_QUEUE]);
	np_path_stamp_dev(skb, skb->dev, NETPATH_STAGE_DEV_QUEUE, NP_PT_BIRTH);
}

static void np_tp_net_dev_start_xmit(void *data, const struct sk_buff *skb,
				     const struct net_device *dev)
{
	this_cpu_inc(np_hits.count[NP_PT_DEV_XMIT]);
	np_path_stamp_dev(skb, dev, NETPATH_STAGE_DEV_XMIT, NP_PT_LATE);
}

/* A probe of its own, so that nobody pays for it whose stages do not need it. */
static void np_tp_net_dev_start_xmit_note(void *data, const struct sk_buff *skb,
					  const struct net_device *dev)
{
	this_cpu_inc(np_hits.count[NP_PT_DEV_XMIT_NOTE]);
	np_detail_xmit(skb);
}

static void np_tp_net_dev_xmit(void *data, struct sk_buff *skb, int rc,
			       struct net_device *dev, unsigned int skb_len)
{
	this_cpu_inc(np_hits.count[NP_PT_DEV_XMIT_DONE]);
	np_detail_xmit_done(skb);
}

static void np_tp_irq_handler_entry(void *data, int irq, struct irqaction *action)
{
	this_cpu_inc(np_hits.count[NP_PT_IRQ]);
	np_poll_irq(action->thread);
}

static void np_tp_softirq_raise(void *data, unsigned int vec)
{
	if (vec != NET_RX_SOFTIRQ)
		return;
	this_cpu_inc(np_hits.count[NP_PT_SOFTIRQ_RAISE]);
	np_poll_raise();
}

static void np_tp_napi_gro_receive_entry(void *data, const struct sk_buff *skb)
{
	this_cpu_inc(np_hits.count[NP_PT_DRIVER_GRO]);
	np_detail_driver_rx(skb);
}

static void np_tp_napi_gro_frags_entry(void *data, const struct sk_buff *skb)
{
	this_cpu_inc(np_hits.count[NP_PT_DRIVER_GRO_FRAGS]);
	np_detail_driver_rx(skb);
}

static void np_tp_netif_receive_skb_entry(void *data, const struct sk_buff *skb)
{
	this_cpu_inc(np_hits.count[NP_PT_DRIVER_RX]);
	np_detail_driver_rx(skb);
}

static void np_tp_netif_receive_skb_list_entry(void *data, const struct sk_buff *skb)
{
	this_cpu_inc(np_hits.count[NP_PT_DRIVER_RX_LIST]);
	np_detail_driver_rx(skb);
}

static void np_tp_netif_rx(void *data, struct sk_buff *skb)
{
	this_cpu_inc(np_hits.count[NP_PT_NETIF_RX]);
	np_path_stamp_dev(skb, skb->dev, NETPATH_STAGE_NETIF_RX, NP_PT_BIRTH);
}

static void np_tp_netif_receive_skb(void *data, struct sk_buff *skb)
{
	this_cpu_inc(np_hits.count[NP_PT_NETIF_RECEIVE_SKB]);
	np_path_stamp_dev(skb, skb->dev, NETPATH_STAGE_NETIF_RECEIVE_SKB, NP_PT_BIRTH);
}

static void np_tp_tcp_probe(NP_TCP_PROBE_ARGS)
{
	this_cpu_inc(np_hits.count[NP_PT_TCP_ESTABLISHED]);
	np_path_stamp(skb, NETPATH_STAGE_TCP_ESTABLISHED, 0);
}

static void np_tp_skb_copy_datagram_iovec(void *data, const struct sk_buff *skb, int len)
{
	this_cpu_inc(np_hits.count[NP_PT_READ_COPY]);
	np_life_read(skb, len);
}

static void np_tp_kfree_skb(NP_KFREE_SKB_ARGS)
{
	this_cpu_inc(np_hits.count[NP_PT_KFREE]);
	np_life_drop(skb, NP_KFREE_SKB_REASON, (unsigned long)location);
}

static void np_tp_consume_skb(NP_CONSUME_SKB_ARGS)
{
	this_cpu_inc(np_hits.count[NP_PT_CONSUME]);
	/* a hook for less where the next one sees the end as well */
	if (NP_TASK_CONSUME_FREES && in_task() && !in_softirq())
		return;
	np_life_consume(skb);
}

/*
 * Point, its tracepoint, and the probe.  One that does not fit its tracepoint
 * does not build.
 */
#define NP_TPS(T) \
	T(DEV_QUEUE, net_dev_queue, np_tp_net_dev_queue) \
	T(DEV_XMIT, net_dev_start_xmit, np_tp_net_dev_start_xmit) \
	T(DEV_XMIT_DONE, net_dev_xmit, np_tp_net_dev_xmit) \
	T(DEV_XMIT_NOTE, net_dev_start_xmit, np_tp_net_dev_start_xmit_note) \
	T(IRQ, irq_handler_entry, np_tp_irq_handler_entry) \
	T(SOFTIRQ_RAISE, softirq_raise, np_tp_softirq_raise) \
	T(DRIVER_GRO, napi_gro_receive_entry, np_tp_napi_gro_receive_entry) \
	T(DRIVER_GRO_FRAGS, napi_gro_frags_entry, np_tp_napi_gro_frags_entry) \
	T(DRIVER_RX, netif_receive_skb_entry, np_tp_netif_receive_skb_entry) \
	T(DRIVER_RX_LIST, netif_receive_skb_list_entry, np_tp_netif_receive_skb_list_entry) \
	T(NETIF_RX, netif_rx, np_tp_netif_rx) \
	T(NETIF_RECEIVE_SKB, netif_receive_skb, np_tp_netif_receive_skb) \
	T(TCP_ESTABLISHED, tcp_probe, np_tp_tcp_probe) \
	T(READ_COPY, skb_copy_datagram_iovec, np_tp_skb_copy_datagram_iovec) \
	T(KFREE, kfree_skb, np_tp_kfree_skb) \
	T(CONSUME, consume_skb, np_tp_consume_skb)

#define NP_TP_CHECK(_point, _name, _probe)	check_trace_callback_type_##_name(_probe),
#define NP_TP_ROW(_point, _name, _probe) \
	[NP_PT_##_point] = { .name = #_name, .probe = _probe },

/* Never called: for the compiler. */
static void __maybe_unused np_probe_tp_check_types(void)
{
	NP_TPS(NP_TP_CHECK) (void)0;
}

/**
 * struct np_tp - a typed probe.
 * @name: the tracepoint's
 * @probe: function, takes a void * and the tracepoint's arguments
 * @tp: the tracepoint, once found
 */
struct np_tp {
	const char		*name;
	void			*probe;
	struct tracepoint	*tp;
};

static struct np_tp np_tps[NP_NR_POINTS] = {
	NP_TPS(NP_TP_ROW)
};

struct np_tp_search {
	const char		*name;
	struct tracepoint	*found;
};

static void np_probe_tp_match(struct tracepoint *tp, void *priv)
{
	struct np_tp_search *search = priv;

	if (!strcmp(tp->name, search->name))
		search->found = tp;
}

/**
 * np_probe_tp_exists() - Does this kernel have a tracepoint?
 * @point: point whose probe is to be attached
 * @name: of the tracepoint
 *
 * Context: Process; session mutex held.
 */
bool np_probe_tp_exists(unsigned int point, const char *name)
{
	struct np_tp_search search = { .name = name };

	if (WARN_ON_ONCE(!np_tps[point].name || strcmp(np_tps[point].name, name)))
		return false;
	for_each_kernel_tracepoint(np_probe_tp_match, &search);
	np_tps[point].tp = search.found;
	return search.found;
}

/**
 * np_probe_tp_arm() - Attach the probe of a point to its tracepoint.
 * @point: for which np_probe_tp_exists() said yes
 *
 * Context: Process, may sleep; session mutex held.
 * Return: 0 or a negative errno.
 */
int np_probe_tp_arm(unsigned int point)
{
	return tracepoint_probe_register(np_tps[point].tp, np_tps[point].probe, NULL);
}

/**
 * np_probe_tp_disarm() - Detach a probe; it may still be running.
 * @point: armed point
 *
 * Context: Process, may sleep; session mutex held.
 */
void np_probe_tp_disarm(unsigned int point)
{
	WARN_ON_ONCE(tracepoint_probe_unregister(np_tps[point].tp, np_tps[point].probe, NULL));
	np_probes[point].armed = false;
}

/**
 * np_probe_tp_sync() - Wait until no detached probe is running.
 *
 * Context: Process, sleeps for grace periods.
 */
void np_probe_tp_sync(void)
{
	tracepoint_synchronize_unregister();
}
