/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_DETAIL_H
#define NP_DETAIL_H

struct np_target;
struct sk_buff;

void np_detail_hit(const struct np_target *target, void *arg, unsigned long arg2);
void np_detail_driver_rx(const struct sk_buff *skb);
void np_detail_xmit(const struct sk_buff *skb);
void np_detail_xmit_done(const void *skb);

#endif /* NP_DETAIL_H */
