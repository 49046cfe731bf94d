/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit: made by scripts/gen from Documentation/netlink/specs/netpath.yaml */
#ifndef NP_NL_LAYOUT_H
#define NP_NL_LAYOUT_H

#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/netpath.h>

/* The structs in the spec are those of the UAPI header. */
static_assert(offsetof(struct netpath_packet, rec.len) == 0);
static_assert(offsetof(struct netpath_packet, rec.type) == 4);
static_assert(offsetof(struct netpath_packet, rec.version) == 6);
static_assert(offsetof(struct netpath_packet, hdr_len) == 8);
static_assert(offsetof(struct netpath_packet, dev_len) == 10);
static_assert(offsetof(struct netpath_packet, stamp_len) == 11);
static_assert(offsetof(struct netpath_packet, nr_devs) == 12);
static_assert(offsetof(struct netpath_packet, nr_stamps) == 13);
static_assert(offsetof(struct netpath_packet, text_len) == 14);
static_assert(offsetof(struct netpath_packet, seq) == 16);
static_assert(offsetof(struct netpath_packet, id) == 24);
static_assert(offsetof(struct netpath_packet, parent_id) == 32);
static_assert(offsetof(struct netpath_packet, merged_id) == 40);
static_assert(offsetof(struct netpath_packet, start_ns) == 48);
static_assert(offsetof(struct netpath_packet, total_ns) == 56);
static_assert(offsetof(struct netpath_packet, flags) == 64);
static_assert(offsetof(struct netpath_packet, cpu) == 68);
static_assert(offsetof(struct netpath_packet, outcome) == 72);
static_assert(offsetof(struct netpath_packet, ip_version) == 73);
static_assert(offsetof(struct netpath_packet, l4_proto) == 74);
static_assert(offsetof(struct netpath_packet, pkt_type) == 75);
static_assert(offsetof(struct netpath_packet, sport) == 76);
static_assert(offsetof(struct netpath_packet, dport) == 78);
static_assert(offsetof(struct netpath_packet, saddr) == 80);
static_assert(offsetof(struct netpath_packet, daddr) == 96);
static_assert(offsetof(struct netpath_packet, ip_len) == 112);
static_assert(offsetof(struct netpath_packet, drop_reason) == 116);
static_assert(offsetof(struct netpath_packet, writer_pid) == 120);
static_assert(offsetof(struct netpath_packet, reader_pid) == 124);
static_assert(offsetof(struct netpath_packet, writer_comm) == 128);
static_assert(offsetof(struct netpath_packet, reader_comm) == 144);
static_assert(offsetof(struct netpath_packet, eth_proto) == 160);
static_assert(offsetof(struct netpath_packet, vlan_tci) == 162);
static_assert(offsetof(struct netpath_packet, sock_state) == 164);
static_assert(offsetof(struct netpath_packet, writer_netns) == 168);
static_assert(offsetof(struct netpath_packet, reader_netns) == 172);
static_assert(offsetof(struct netpath_packet, writer_cookie) == 176);
static_assert(offsetof(struct netpath_packet, reader_cookie) == 184);
static_assert(offsetof(struct netpath_packet, hw_time_ns) == 192);
static_assert(offsetof(struct netpath_packet, sock_age_ns) == 200);
static_assert(offsetof(struct netpath_packet, tcp_seq) == 208);
static_assert(offsetof(struct netpath_packet, tcp_cwnd) == 212);
static_assert(offsetof(struct netpath_packet, tcp_srtt_us) == 216);
static_assert(offsetof(struct netpath_packet, tcp_unacked) == 220);
static_assert(sizeof(struct netpath_packet) == 224);
static_assert(offsetof(struct netpath_dev, ifindex) == 0);
static_assert(offsetof(struct netpath_dev, netns) == 4);
static_assert(offsetof(struct netpath_dev, name) == 8);
static_assert(sizeof(struct netpath_dev) == 24);
static_assert(offsetof(struct netpath_stamp, offset_ns) == 0);
static_assert(offsetof(struct netpath_stamp, detail) == 8);
static_assert(offsetof(struct netpath_stamp, stage) == 12);
static_assert(offsetof(struct netpath_stamp, dev) == 13);
static_assert(offsetof(struct netpath_stamp, cpu) == 14);
static_assert(sizeof(struct netpath_stamp) == 16);

#endif /* NP_NL_LAYOUT_H */
