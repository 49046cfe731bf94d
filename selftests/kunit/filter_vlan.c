// SPDX-License-Identifier: GPL-2.0-only
/* The filter's verdict on frames with a VLAN tag that no device has taken off yet. */
#include <linux/if_vlan.h>
#include <linux/ip.h>

#include "filter_packet.h"
#include "suites.h"

/* the outermost tag is that of VLAN 5 */
static const struct sock_filter vlan_5[] = {
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 3),
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, SKF_AD_OFF + SKF_AD_VLAN_TAG),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 5, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, 1),
	BPF_STMT(BPF_RET | BPF_K, 0),
};

/* As a driver hands over a frame with a tag; returns the tag, which is at skb->data. */
static struct vlan_hdr *put_tag(unsigned int id)
{
	struct vlan_hdr *tag = skb_push(skb, sizeof(*tag));
	struct ethhdr *eth = skb_push(skb, sizeof(*eth));

	memset(eth, 0, sizeof(*eth));
	eth->h_proto = htons(ETH_P_8021Q);
	skb->protocol = eth->h_proto;
	skb_reset_mac_header(skb);
	skb_pull(skb, sizeof(*eth));
	tag->h_vlan_TCI = htons(id);
	tag->h_vlan_encapsulated_proto = htons(ETH_P_IP);
	return tag;
}

static void tag_in_front_of_the_headers_is_taken_off(struct kunit *test)
{
	struct vlan_hdr *tag = put_tag(5);

	only_udp_port(test);
	KUNIT_EXPECT_TRUE(test, passes_at(test, skb_headroom(skb)));
	/* who sends by a packet socket has the network header behind it */
	KUNIT_EXPECT_TRUE(test, passes(test));
	udp_of_packet()->dest = htons(PORT + 1);
	KUNIT_EXPECT_FALSE(test, passes_at(test, skb_headroom(skb)));
	judge_by(test, &everything, vlan_5, ARRAY_SIZE(vlan_5));
	KUNIT_EXPECT_TRUE(test, passes_at(test, skb_headroom(skb)));
	KUNIT_EXPECT_TRUE(test, passes(test));
	tag->h_vlan_TCI = htons(6);
	KUNIT_EXPECT_FALSE(test, passes_at(test, skb_headroom(skb)));
	KUNIT_EXPECT_FALSE(test, passes(test));
}

/* As napi_gro_frags() has it: Ethernet's header is in line, all behind it is not. */
static void tag_and_headers_may_be_in_pages(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct vlan_hdr *tag = put_tag(5);
	unsigned int len = skb->len;
	struct udphdr *udp;

	KUNIT_ASSERT_TRUE(test, page);
	memcpy(page_address(page), tag, len);
	udp = page_address(page) + sizeof(*tag) + sizeof(struct iphdr);
	skb_trim(skb, 0);
	/* freed with the packet */
	skb_add_rx_frag(skb, 0, page, 0, len, PAGE_SIZE);
	judge_by(test, &everything, vlan_5, ARRAY_SIZE(vlan_5));
	KUNIT_EXPECT_TRUE(test, passes_at(test, skb_headroom(skb)));
	only_udp_port(test);
	KUNIT_EXPECT_TRUE(test, passes_at(test, skb_headroom(skb)));
	udp->dest = htons(PORT + 1);
	KUNIT_EXPECT_FALSE(test, passes_at(test, skb_headroom(skb)));
	udp->dest = htons(PORT);
	/* the last that the program reads, and all but that */
	KUNIT_EXPECT_EQ(test, pskb_trim(skb, sizeof(*tag) + sizeof(struct iphdr) + 4), 0);
	KUNIT_EXPECT_TRUE(test, passes_at(test, skb_headroom(skb)));
	KUNIT_EXPECT_EQ(test, pskb_trim(skb, sizeof(*tag) + sizeof(struct iphdr) + 3), 0);
	KUNIT_EXPECT_FALSE(test, passes_at(test, skb_headroom(skb)));
	KUNIT_EXPECT_EQ(test, pskb_trim(skb, sizeof(*tag) - 1), 0);
	KUNIT_EXPECT_FALSE(test, passes_at(test, skb_headroom(skb)));
}

static void what_no_frame_calls_a_tag_is_none(struct kunit *test)
{
	put_tag(5);
	eth_hdr(skb)->h_proto = htons(ETH_P_IP);
	judge_by(test, &everything, vlan_5, ARRAY_SIZE(vlan_5));
	KUNIT_EXPECT_FALSE(test, passes_at(test, skb_headroom(skb)));
	only_udp_port(test);
	KUNIT_EXPECT_FALSE(test, passes_at(test, skb_headroom(skb)));
	KUNIT_EXPECT_TRUE(test, passes(test));
}

static void packet_itself_is_left_alone(struct kunit *test)
{
	static struct sk_buff before;

	put_tag(5);
	only_udp_port(test);
	memcpy(&before, skb, sizeof(before));
	KUNIT_EXPECT_TRUE(test, passes_at(test, skb_headroom(skb)));
	KUNIT_EXPECT_EQ(test, memcmp(&before, skb, sizeof(before)), 0);
}

static struct kunit_case filter_vlan_cases[] = {
	KUNIT_CASE(tag_in_front_of_the_headers_is_taken_off),
	KUNIT_CASE(tag_and_headers_may_be_in_pages),
	KUNIT_CASE(what_no_frame_calls_a_tag_is_none),
	KUNIT_CASE(packet_itself_is_left_alone),
	{ }
};

struct kunit_suite filter_vlan_suite = {
	.name		= "filter_vlan",
	.init		= filter_init,
	.exit		= filter_exit,
	.test_cases	= filter_vlan_cases,
};
