// SPDX-License-Identifier: GPL-2.0-only
/* A packet made by hand, and what the filter says of it. */
#include <linux/ip.h>

#include "filter_packet.h"
#include "np_filter.h"
#include "suites.h"

#define HEADROOM	64

/* udp dst port 7000, in IPv4; from the network header on */
const struct sock_filter udp_port[NR_UDP_PORT] = {
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
	BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x40, 0, 6),
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 4),
	BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
	BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PORT, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, 0x40000),
	BPF_STMT(BPF_RET | BPF_K, 0),
};

const struct np_rule_set everything;
struct sk_buff *skb;

/* From now on this set and program decide. */
void judge_by(struct kunit *test, const struct np_rule_set *set, const struct sock_filter *insns,
	      unsigned int nr)
{
	unsigned int where;
	const char *what;

	KUNIT_EXPECT_PTR_EQ(test, np_rules_check(set, &what), NULL);
	KUNIT_EXPECT_PTR_EQ(test, np_rules_check_insns(insns, nr, &where), NULL);
	KUNIT_EXPECT_EQ(test, np_rules_set(set, insns, nr), 0);
}

void only_udp_port(struct kunit *test)
{
	judge_by(test, &everything, udp_port, NR_UDP_PORT);
}

void no_rules(struct kunit *test)
{
	judge_by(test, &everything, NULL, 0);
}

struct udphdr *udp_of_packet(void)
{
	return (void *)(skb_network_header(skb) + sizeof(struct iphdr));
}

/* Does a new packet pass, with its network header there? */
bool passes_at(struct kunit *test, unsigned int offset)
{
	struct np_slot *slot = np_track_birth(skb, true);
	bool pass;

	if (!slot) {
		KUNIT_EXPECT_TRUE(test, slot);
		return false;
	}
	np_filter_judge(slot, skb, offset);
	KUNIT_EXPECT_EQ(test, slot->state & NP_SLOT_UNJUDGED, 0);
	KUNIT_EXPECT_EQ(test, slot->pending & NP_NEED_FILTER, 0);
	pass = !(slot->state & NP_SLOT_REJECTED);
	/* who was rejected has no use for anything more */
	if (!pass)
		KUNIT_EXPECT_EQ(test, slot->pending, NP_NEED_SPECIAL);
	KUNIT_EXPECT_TRUE(test, np_track_claim_death(slot, skb));
	np_track_release(slot);
	return pass;
}

bool passes(struct kunit *test)
{
	return passes_at(test, skb->network_header);
}

/* 20 bytes of data in UDP and IPv4 */
int filter_init(struct kunit *test)
{
	struct udphdr *udp;
	struct iphdr *ip;

	skb = alloc_skb(512, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	skb_reserve(skb, HEADROOM);
	ip = skb_put_zero(skb, sizeof(*ip) + sizeof(*udp) + 20);
	skb_reset_network_header(skb);
	skb->protocol = htons(ETH_P_IP);
	ip->version = 4;
	ip->ihl = 5;
	ip->protocol = IPPROTO_UDP;
	udp = udp_of_packet();
	udp->dest = htons(PORT);
	return table_init(test);
}

void filter_exit(struct kunit *test)
{
	no_rules(test);
	consume_skb(skb);
	table_exit(test);
}
