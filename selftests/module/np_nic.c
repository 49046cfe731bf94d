// SPDX-License-Identifier: GPL-2.0-only
/*
 * np_nic - two network devices, nic0 and nic1, at the ends of a wire.
 *
 * They do what drivers of hardware do and those of virtual machines do not, at
 * the test's command: NAPI, receive times, each way to hand packets to the
 * stack, several packets in one poll, a ring that is full, packets released
 * when they were sent and not before.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

#include "compat/np_compat_nic.h"

enum { NIC_RECEIVE, NIC_GRO, NIC_GRO_FRAGS };

/**
 * struct np_nic - an end of the wire.
 * @napi: polls it
 * @dev: its device
 * @peer: the other end
 * @wire: packets on their way to here, which are the other end's
 * @sent: packets of this end that have arrived there
 */
struct np_nic {
	struct napi_struct	napi;
	struct net_device	*dev;
	struct np_nic		*peer;
	struct sk_buff_head	wire;
	struct sk_buff_head	sent;
};

static struct np_nic *np_nics[2];

static int way = NIC_RECEIVE;
module_param(way, int, 0600);
MODULE_PARM_DESC(way, "0: netif_receive_skb, 1: napi_gro_receive, 2: napi_gro_frags");

static unsigned long stamp;
module_param(stamp, ulong, 0600);
MODULE_PARM_DESC(stamp, "receive time of the next packet in ns; each has one more; 0: none");

static unsigned int busy;
module_param(busy, uint, 0600);
MODULE_PARM_DESC(busy, "how many packets are to be refused");

static unsigned int refused;
module_param(refused, uint, 0400);
MODULE_PARM_DESC(refused, "how many were");

static bool hold;

static int np_nic_set_hold(const char *value, const struct kernel_param *param)
{
	int err = param_set_bool(value, param), i;

	if (err || hold)
		return err;
	rtnl_lock();
	local_bh_disable();
	for (i = 0; i < 2; i++) {
		if (np_nics[i] && netif_running(np_nics[i]->dev))
			napi_schedule(&np_nics[i]->napi);
	}
	local_bh_enable();
	rtnl_unlock();
	return 0;
}

static const struct kernel_param_ops np_nic_hold_ops = {
	.set = np_nic_set_hold,
	.get = param_get_bool,
};

module_param_cb(hold, &np_nic_hold_ops, &hold, 0600);
MODULE_PARM_DESC(hold, "packets stay on the wire; then all arrive in one poll");

static netdev_tx_t np_nic_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct np_nic *nic = netdev_priv(dev);

	if (busy) {
		busy--;
		refused++;
		return NETDEV_TX_BUSY;
	}
	skb_orphan(skb);
	skb_queue_tail(&nic->peer->wire, skb);
	if (!hold)
		napi_schedule(&nic->peer->napi);
	return NETDEV_TX_OK;
}

/* What the NIC tells beside the data. */
static void np_nic_describe(struct sk_buff *skb, const struct sk_buff *sent)
{
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	if (skb_vlan_tag_present(sent))
		__vlan_hwaccel_put_tag(skb, sent->vlan_proto, skb_vlan_tag_get(sent));
	if (stamp)
		skb_hwtstamps(skb)->hwtstamp = ns_to_ktime(stamp++);
}

static bool np_nic_receive_frags(struct np_nic *nic, const struct sk_buff *sent)
{
	struct sk_buff *skb = napi_get_frags(&nic->napi);
	struct page *page = skb && sent->len <= PAGE_SIZE ? alloc_page(GFP_ATOMIC) : NULL;

	if (!page || skb_copy_bits(sent, 0, page_address(page), sent->len))
		return false;
	skb_add_rx_frag(skb, 0, page, 0, sent->len, PAGE_SIZE);
	np_nic_describe(skb, sent);
	napi_gro_frags(&nic->napi);
	return true;
}

static bool np_nic_receive(struct np_nic *nic, const struct sk_buff *sent)
{
	struct sk_buff *skb;

	if (way == NIC_GRO_FRAGS)
		return np_nic_receive_frags(nic, sent);
	skb = napi_alloc_skb(&nic->napi, sent->len);
	if (!skb || skb_copy_bits(sent, 0, skb_put(skb, sent->len), sent->len)) {
		kfree_skb(skb);
		return false;
	}
	skb->protocol = eth_type_trans(skb, nic->dev);
	np_nic_describe(skb, sent);
	if (way == NIC_GRO)
		napi_gro_receive(&nic->napi, skb);
	else
		netif_receive_skb(skb);
	return true;
}

static int np_nic_poll(struct napi_struct *napi, int budget)
{
	struct np_nic *nic = container_of(napi, struct np_nic, napi);
	struct sk_buff *skb;
	int done = 0;

	while ((skb = skb_dequeue(&nic->sent)))
		napi_consume_skb(skb, budget);
	while (!hold && done < budget) {
		skb = skb_dequeue(&nic->wire);
		if (!skb)
			break;
		if (np_nic_receive(nic, skb))
			nic->dev->stats.rx_packets++;
		else
			nic->dev->stats.rx_dropped++;
		nic->peer->dev->stats.tx_packets++;
		skb_queue_tail(&nic->peer->sent, skb);
		napi_schedule(&nic->peer->napi);
		done++;
	}
	if (done < budget)
		napi_complete_done(napi, done);
	return done;
}

static int np_nic_open(struct net_device *dev)
{
	struct np_nic *nic = netdev_priv(dev);

	napi_enable(&nic->napi);
	netif_start_queue(dev);
	netif_carrier_on(dev);
	return 0;
}

static int np_nic_stop(struct net_device *dev)
{
	struct np_nic *nic = netdev_priv(dev);

	netif_carrier_off(dev);
	netif_stop_queue(dev);
	napi_disable(&nic->napi);
	skb_queue_purge(&nic->wire);
	skb_queue_purge(&nic->sent);
	return 0;
}

static const struct net_device_ops np_nic_ops = {
	.ndo_open		= np_nic_open,
	.ndo_stop		= np_nic_stop,
	.ndo_start_xmit		= np_nic_xmit,
	.ndo_set_mac_address	= eth_mac_addr,
	.ndo_validate_addr	= eth_validate_addr,
};

static struct np_nic *np_nic_create(int number)
{
	struct net_device *dev = alloc_etherdev(sizeof(struct np_nic));
	struct np_nic *nic;

	if (!dev)
		return NULL;
	nic = netdev_priv(dev);
	nic->dev = dev;
	skb_queue_head_init(&nic->wire);
	skb_queue_head_init(&nic->sent);
	snprintf(dev->name, sizeof(dev->name), "nic%d", number);
	eth_hw_addr_random(dev);
	dev->netdev_ops = &np_nic_ops;
	dev->hw_features = NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_FRAGLIST |
			   NETIF_F_HW_VLAN_CTAG_TX | NETIF_F_HW_VLAN_CTAG_RX;
	dev->features = dev->hw_features;
	dev->vlan_features = NETIF_F_SG | NETIF_F_HW_CSUM;
	np_napi_add(dev, &nic->napi, np_nic_poll);
	return nic;
}

static void np_nic_destroy(struct np_nic *nic)
{
	if (nic)
		free_netdev(nic->dev);
}

static int __init np_nic_init(void)
{
	struct np_nic *nic[2] = { np_nic_create(0), np_nic_create(1) };
	int err = -ENOMEM;

	if (!nic[0] || !nic[1])
		goto free_both;
	nic[0]->peer = nic[1];
	nic[1]->peer = nic[0];
	err = register_netdev(nic[0]->dev);
	if (err)
		goto free_both;
	err = register_netdev(nic[1]->dev);
	if (err)
		goto unregister_first;
	np_nics[0] = nic[0];
	np_nics[1] = nic[1];
	return 0;

unregister_first:
	unregister_netdev(nic[0]->dev);
free_both:
	np_nic_destroy(nic[0]);
	np_nic_destroy(nic[1]);
	return err;
}

static void __exit np_nic_exit(void)
{
	/* down together, as each gives the other work */
	rtnl_lock();
	dev_close(np_nics[0]->dev);
	dev_close(np_nics[1]->dev);
	unregister_netdevice(np_nics[0]->dev);
	unregister_netdevice(np_nics[1]->dev);
	rtnl_unlock();
	np_nic_destroy(np_nics[0]);
	np_nic_destroy(np_nics[1]);
}

module_init(np_nic_init);
module_exit(np_nic_exit);

MODULE_DESCRIPTION("two network devices at the ends of a wire, for tests");
MODULE_LICENSE("GPL");
