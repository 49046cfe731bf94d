// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP, short of memory, copies segments of a receive queue into fewer skbs.
 *
 * No hook sees what is copied where.  So the segments are marked before, keep
 * their journeys when their skbs are freed meanwhile, and are hung to the new
 * skbs afterwards, which are those in the queue that nobody knows, by
 * sequence number.
 *
 * Same contexts and rules as np_path.c; the socket is locked.
 */
#include "np_collapse.h"

#include <net/tcp.h>

#include "np_family.h"
#include "np_life.h"

static struct sk_buff *np_collapse_first(const struct np_collapse *call)
{
	return call->list ? skb_peek(call->list) : skb_rb_first(call->root);
}

static struct sk_buff *np_collapse_next(const struct np_collapse *call, struct sk_buff *skb)
{
	return call->list ? skb_peek_next(skb, call->list) : skb_rb_next(skb);
}

/**
 * np_collapse_begin() - TCP is about to copy part of a receive queue into fewer skbs.
 * @call: to be filled, for np_collapse_end()
 * @list: queue, or NULL
 * @root: otherwise, tree
 * @skb: first of them
 * @tail: the one behind the last, or NULL
 *
 * Context: Any; the socket is locked.
 */
void np_collapse_begin(struct np_collapse *call, struct sk_buff_head *list, struct rb_root *root,
		       struct sk_buff *skb, const struct sk_buff *tail)
{
	struct np_slot *slot;

	call->list = list;
	call->root = root;
	call->heap.ghosts = NULL;
	call->heap.alive = 0;
	for (; skb && skb != tail; skb = np_collapse_next(call, skb)) {
		slot = np_track_find_slow(skb);
		if (!slot)
			continue;
		np_family_queued(slot, skb);
		np_family_mark(slot, NULL);
		slot->heap = &call->heap;
		slot->state |= NP_SLOT_COLLAPSED;
		call->heap.alive++;
	}
}

/* Take those whose first byte is before @end out of the heap; the earliest is the first. */
static struct np_slot *np_collapse_take(struct np_heap *heap, u32 end)
{
	struct np_slot **from = &heap->ghosts, *taken = NULL, *ghost;

	while ((ghost = *from)) {
		if (!before(ghost->ident.tcp_seq, end)) {
			from = &ghost->into;
			continue;
		}
		*from = ghost->into;
		if (!taken || before(ghost->ident.tcp_seq, taken->ident.tcp_seq)) {
			ghost->into = taken;
			taken = ghost;
		} else {
			ghost->into = taken->into;
			taken->into = ghost;
		}
	}
	return taken;
}

/* Which of them has this byte? */
static struct np_slot *np_collapse_holder(struct np_slot *ghosts, u32 seq)
{
	for (; ghosts; ghosts = ghosts->into)
		if (!after(ghosts->ident.tcp_seq, seq) && before(seq, ghosts->end_seq))
			break;
	return ghosts;
}

/*
 * A new skb has the data of all that are gone and begin before its end; or, if none of them does,
 * some of what had no room in the new skb before it: @rest, which went there.
 * Return: one that it has no room for all of, or NULL.
 */
static struct np_slot *np_collapse_hang(struct np_heap *heap, const struct sk_buff *skb,
					struct np_slot *rest)
{
	u32 seq = TCP_SKB_CB(skb)->seq, end = TCP_SKB_CB(skb)->end_seq;
	struct np_slot *ghosts = np_collapse_take(heap, end), *first, *slot, *ghost;

	if (rest && (before(seq, rest->ident.tcp_seq) || !before(seq, rest->end_seq)))
		rest = NULL;
	first = ghosts ? ghosts : rest;
	if (!first)
		return NULL;
	slot = np_family_new(skb, np_track_find_slow(skb));
	if (!slot) {
		np_life_end_merged(ghosts);
		return NULL;
	}
	np_slot_inherit(slot, first);
	slot->ident.flags |= NETPATH_F_CLONE;
	slot->ident.tcp_seq = seq;
	slot->end_seq = end;
	/* as if it had been received as one */
	slot->ident.ip_len += skb->len - (first->end_seq - first->ident.tcp_seq);
	if (!ghosts)
		return before(end, rest->end_seq) ? rest : NULL;
	slot->ghosts = ghosts;
	slot->state |= NP_SLOT_GHOSTS;
	for (ghost = ghosts; ghost; ghost = ghost->into) {
		/* otherwise into one that went here now */
		if (!ghost->ident.merged_id)
			ghost->ident.merged_id = slot->ident.id;
	}
	return np_collapse_holder(ghosts, end);
}

/**
 * np_collapse_end() - TCP has copied part of a receive queue into fewer skbs.
 * @call: filled by np_collapse_begin()
 *
 * Context: Any; the socket is locked.
 */
void np_collapse_end(struct np_collapse *call)
{
	struct np_heap *heap = &call->heap;
	struct np_slot *slot, *rest = NULL;
	struct sk_buff *skb;

	for (skb = np_collapse_first(call); skb && (heap->alive || heap->ghosts || rest);
	     skb = np_collapse_next(call, skb)) {
		slot = np_track_find_slow(skb);
		if (!slot || np_life_only_allocated(slot)) {
			rest = np_collapse_hang(heap, skb, rest);
			continue;
		}
		rest = NULL;
		if (slot->state & NP_SLOT_COLLAPSED && slot->heap == heap) {
			/* it stays as it was */
			slot->state &= ~(NP_SLOT_COLLAPSED | NP_SLOT_MERGED);
			heap->alive--;
		}
	}
	/* there was no room for that which they went into */
	np_life_end_merged(heap->ghosts);
}
