/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_COLLAPSE_H
#define NP_COLLAPSE_H

#include <linux/rbtree.h>
#include <linux/skbuff.h>

#include "np_track.h"

/**
 * struct np_collapse - one call of tcp_collapse().
 * @list: queue that the segments are in, or NULL
 * @root: otherwise, tree that they are in
 * @heap: segments
 */
struct np_collapse {
	struct sk_buff_head	*list;
	struct rb_root		*root;
	struct np_heap		heap;
};

void np_collapse_begin(struct np_collapse *call, struct sk_buff_head *list, struct rb_root *root,
		       struct sk_buff *skb, const struct sk_buff *tail);
void np_collapse_end(struct np_collapse *call);

#endif /* NP_COLLAPSE_H */
