/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_FILTER_H
#define NP_FILTER_H

#include <linux/skbuff.h>

#include "np_stage.h"
#include "np_track.h"

void np_filter_judge(struct np_slot *slot, const struct sk_buff *skb, unsigned int offset);
void np_filter_judge_parent(struct np_slot *slot, const struct sk_buff *skb);
bool np_filter_rejects(struct np_slot *slot, const struct sk_buff *skb);

/**
 * np_filter_final() - Are the headers at an L3 stage those that a device sends or has received?
 * @stage: &enum netpath_stage of a point with NP_ACT_L3
 *
 * Before, lengths and checksums are not written yet, and netfilter, IPsec or
 * fragmentation may still make another packet of it.
 *
 * Context: Any.
 */
static __always_inline bool np_filter_final(unsigned int stage)
{
	return np_stage_received(stage) || stage == NETPATH_STAGE_NEIGH_OUTPUT;
}

/**
 * np_filter_offset() - Where the network header is at a stage.
 * @skb: packet
 * @stage: &enum netpath_stage
 *
 * Context: Any; caller owns the skb.
 * Return: Offset from skb->head.
 */
static inline unsigned int np_filter_offset(const struct sk_buff *skb, unsigned int stage)
{
	/* not set yet, but the driver has taken the link header off */
	if (stage == NETPATH_STAGE_NETIF_RX || stage == NETPATH_STAGE_NETIF_RECEIVE_SKB)
		return skb_headroom(skb);
	return skb->network_header;
}

#endif /* NP_FILTER_H */
