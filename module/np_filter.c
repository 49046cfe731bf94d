// SPDX-License-Identifier: GPL-2.0-only
/*
 * The filter's verdict on a packet.
 *
 * It falls once, at the first stage at which the headers are there as a device
 * sees them; np_path.c says where.  Until then the packet is recorded as if it
 * had passed.  One that is rejected keeps its slot, so that no later stage takes
 * it for a new packet, and goes on being stamped there, which is cheaper than
 * to ask; only its end asks.
 *
 * The program sees a copy of the sk_buff, of which data is the network header:
 * nobody else's sk_buff is touched, and the program's loads are in line.
 */
#include "np_filter.h"

#include <linux/filter.h>
#include <linux/if_vlan.h>
#include <linux/preempt.h>

#include "compat/np_compat.h"
#include "np_rules.h"

/*
 * Where the outermost tag of a packet is that has it in its data.  Who sends by
 * a packet socket may have its network header behind all tags.
 */
static const u8 *np_filter_find_tag(const struct sk_buff *skb, const u8 *network)
{
	const __be16 *type = (const __be16 *)network - 1;

	if (skb_mac_header_was_set(skb) && skb->head + skb->mac_header + ETH_HLEN < network)
		type = (const __be16 *)(skb->head + skb->mac_header + ETH_HLEN) - 1;
	if ((const u8 *)type < skb->head || *type != skb->protocol)
		return NULL;
	return (const u8 *)(type + 1);
}

/* A packet that begins @skip bytes further on, which is in its pages. */
static noinline bool np_filter_run_paged(const struct bpf_prog *prog, struct sk_buff *shadow,
					 unsigned int skip)
{
	unsigned int paged = skip - skb_headlen(shadow);
	struct skb_shared_info pages;

	memcpy(&pages, skb_shinfo(shadow), sizeof(pages));
	if (!pages.nr_frags || skb_frag_size(&pages.frags[0]) < paged)
		return false;
	skb_frag_off_add(&pages.frags[0], paged);
	skb_frag_size_sub(&pages.frags[0], paged);
	shadow->len -= skip;
	shadow->data_len -= paged;
	/* nothing is read in line any more, where the head would be */
	shadow->head = (u8 *)&pages;
	shadow->end = 0;
	return np_bpf_run(prog, shadow);
}

/* A tag that no device has taken off yet is to be seen like one that was. */
static bool np_filter_run_tagged(const struct bpf_prog *prog, struct sk_buff *shadow)
{
	const struct vlan_hdr *tag;
	struct vlan_hdr copy;
	const u8 *at = NULL;
	int skip;

	if (!skb_vlan_tag_present(shadow))
		at = np_filter_find_tag(shadow, shadow->data);
	tag = at ? skb_header_pointer(shadow, at - shadow->data, sizeof(copy), &copy) : NULL;
	if (!tag)
		return np_bpf_run(prog, shadow);
	__vlan_hwaccel_put_tag(shadow, shadow->protocol, ntohs(tag->h_vlan_TCI));
	shadow->protocol = tag->h_vlan_encapsulated_proto;
	skip = at + sizeof(*tag) - shadow->data;
	if (skip > (int)skb_headlen(shadow))
		return np_filter_run_paged(prog, shadow, skip);
	shadow->len -= skip;
	shadow->data += skip;
	return np_bpf_run(prog, shadow);
}

static bool np_filter_run(const struct bpf_prog *prog, const struct sk_buff *skb,
			  unsigned int offset)
{
	struct sk_buff shadow;

	/* in front of everything, or behind: there is none; all of a packet may be in its pages */
	if (!offset || offset > skb_headroom(skb) + skb_headlen(skb) ||
	    offset >= skb_headroom(skb) + skb->len)
		return false;
	memcpy(&shadow, skb, sizeof(shadow));
	shadow.data = skb->head + offset;
	shadow.len = skb->len + skb_headroom(skb) - offset;
	if (unlikely(eth_type_vlan(skb->protocol)))
		return np_filter_run_tagged(prog, &shadow);
	return np_bpf_run(prog, &shadow);
}

static bool np_filter_matches(const struct np_rules *rules, const struct sk_buff *skb,
			      unsigned int offset)
{
	if (rules->set.mark_mask &&
	    (!skb || (skb->mark & rules->set.mark_mask) != rules->set.mark))
		return false;
	return !rules->prog || (skb && np_filter_run(rules->prog, skb, offset));
}

/**
 * np_filter_judge() - The verdict on a packet falls.
 * @slot: its slot
 * @skb: packet, NULL when it cannot be read any more
 * @offset: where its network header is, from skb->head; 0: nowhere
 *
 * Context: Any; caller owns the skb.
 */
noinline void np_filter_judge(struct np_slot *slot, const struct sk_buff *skb,
			      unsigned int offset)
{
	const struct np_rules *rules;
	bool pass;

	/* also for the program; synchronize_rcu() waits for us */
	preempt_disable_notrace();
	rules = rcu_dereference_sched(np_rules);
	pass = !rules || np_filter_matches(rules, skb, offset);
	preempt_enable_notrace();

	slot->state &= ~(NP_SLOT_UNJUDGED | NP_SLOT_REJECTED);
	slot->pending &= ~NP_NEED_FILTER;
	if (pass)
		return;
	slot->state |= NP_SLOT_REJECTED;
	slot->pending = NP_NEED_SPECIAL;
}

/**
 * np_filter_judge_parent() - A packet without a verdict is about to be cut up.
 * @slot: its slot
 * @skb: packet
 *
 * It may end without a stage that has its headers, or go on as the first of
 * its parts, which are judged by what they are.
 *
 * Context: Any; caller owns the skb.
 */
void np_filter_judge_parent(struct np_slot *slot, const struct sk_buff *skb)
{
	u8 pending = slot->pending;

	np_filter_judge(slot, skb, skb->network_header);
	slot->pending = pending;
}

/* What has only come from a device begins with the network header, though nobody has set it yet. */
static unsigned int np_filter_network(const struct sk_buff *skb)
{
	if (!skb->network_header && skb_mac_header_was_set(skb))
		return skb_headroom(skb);
	return skb->network_header;
}

/**
 * np_filter_rejects() - Is a packet that ends not to be recorded?
 * @slot: its slot, with NP_SLOT_REJECTED or NP_SLOT_UNJUDGED
 * @skb: packet, NULL when it cannot be read any more
 *
 * One whose headers were nowhere to be seen matches no program.
 *
 * Context: Any; caller owns the skb.
 */
bool np_filter_rejects(struct np_slot *slot, const struct sk_buff *skb)
{
	if (slot->state & NP_SLOT_UNJUDGED)
		np_filter_judge(slot, skb, skb ? np_filter_network(skb) : 0);
	return slot->state & NP_SLOT_REJECTED;
}
