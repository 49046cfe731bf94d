/* SPDX-License-Identifier: GPL-2.0-only */
/* A packet made by hand, IPv4 and UDP to port 7000, for the suites of the filter. */
#ifndef FILTER_PACKET_H
#define FILTER_PACKET_H

#include <linux/filter.h>
#include <linux/udp.h>

#include "np_rules.h"
#include "suite.h"

#define PORT		7000
#define NR_UDP_PORT	10

/* the packet of the case that runs */
extern struct sk_buff *skb;
/* udp dst port 7000, in IPv4 */
extern const struct sock_filter udp_port[NR_UDP_PORT];
/* a set that lets all packets pass */
extern const struct np_rule_set everything;

int filter_init(struct kunit *test);
void filter_exit(struct kunit *test);
void judge_by(struct kunit *test, const struct np_rule_set *set, const struct sock_filter *insns,
	      unsigned int nr);
void only_udp_port(struct kunit *test);
void no_rules(struct kunit *test);
struct udphdr *udp_of_packet(void);
bool passes_at(struct kunit *test, unsigned int offset);
bool passes(struct kunit *test);

#endif /* FILTER_PACKET_H */
