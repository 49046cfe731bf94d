/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_FAMILY_H
#define NP_FAMILY_H

#include <linux/skbuff.h>

struct np_slot;

struct np_slot *np_family_new(const void *skb, struct np_slot *slot);
void np_family_mark(struct np_slot *slot, struct np_slot *into);
void np_family_queued(struct np_slot *slot, const struct sk_buff *skb);
void np_family_child(const void *child, const void *parent);
void np_family_segment(const struct sk_buff *skb);
void np_family_fragment(const void *child, const struct sk_buff *parent);
void np_family_share(const void *parent, const struct sk_buff *child);
void np_family_merge(const void *into, const struct sk_buff *skb, bool certain);
void np_family_partial(const struct sk_buff *skb, bool dies);
void np_family_reassembled(const struct sk_buff *skb);
void np_family_adopt(struct np_slot *slot, const struct sk_buff *skb);
void np_family_length(struct np_slot *slot, const struct sk_buff *skb);
void np_family_alloc(const void *skb);

#endif /* NP_FAMILY_H */
