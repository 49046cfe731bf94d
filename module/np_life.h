/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_LIFE_H
#define NP_LIFE_H

#include <linux/skbuff.h>

#include "np_track.h"

void np_life_free(const struct sk_buff *skb);
void np_life_drop(const struct sk_buff *skb, u32 reason, unsigned long location);
void np_life_expired(struct np_slot *slot);
void np_life_reborn(struct np_slot *slot, const void *skb);
void np_life_read(const struct sk_buff *skb, int len);
void np_life_read_done(const struct sk_buff *skb);
void np_life_child(const void *child, const void *parent, u32 parent_state);
void np_life_share(const void *parent, const struct sk_buff *child);
void np_life_merge(const void *into, const void *skb, bool certain);
void np_life_partial(const struct sk_buff *skb, bool dies);
void np_life_collapse(struct sk_buff *skb, const struct sk_buff *tail, bool in_list);
void np_life_reassembled(const struct sk_buff *skb);
void np_life_adopt(struct np_slot *slot, const struct sk_buff *skb);
void np_life_alloc(const void *skb);

#endif /* NP_LIFE_H */
