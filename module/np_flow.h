/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_FLOW_H
#define NP_FLOW_H

#include <linux/netpath.h>
#include <linux/skbuff.h>

bool np_flow_read(struct netpath_packet *pkt, const struct sk_buff *skb, bool received);

#endif /* NP_FLOW_H */
