// SPDX-License-Identifier: GPL-2.0-only
/*
 * How an skb turns into another: clones, segments, fragments and what becomes
 * of them, merges by GRO, TCP and reassembly.
 *
 * Same contexts and rules as np_path.c.
 */
#include "np_family.h"

#include <linux/in.h>
#include <net/tcp.h>

#include "np_filter.h"
#include "np_life.h"
#include "np_tcp.h"

/**
 * np_family_mark() - It was merged, if it dies next.
 * @slot: slot of the one that disappears
 * @into: slot of the other; NULL: it has none
 *
 * Context: Any; caller owns the packet.
 */
void np_family_mark(struct np_slot *slot, struct np_slot *into)
{
	slot->ident.merged_id = into ? into->ident.id : 0;
	slot->into = into;
	slot->state &= ~NP_SLOT_SPLIT;
	slot->state |= NP_SLOT_MERGED;
	slot->merge_nr = np_track_nr(slot);
	slot->merge_time = np_now();
}

/* It was cut up, if it dies next. */
static void np_family_mark_split(struct np_slot *slot)
{
	slot->state &= ~NP_SLOT_MERGED;
	slot->state |= NP_SLOT_SPLIT;
	slot->merge_nr = np_track_nr(slot);
}

static bool np_family_is_split(const struct np_slot *slot)
{
	return slot->state & NP_SLOT_SPLIT && slot->merge_nr == np_track_nr(slot);
}

/* Before it is cut up, what the filter says of the whole. */
static void np_family_judge(struct np_slot *slot, const struct sk_buff *skb)
{
	if (unlikely(slot->state & NP_SLOT_UNJUDGED))
		np_filter_judge_parent(slot, skb);
}

/**
 * np_family_new() - The slot of an skb that is being made.
 * @skb: skb
 * @slot: what its address has now, or NULL
 *
 * Context: Any; caller owns it.
 * Return: A slot to be filled; NULL if it is another packet's or there is no room.
 */
struct np_slot *np_family_new(const void *skb, struct np_slot *slot)
{
	if (!slot)
		return np_track_birth(skb, true);
	if (!np_life_only_allocated(slot))
		return NULL;
	slot->state &= ~NP_SLOT_ALLOC;
	return slot;
}

/* Part of a packet: its length is not final here, but where it is sent. */
static void np_family_part(struct np_slot *slot)
{
	slot->ident.flags |= NETPATH_F_CLONE;
	slot->pending |= NP_NEED_LEN;
}

/**
 * np_family_child() - An skb is made from another.
 * @child: the new one
 * @parent: the one that it is made from; unknown ones are ignored
 *
 * Context: Any; caller owns both.
 */
void np_family_child(const void *child, const void *parent)
{
	struct np_slot *from = np_track_find(parent), *old, *to;

	if (!from)
		return;
	old = np_track_find_slow(child);
	to = np_family_new(child, old);
	if (!to) {
		/*
		 * skb_morph() gives an existing packet another header: it
		 * stays who it is, and the other one goes, if it does so now.
		 * So does a segment that was received as one.
		 */
		if (old && !np_family_is_split(from))
			np_family_mark(from, old);
		return;
	}
	np_slot_inherit(to, from);
	if (unlikely(from->calls))
		np_tcp_inherit(to, from);
	if (np_family_is_split(from)) {
		np_family_part(to);
		/* not the shortcut of this CPU, so that np_path_dev_slow() sees it */
		this_cpu_write(np_cpu.last, from);
	} else if (!(from->state & NP_SLOT_ORIGIN)) {
		to->ident.flags |= NETPATH_F_CLONE;
	} else {
		if (from->ident.parent_id)
			to->ident.parent_id = from->ident.parent_id;
		if (!from->children)
			to->counted = 0;
		else
			to->ident.flags |= NETPATH_F_RETRANS;
		if (from->children < U8_MAX)
			from->children++;
	}
}

/**
 * np_family_segment() - A packet is being cut into segments.
 * @skb: packet; unknown ones are ignored
 *
 * Context: Any; caller owns it.
 */
void np_family_segment(const struct sk_buff *skb)
{
	struct np_slot *slot = np_track_find(skb);

	if (!slot)
		return;
	np_family_judge(slot, skb);
	np_family_mark_split(slot);
}

/**
 * np_family_fragment() - A fragment is made from a packet.
 * @child: the fragment
 * @parent: the packet, or the fragment before; unknown ones are ignored
 *
 * A packet that is a list of fragments already goes on as the first of them,
 * and each of the others gets its header from the one before.
 *
 * Context: Any; caller owns both.
 */
void np_family_fragment(const void *child, const struct sk_buff *parent)
{
	struct np_slot *from = np_track_find(parent), *to;
	u64 parent_id;

	if (!from)
		return;
	np_family_judge(from, parent);
	parent_id = from->ident.id;
	if (from->state & NP_SLOT_FRAGMENT && np_track_nr(from) == from->counted + 1)
		parent_id = from->ident.parent_id;
	else
		np_family_mark_split(from);
	to = np_family_new(child, np_track_find_slow(child));
	from->pending |= NP_NEED_LEN;
	if (!to)
		return;
	np_slot_inherit(to, from);
	np_family_part(to);
	to->ident.parent_id = parent_id;
	to->state |= NP_SLOT_FRAGMENT;
}

/**
 * np_family_share() - TCP cuts its write-queue data in two.
 * @parent: the first half; unknown ones are ignored
 * @child: the second half, which comes from the same call
 *
 * Context: Any; caller owns both.
 */
void np_family_share(const void *parent, const struct sk_buff *child)
{
	struct np_slot *from = np_track_find(parent), *to;

	if (!from)
		return;
	to = np_family_new(child, np_track_find_slow(child));
	if (!to)
		return;
	np_slot_inherit(to, from);
	to->state = from->state & (NP_SLOT_ORIGIN | NP_SLOT_EXTRA | NP_SLOT_UNJUDGED |
				   NP_SLOT_REJECTED);
	to->children = from->children;
	if (from->state & NP_SLOT_ORIGIN)
		np_tcp_split(to, from, child);
}

/**
 * np_family_merge() - An skb may be merged into another.
 * @into: the other
 * @skb: the one that may disappear; unknown ones are ignored
 * @certain: it is merged if it dies next; otherwise np_family_partial() follows
 *	if it was
 *
 * Context: Any; caller owns both.
 */
void np_family_merge(const void *into, const struct sk_buff *skb, bool certain)
{
	struct np_slot *slot = np_track_find(skb), *absorber;

	if (!slot)
		return;
	/* GRO comes before the stages that look at headers, and nobody can once it is merged */
	if (certain && unlikely(slot->pending & NP_NEED_FILTER))
		np_filter_judge(slot, skb, skb_headroom(skb));
	if (certain && slot->pending & NP_NEED_FLOW && np_flow_read(&slot->ident, skb, true))
		slot->pending &= ~NP_NEED_FLOW;
	/* by GRO, before any stage on the device that it was received by */
	if (certain && slot->dev != skb->dev)
		np_track_dev(slot, skb->dev, skb->protocol);
	absorber = np_track_find_slow(into);
	np_family_mark(slot, absorber);
	if (!certain)
		slot->state &= ~NP_SLOT_MERGED;
}

/**
 * np_family_queued() - Note which bytes a segment has of a receive queue.
 * @slot: its slot
 * @skb: segment
 *
 * Context: Any; caller owns it.
 */
void np_family_queued(struct np_slot *slot, const struct sk_buff *skb)
{
	if (!(slot->state & NP_SLOT_GHOSTS))
		slot->end_seq = TCP_SKB_CB(skb)->end_seq;
	slot->ident.tcp_seq = TCP_SKB_CB(skb)->seq;
}

/* A TCP segment whose data was appended to another in a receive queue. */
static void np_family_append(struct np_slot *slot, const struct sk_buff *skb)
{
	struct np_slot *into = slot->into;

	np_family_queued(slot, skb);
	slot->ident.pkt_type = skb->pkt_type;
	if (!np_track_claim_death(slot, skb))
		return;
	if (!(into->state & NP_SLOT_GHOSTS)) {
		into->ghosts = NULL;
		/* its own data ends where this begins */
		into->end_seq = slot->ident.tcp_seq;
	}
	into->state |= NP_SLOT_GHOSTS;
	np_life_haunt(slot, &into->ghosts);
}

/* Is there a receive queue in which the other waits? */
static bool np_family_appended(const struct np_slot *slot)
{
	if (slot->ident.l4_proto != IPPROTO_TCP || !slot->into)
		return false;
	/* if it was merged otherwise, the other may be anybody's now, but with another id */
	return data_race(READ_ONCE(slot->into->ident.id)) == slot->ident.merged_id;
}

/**
 * np_family_partial() - An skb has been merged into another.
 * @skb: the one that disappears; unknown ones are ignored
 * @dies: no other hook sees its death
 *
 * Context: Any; caller owns the skb.
 */
void np_family_partial(const struct sk_buff *skb, bool dies)
{
	struct np_slot *slot = np_track_find(skb);

	if (!slot)
		return;
	slot->state |= NP_SLOT_MERGED;
	slot->merge_nr = np_track_nr(slot);
	slot->merge_time = np_now();
	if (np_family_appended(slot))
		np_family_append(slot, skb);
	else if (dies)
		np_life_free(skb);
}

/**
 * np_family_reassembled() - All fragments of a packet are there.
 * @skb: the one that goes on as the whole
 *
 * Context: Any; caller owns it.
 */
void np_family_reassembled(const struct sk_buff *skb)
{
	struct np_slot *slot = np_track_find(skb);

	if (!slot)
		return;
	slot->pending |= NP_NEED_ADOPT;
	np_track_stamp(slot, NETPATH_STAGE_IP_REASSEMBLED);
}

/**
 * np_family_adopt() - The fragments hung into a packet end here.
 * @slot: slot of the packet
 * @skb: packet
 *
 * Context: Any; caller owns it.
 */
void np_family_adopt(struct np_slot *slot, const struct sk_buff *skb)
{
	struct sk_buff *frag;
	struct np_slot *part;

	skb_walk_frags(skb, frag) {
		part = np_track_find_slow(frag);
		if (!part || !np_track_claim_death(part, frag))
			continue;
		part->ident.pkt_type = frag->pkt_type;
		np_family_mark(part, slot);
		np_life_end(part, NETPATH_OUTCOME_MERGED, 0);
		np_count(DEATHS);
		np_track_release(part);
	}
}

/**
 * np_family_length() - A part of a packet is complete, or fragments became one packet.
 * @slot: its slot, which has the flow
 * @skb: packet
 *
 * Context: Any; caller owns it.
 */
void np_family_length(struct np_slot *slot, const struct sk_buff *skb)
{
	slot->pending &= ~NP_NEED_LEN;
	np_flow_length(&slot->ident, skb);
	if (slot->calls)
		np_tcp_first_byte(slot);
}

/**
 * np_family_alloc() - An skb was allocated.
 * @skb: skb
 *
 * Context: Any; caller owns it.
 */
void np_family_alloc(const void *skb)
{
	struct np_slot *slot = np_track_find_slow(skb);

	/* otherwise by the function that the allocating one called */
	if (!slot || !np_life_only_allocated(slot)) {
		if (slot)
			np_life_reborn(slot, skb);
		slot = np_track_birth(skb, true);
		if (!slot)
			return;
		slot->state |= NP_SLOT_ALLOC;
		slot->pending |= NP_NEED_WRITER;
		np_track_stamp(slot, NETPATH_STAGE_SKB_ALLOC);
	}
	/* the next hit is not to be taken for one of a packet that is known */
	this_cpu_write(np_cpu.last, &np_no_slot);
}

