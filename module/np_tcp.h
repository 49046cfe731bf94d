/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_TCP_H
#define NP_TCP_H

#include <linux/skbuff.h>

struct np_slot;
struct sock;

void np_tcp_call(const struct sock *sk);
void np_tcp_inherit(struct np_slot *child, const struct np_slot *parent);
void np_tcp_first_byte(struct np_slot *slot);
void np_tcp_split(struct np_slot *child, const struct np_slot *parent, const struct sk_buff *skb);
void np_tcp_shift(const void *into, const struct sk_buff *skb, unsigned int len);
void np_tcp_transmit(struct np_slot *slot, const struct sk_buff *skb, const struct sock *sk);
u32 np_tcp_ahead(const struct sk_buff *skb, const struct sock *sk);
bool np_tcp_read_end(const struct sk_buff *skb, int len, u32 *end);

#endif /* NP_TCP_H */
