/* SPDX-License-Identifier: GPL-2.0-only */
/* Protocol, addresses and ports of a packet as text. */
#ifndef NP_FLOW_H
#define NP_FLOW_H

#include <stdbool.h>

#include "np_decode.h"

/* "0000:" seven times, an IPv4 address and a NUL, rounded up */
#define NP_ADDR_LEN	56
/* "proto-255", "0x0800" or a name, and a NUL, rounded up */
#define NP_PROTO_LEN	16

void np_flow_proto(const struct np_packet *pkt, char proto[NP_PROTO_LEN]);
bool np_flow_has_addr(const struct np_packet *pkt);
bool np_flow_has_ports(const struct np_packet *pkt);
void np_flow_addr(const struct np_packet *pkt, const __u8 addr[16],
		  char text[NP_ADDR_LEN]);

#endif /* NP_FLOW_H */
