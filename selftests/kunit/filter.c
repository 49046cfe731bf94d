// SPDX-License-Identifier: GPL-2.0-only
/* The filter's verdict on packets made by hand: by the program, by the mark; and when it falls. */
#include <linux/err.h>
#include <linux/if_ether.h>
#include <linux/ip.h>

#include "filter_packet.h"
#include "np_filter.h"
#include "suites.h"

#define MARK		0x17

static void program_decides(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, passes(test));
	only_udp_port(test);
	KUNIT_EXPECT_TRUE(test, passes(test));
	udp_of_packet()->dest = htons(PORT + 1);
	KUNIT_EXPECT_FALSE(test, passes(test));
	udp_of_packet()->dest = htons(PORT);
	ip_hdr(skb)->protocol = IPPROTO_TCP;
	KUNIT_EXPECT_FALSE(test, passes(test));
	no_rules(test);
	KUNIT_EXPECT_TRUE(test, passes(test));
}

static void packet_that_is_too_short_does_not_match(struct kunit *test)
{
	only_udp_port(test);
	skb_trim(skb, sizeof(struct iphdr) + 4);
	KUNIT_EXPECT_TRUE(test, passes(test));
	skb_trim(skb, sizeof(struct iphdr) + 3);
	KUNIT_EXPECT_FALSE(test, passes(test));
	skb_trim(skb, 1);
	KUNIT_EXPECT_FALSE(test, passes(test));
	skb_trim(skb, 0);
	KUNIT_EXPECT_FALSE(test, passes(test));
}

/* The headers need not be in the linear part. */
static void rest_of_the_packet_is_read_where_it_is(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL);

	KUNIT_ASSERT_TRUE(test, page);
	memcpy(page_address(page), udp_of_packet(), sizeof(struct udphdr));
	skb_trim(skb, sizeof(struct iphdr));
	/* freed with the packet */
	skb_add_rx_frag(skb, 0, page, 0, sizeof(struct udphdr), PAGE_SIZE);
	only_udp_port(test);
	KUNIT_EXPECT_TRUE(test, passes(test));
	((struct udphdr *)page_address(page))->dest = htons(PORT + 1);
	KUNIT_EXPECT_FALSE(test, passes(test));
}

static void headers_begin_where_the_stage_has_them(struct kunit *test)
{
	unsigned int at = skb->network_header;

	only_udp_port(test);
	/* as a protocol has it: its own header only, or what it wrote before */
	skb_pull(skb, sizeof(struct iphdr));
	KUNIT_EXPECT_TRUE(test, passes(test));
	KUNIT_EXPECT_EQ(test, np_filter_offset(skb, NETPATH_STAGE_IP_RCV), at);
	KUNIT_EXPECT_EQ(test, np_filter_offset(skb, NETPATH_STAGE_NEIGH_OUTPUT), at);
	/* as a driver has it that is about to send */
	skb_push(skb, sizeof(struct iphdr) + ETH_HLEN);
	KUNIT_EXPECT_TRUE(test, passes(test));
	/* as a driver hands it over: nobody has looked for the header yet */
	skb_pull(skb, ETH_HLEN);
	skb->network_header = 0;
	KUNIT_EXPECT_EQ(test, np_filter_offset(skb, NETPATH_STAGE_NETIF_RECEIVE_SKB), at);
	KUNIT_EXPECT_EQ(test, np_filter_offset(skb, NETPATH_STAGE_NETIF_RX), at);
	KUNIT_EXPECT_EQ(test, np_filter_offset(skb, NETPATH_STAGE_IP_RCV), 0U);
}

static void without_headers_nothing_matches(struct kunit *test)
{
	only_udp_port(test);
	KUNIT_EXPECT_FALSE(test, passes_at(test, 0));
	KUNIT_EXPECT_FALSE(test, passes_at(test, skb_headroom(skb) + skb_headlen(skb)));
	KUNIT_EXPECT_FALSE(test, passes_at(test, 0xffff));
	no_rules(test);
	KUNIT_EXPECT_TRUE(test, passes_at(test, 0));
}

static void headers_are_final_where_a_device_sees_them(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, np_filter_final(NETPATH_STAGE_IP_LOCAL_OUT));
	KUNIT_EXPECT_FALSE(test, np_filter_final(NETPATH_STAGE_IP_OUTPUT));
	KUNIT_EXPECT_TRUE(test, np_filter_final(NETPATH_STAGE_NEIGH_OUTPUT));
	KUNIT_EXPECT_TRUE(test, np_filter_final(NETPATH_STAGE_NETIF_RECEIVE_SKB));
	KUNIT_EXPECT_TRUE(test, np_filter_final(NETPATH_STAGE_IP_RCV));
}

static void mark_decides(struct kunit *test)
{
	struct np_rule_set set = { .mark = MARK, .mark_mask = ~0U };

	judge_by(test, &set, NULL, 0);
	KUNIT_EXPECT_FALSE(test, passes(test));
	skb->mark = MARK;
	KUNIT_EXPECT_TRUE(test, passes(test));
	skb->mark = MARK | 0x100;
	KUNIT_EXPECT_FALSE(test, passes(test));
	set = (struct np_rule_set){ .mark = 0x10, .mark_mask = 0xf0 };
	judge_by(test, &set, NULL, 0);
	KUNIT_EXPECT_TRUE(test, passes(test));
	skb->mark = 0x20;
	KUNIT_EXPECT_FALSE(test, passes(test));
	/* both have to hold */
	judge_by(test, &set, udp_port, ARRAY_SIZE(udp_port));
	KUNIT_EXPECT_FALSE(test, passes(test));
	skb->mark = 0x10;
	KUNIT_EXPECT_TRUE(test, passes(test));
	udp_of_packet()->dest = htons(PORT + 1);
	KUNIT_EXPECT_FALSE(test, passes(test));
}

static void only_packets_born_under_a_filter_are_judged(struct kunit *test)
{
	struct np_slot *before = np_track_birth(packet(1), true), *during, *after;

	udp_of_packet()->dest = htons(PORT + 1);
	only_udp_port(test);
	during = np_track_birth(packet(2), true);
	no_rules(test);
	after = np_track_birth(packet(3), true);
	KUNIT_ASSERT_TRUE(test, before && during && after);
	KUNIT_EXPECT_EQ(test, before->state, 0);
	KUNIT_EXPECT_EQ(test, before->pending & NP_NEED_FILTER, 0);
	KUNIT_EXPECT_EQ(test, during->state, NP_SLOT_UNJUDGED);
	KUNIT_EXPECT_EQ(test, during->pending & NP_NEED_FILTER, NP_NEED_FILTER);
	KUNIT_EXPECT_EQ(test, after->state, 0);
	KUNIT_EXPECT_FALSE(test, np_filter_rejects(before, skb));
	/* by the rules in force at that moment */
	KUNIT_EXPECT_FALSE(test, np_filter_rejects(during, skb));
	KUNIT_EXPECT_EQ(test, during->state, 0);
}

static void rules_for_the_end_need_no_verdict_before(struct kunit *test)
{
	struct np_rule_set set = { .pid = 1, .total_ns = 1000, .direction = NP_DIR_RX };
	struct np_slot *slot;

	judge_by(test, &set, NULL, 0);
	slot = np_track_birth(skb, true);
	KUNIT_ASSERT_TRUE(test, slot);
	KUNIT_EXPECT_EQ(test, slot->state, 0);
	KUNIT_EXPECT_TRUE(test, passes(test));
}

static void verdict_falls_once(struct kunit *test)
{
	struct np_slot *bad, *good;

	only_udp_port(test);
	good = np_track_birth(packet(1), true);
	bad = np_track_birth(packet(2), true);
	KUNIT_ASSERT_TRUE(test, good && bad);
	KUNIT_EXPECT_FALSE(test, np_filter_rejects(good, skb));
	udp_of_packet()->dest = htons(PORT + 1);
	KUNIT_EXPECT_TRUE(test, np_filter_rejects(bad, skb));
	/* whatever becomes of the packet, or of the rules */
	KUNIT_EXPECT_FALSE(test, np_filter_rejects(good, skb));
	udp_of_packet()->dest = htons(PORT);
	KUNIT_EXPECT_TRUE(test, np_filter_rejects(bad, skb));
	no_rules(test);
	KUNIT_EXPECT_TRUE(test, np_filter_rejects(bad, skb));
}

static void end_without_headers_is_a_rejection(struct kunit *test)
{
	struct np_slot *slot;

	only_udp_port(test);
	slot = np_track_birth(skb, true);
	KUNIT_ASSERT_TRUE(test, slot);
	KUNIT_EXPECT_TRUE(test, np_filter_rejects(slot, NULL));
}

static void copy_shares_the_verdict(struct kunit *test)
{
	struct np_slot *parent, *early, *late;

	only_udp_port(test);
	udp_of_packet()->dest = htons(PORT + 1);
	parent = np_track_birth(packet(1), true);
	early = np_track_birth(packet(2), true);
	KUNIT_ASSERT_TRUE(test, parent && early);
	np_slot_inherit(early, parent);
	np_filter_judge(parent, skb, skb->network_header);
	late = np_track_birth(packet(3), true);
	KUNIT_ASSERT_TRUE(test, late);
	np_slot_inherit(late, parent);
	KUNIT_EXPECT_EQ(test, early->state, NP_SLOT_UNJUDGED);
	KUNIT_EXPECT_EQ(test, early->pending & NP_NEED_FILTER, NP_NEED_FILTER);
	KUNIT_EXPECT_EQ(test, late->state, NP_SLOT_REJECTED);
	KUNIT_EXPECT_EQ(test, late->pending, NP_NEED_SPECIAL);
}

static void parts_of_what_is_cut_up_are_judged_for_themselves(struct kunit *test)
{
	struct np_slot *slot;

	only_udp_port(test);
	udp_of_packet()->dest = htons(PORT + 1);
	slot = np_track_birth(skb, true);
	KUNIT_ASSERT_TRUE(test, slot);
	np_filter_judge_parent(slot, skb);
	KUNIT_EXPECT_EQ(test, slot->state, NP_SLOT_REJECTED);
	/* it may go on as the first of them */
	KUNIT_EXPECT_EQ(test, slot->pending & NP_NEED_FILTER, NP_NEED_FILTER);
	udp_of_packet()->dest = htons(PORT);
	np_filter_judge(slot, skb, skb->network_header);
	KUNIT_EXPECT_EQ(test, slot->state, 0);
}

static void stages_of_a_rejected_packet_are_not_truncated(struct kunit *test)
{
	u64 truncated = np_stats_sum(NP_TRUNCATED);
	struct np_slot *slot;
	unsigned int i;

	only_udp_port(test);
	udp_of_packet()->dest = htons(PORT + 1);
	slot = np_track_birth(skb, true);
	KUNIT_ASSERT_TRUE(test, slot);
	KUNIT_EXPECT_TRUE(test, np_filter_rejects(slot, skb));
	for (i = 0; i < 3 * NP_SLOT_STAMPS; i++) {
		np_track_stamp(slot, NETPATH_STAGE_IP_RCV);
		np_track_dev(slot, init_net.loopback_dev, 0);
	}
	KUNIT_EXPECT_EQ(test, np_stats_sum(NP_TRUNCATED), truncated);
	KUNIT_EXPECT_LE(test, np_track_nr(slot), (unsigned int)NP_SLOT_STAMPS);
}

static void program_that_the_kernel_refuses_changes_nothing(struct kunit *test)
{
	static const struct sock_filter endless[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
	};
	struct sock_filter insns[ARRAY_SIZE(udp_port)];

	only_udp_port(test);
	KUNIT_EXPECT_EQ(test, np_rules_set(&everything, endless, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, np_rules_get_insns(NULL), (unsigned int)ARRAY_SIZE(udp_port));
	KUNIT_EXPECT_EQ(test, np_rules_get_insns(insns), (unsigned int)ARRAY_SIZE(udp_port));
	KUNIT_EXPECT_EQ(test, memcmp(insns, udp_port, sizeof(udp_port)), 0);
	KUNIT_EXPECT_TRUE(test, passes(test));
	udp_of_packet()->dest = htons(PORT + 1);
	KUNIT_EXPECT_FALSE(test, passes(test));
}

static struct kunit_case filter_cases[] = {
	KUNIT_CASE(program_decides),
	KUNIT_CASE(packet_that_is_too_short_does_not_match),
	KUNIT_CASE(rest_of_the_packet_is_read_where_it_is),
	KUNIT_CASE(headers_begin_where_the_stage_has_them),
	KUNIT_CASE(without_headers_nothing_matches),
	KUNIT_CASE(headers_are_final_where_a_device_sees_them),
	KUNIT_CASE(mark_decides),
	KUNIT_CASE(only_packets_born_under_a_filter_are_judged),
	KUNIT_CASE(rules_for_the_end_need_no_verdict_before),
	KUNIT_CASE(verdict_falls_once),
	KUNIT_CASE(end_without_headers_is_a_rejection),
	KUNIT_CASE(copy_shares_the_verdict),
	KUNIT_CASE(parts_of_what_is_cut_up_are_judged_for_themselves),
	KUNIT_CASE(stages_of_a_rejected_packet_are_not_truncated),
	KUNIT_CASE(program_that_the_kernel_refuses_changes_nothing),
	{ }
};

struct kunit_suite filter_suite = {
	.name		= "filter",
	.init		= filter_init,
	.exit		= filter_exit,
	.test_cases	= filter_cases,
};
