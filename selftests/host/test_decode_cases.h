/* SPDX-License-Identifier: GPL-2.0-only */
/* Records to decode and the text that each must give; for test_decode.c only. */
#ifndef TEST_DECODE_CASES_H
#define TEST_DECODE_CASES_H

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "np_array.h"
#include "np_text.h"

/* What a record is made of, before it is packed. */
struct fixture {
	struct netpath_packet	hdr;
	struct netpath_dev	devs[4];
	struct netpath_stamp	stamps[4];
	char			text[64];
	unsigned int		extra;	/* bytes that a newer version adds */
	struct np_format	fmt;
};

struct blob {
	unsigned char	data[4096];
	size_t		len;
};

static struct np_names names;

static void fixture_init(struct fixture *fix)
{
	*fix = (struct fixture){
		.hdr = {
			.rec = { .type = NETPATH_REC_PACKET,
				 .version = NETPATH_RECORD_VERSION },
			.nr_devs = 1, .nr_stamps = 3, .id = 7, .seq = 3,
			.start_ns = 5000000042ULL, .total_ns = 12345,
			.flags = NETPATH_F_FLOW, .ip_version = 4,
			.outcome = NETPATH_OUTCOME_DELIVERED, .l4_proto = 17,
			.sport = htons(40000), .dport = htons(53),
			.saddr = { 10, 0, 0, 1 }, .daddr = { 10, 0, 0, 2 },
			.ip_len = 60, .eth_proto = htons(0x0800),
			.writer_pid = 11, .writer_comm = "dig",
			.reader_pid = 22, .reader_comm = "named",
		},
		.devs = {
			{ 2, 4026531840U, "eth0" }, { 3, 4026531841U, "veth1" },
		},
		.stamps = {
			{ 0, 0, NETPATH_STAGE_SENDMSG, 0, 0 },
			{ 1234, 0, NETPATH_STAGE_IP_SEND_SKB, 0, 0 },
			{ 12345, 0, NETPATH_STAGE_RECVMSG, 1, 13 },
		},
		.fmt = { .names = &names },
	};
}

static void blob_add(struct blob *blob, const void *data, size_t len,
		     size_t extra)
{
	memcpy(blob->data + blob->len, data, len);
	memset(blob->data + blob->len + len, 0xee, extra);
	blob->len += len + extra;
}

static void fixture_pack(const struct fixture *fix, struct blob *blob)
{
	struct netpath_packet hdr = fix->hdr;
	unsigned int i;

	hdr.hdr_len = (__u16)(sizeof(hdr) + fix->extra);
	hdr.dev_len = (__u8)(sizeof(struct netpath_dev) + fix->extra);
	hdr.stamp_len = (__u8)(sizeof(struct netpath_stamp) + fix->extra);
	hdr.text_len = fix->text[0] || fix->text[1] ? sizeof(fix->text) : 0;
	hdr.rec.len = (__u32)(hdr.hdr_len + hdr.nr_devs * hdr.dev_len +
			      hdr.nr_stamps * hdr.stamp_len + hdr.text_len);
	blob->len = 0;
	blob_add(blob, &hdr, sizeof(hdr), fix->extra);
	for (i = 0; i < hdr.nr_devs; i++)
		blob_add(blob, &fix->devs[i], sizeof(fix->devs[i]), fix->extra);
	for (i = 0; i < hdr.nr_stamps; i++)
		blob_add(blob, &fix->stamps[i], sizeof(fix->stamps[i]),
			 fix->extra);
	blob_add(blob, fix->text, hdr.text_len, 0);
}

#define HEAD	"[     5.000000042] #7 UDP 10.0.0.1:40000 > 10.0.0.2:53 len 60 "
#define SENT	"    +0.000 us (+0.000 us) cpu0 sendmsg            dig[11]\n" \
		"    +1.234 us (+1.234 us) cpu0 ip_send_skb\n"
#define TAIL	SENT \
		"    +12.345 us (+11.111 us) cpu13 recvmsg            eth0 named[22]\n"
#define BODY	"eth0@4026531840 delivered 12.345 us\n" TAIL
#define FLOW	"[     5.000000042] #7 "
#define AFTER	" len 60 " BODY

static void set_ipv6(struct fixture *f, const char *saddr, const char *daddr)
{
	f->hdr.ip_version = 6;
	inet_pton(AF_INET6, saddr, f->hdr.saddr);
	inet_pton(AF_INET6, daddr, f->hdr.daddr);
}

static void set_drop(struct fixture *f, const char *reason, const char *where)
{
	f->hdr.outcome = NETPATH_OUTCOME_DROPPED;
	f->hdr.nr_stamps = 0;
	memcpy(f->text, reason, strlen(reason));
	memcpy(f->text + strlen(reason) + 1, where, strlen(where));
}

#define EDIT(name, ...)	\
	static void name(struct fixture *f) { __VA_ARGS__; }

EDIT(no_edit, (void)f)
EDIT(tcp, f->hdr.l4_proto = 6)
EDIT(sctp, f->hdr.l4_proto = 132)
EDIT(dccp, f->hdr.l4_proto = 33)
EDIT(udplite, f->hdr.l4_proto = 136)
EDIT(icmp, f->hdr.l4_proto = 1)
EDIT(gre, f->hdr.l4_proto = 47)
EDIT(ipv6, set_ipv6(f, "fd00::1", "2001:db8:0:0:1::1"))
EDIT(icmpv6, set_ipv6(f, "fe80::1", "ff02::2"); f->hdr.l4_proto = 58)
EDIT(mapped, set_ipv6(f, "::ffff:1.2.3.4", "::1.2.3.4"))
EDIT(isatap, set_ipv6(f, "fe80::5efe:a00:1", "fe80::200:5efe:a00:1"))
EDIT(one_zero, set_ipv6(f, "1:0:2:3:4:5:6:7", "::"))
EDIT(zero_end, set_ipv6(f, "1:2::", "1::2:0:0:3:4"))
EDIT(arp, f->hdr.flags = 0; f->hdr.eth_proto = htons(0x0806))
EDIT(no_flow, f->hdr.flags = 0; f->hdr.eth_proto = htons(0x8cc))
EDIT(no_ethertype, f->hdr.flags = 0; f->hdr.eth_proto = 0)
EDIT(no_devs, f->hdr.nr_devs = 0)
EDIT(two_devs, f->hdr.nr_devs = 2; f->stamps[1].dev = 2; f->stamps[0].dev = 2)
EDIT(bad_dev, f->stamps[2].dev = 9)
EDIT(dev_bytes, memcpy(f->devs[0].name, "e\033\xff\x7f""67890123456", 16))
EDIT(drop, set_drop(f, "NO_SOCKET", "udp_rcv+0x1f"))
EDIT(drop_no_reason, set_drop(f, "", "udp_rcv+0x1f"))
EDIT(drop_no_text, set_drop(f, "", ""))
EDIT(merged, f->hdr.outcome = NETPATH_OUTCOME_MERGED; f->hdr.merged_id = 99;
	f->hdr.nr_stamps = 0)
EDIT(new_outcome, f->hdr.outcome = 77; f->hdr.nr_stamps = 0)
EDIT(all_flags, f->hdr.flags = 0x1f; f->hdr.parent_id = 5; f->hdr.nr_stamps = 0)
EDIT(parent, f->hdr.parent_id = ~0ULL; f->hdr.nr_stamps = 0)
EDIT(late, f->hdr.flags |= NETPATH_F_LATE; f->hdr.nr_stamps = 0)
EDIT(new_flag, f->hdr.flags |= 0x100)
EDIT(new_stage, f->stamps[1].stage = 200)
EDIT(no_pids, f->hdr.writer_pid = 0; f->hdr.reader_pid = 0)
EDIT(comm_bytes, memcpy(f->hdr.writer_comm, "\033[2J\n456789abcdef", 16))
EDIT(backwards, f->stamps[1].offset_ns = 20000)
EDIT(late_start, f->stamps[0].offset_ns = 1000)
EDIT(oneline, f->fmt.oneline = true)
EDIT(oneline_empty, f->fmt.oneline = true; f->hdr.nr_stamps = 0)
EDIT(newer, f->extra = 40)
EDIT(big_time, f->hdr.start_ns = ~0ULL; f->hdr.total_ns = ~0ULL;
	f->hdr.nr_stamps = 0)

static const struct {
	const char	*name;
	void		(*edit)(struct fixture *fix);
	const char	*expect;
} text_cases[] = {
	{ "udp_packet", no_edit, HEAD BODY },
	{ "tcp_has_ports", tcp, FLOW "TCP 10.0.0.1:40000 > 10.0.0.2:53" AFTER },
	{ "sctp_has_ports", sctp,
	  FLOW "proto-132 10.0.0.1:40000 > 10.0.0.2:53" AFTER },
	{ "dccp_has_ports", dccp,
	  FLOW "proto-33 10.0.0.1:40000 > 10.0.0.2:53" AFTER },
	{ "udplite_has_ports", udplite,
	  FLOW "proto-136 10.0.0.1:40000 > 10.0.0.2:53" AFTER },
	{ "icmp_has_no_ports", icmp, FLOW "ICMP 10.0.0.1 > 10.0.0.2" AFTER },
	{ "other_protocol_has_number_and_no_ports", gre,
	  FLOW "proto-47 10.0.0.1 > 10.0.0.2" AFTER },
	{ "ipv6_with_ports", ipv6,
	  FLOW "UDP [fd00::1]:40000 > [2001:db8::1:0:0:1]:53" AFTER },
	{ "icmpv6_without_ports", icmpv6,
	  FLOW "ICMPv6 [fe80::1] > [ff02::2]" AFTER },
	{ "ipv4_mapped_is_dotted_compatible_is_not", mapped,
	  FLOW "UDP [::ffff:1.2.3.4]:40000 > [::102:304]:53" AFTER },
	{ "isatap_is_dotted", isatap,
	  FLOW "UDP [fe80::5efe:10.0.0.1]:40000 > [fe80::200:5efe:10.0.0.1]:53"
	  AFTER },
	{ "single_zero_is_not_compressed", one_zero,
	  FLOW "UDP [1:0:2:3:4:5:6:7]:40000 > [::]:53" AFTER },
	{ "longest_zero_run_is_compressed", zero_end,
	  FLOW "UDP [1:2::]:40000 > [1::2:0:0:3:4]:53" AFTER },
	{ "arp", arp, FLOW "ARP - > -" AFTER },
	{ "unknown_ethertype", no_flow, FLOW "0x08cc - > -" AFTER },
	{ "no_ethertype", no_ethertype, FLOW "0x0000 - > -" AFTER },
	{ "no_device", no_devs, HEAD "- delivered 12.345 us\n" SENT
	  "    +12.345 us (+11.111 us) cpu13 recvmsg            named[22]\n" },
	{ "device_is_named_when_it_changes", two_devs,
	  HEAD "eth0@4026531840 > veth1@4026531841 delivered 12.345 us\n"
	  "    +0.000 us (+0.000 us) cpu0 sendmsg            veth1 dig[11]\n"
	  "    +1.234 us (+1.234 us) cpu0 ip_send_skb\n"
	  "    +12.345 us (+11.111 us) cpu13 recvmsg            eth0 named[22]\n" },
	{ "device_out_of_range_is_not_named", bad_dev,
	  HEAD "eth0@4026531840 delivered 12.345 us\n" SENT
	  "    +12.345 us (+11.111 us) cpu13 recvmsg            named[22]\n" },
	{ "device_name_is_cleaned_and_bounded", dev_bytes,
	  HEAD "e???67890123456@4026531840 delivered 12.345 us\n" SENT
	  "    +12.345 us (+11.111 us) cpu13 recvmsg            e???67890123456 named[22]\n" },
	{ "drop", drop,
	  HEAD "eth0@4026531840 dropped NO_SOCKET at udp_rcv+0x1f 12.345 us\n" },
	{ "drop_without_reason", drop_no_reason,
	  HEAD "eth0@4026531840 dropped at udp_rcv+0x1f 12.345 us\n" },
	{ "drop_without_text", drop_no_text,
	  HEAD "eth0@4026531840 dropped 12.345 us\n" },
	{ "merged", merged,
	  HEAD "eth0@4026531840 merged into #99 12.345 us\n" },
	{ "unknown_outcome", new_outcome,
	  HEAD "eth0@4026531840 outcome-77 12.345 us\n" },
	{ "flags_in_order_then_parent", all_flags,
	  HEAD "eth0@4026531840 delivered 12.345 us late truncated clone retrans parent #5\n" },
	{ "parent_without_flags", parent,
	  HEAD "eth0@4026531840 delivered 12.345 us parent #18446744073709551615\n" },
	{ "late_alone", late, HEAD "eth0@4026531840 delivered 12.345 us late\n" },
	{ "unknown_flag_is_ignored", new_flag, HEAD BODY },
	{ "unknown_stage", new_stage,
	  HEAD "eth0@4026531840 delivered 12.345 us\n"
	  "    +0.000 us (+0.000 us) cpu0 sendmsg            dig[11]\n"
	  "    +1.234 us (+1.234 us) cpu0 stage-200\n"
	  "    +12.345 us (+11.111 us) cpu13 recvmsg            eth0 named[22]\n" },
	{ "no_process", no_pids, HEAD "eth0@4026531840 delivered 12.345 us\n"
	  "    +0.000 us (+0.000 us) cpu0 sendmsg\n"
	  "    +1.234 us (+1.234 us) cpu0 ip_send_skb\n"
	  "    +12.345 us (+11.111 us) cpu13 recvmsg            eth0\n" },
	{ "comm_is_cleaned_and_bounded", comm_bytes,
	  HEAD "eth0@4026531840 delivered 12.345 us\n"
	  "    +0.000 us (+0.000 us) cpu0 sendmsg            ?[2J?456789abcde[11]\n"
	  "    +1.234 us (+1.234 us) cpu0 ip_send_skb\n"
	  "    +12.345 us (+11.111 us) cpu13 recvmsg            eth0 named[22]\n" },
	{ "time_never_runs_back", backwards,
	  HEAD "eth0@4026531840 delivered 12.345 us\n"
	  "    +0.000 us (+0.000 us) cpu0 sendmsg            dig[11]\n"
	  "    +20.000 us (+20.000 us) cpu0 ip_send_skb\n"
	  "    +12.345 us (+0.000 us) cpu13 recvmsg            eth0 named[22]\n" },
	{ "first_stage_has_no_previous", late_start,
	  HEAD "eth0@4026531840 delivered 12.345 us\n"
	  "    +1.000 us (+0.000 us) cpu0 sendmsg            dig[11]\n"
	  "    +1.234 us (+0.234 us) cpu0 ip_send_skb\n"
	  "    +12.345 us (+11.111 us) cpu13 recvmsg            eth0 named[22]\n" },
	{ "oneline", oneline, HEAD "eth0@4026531840 delivered 12.345 us"
	  " | sendmsg +0.000 ip_send_skb +1.234 recvmsg +12.345\n" },
	{ "oneline_without_stages", oneline_empty,
	  HEAD "eth0@4026531840 delivered 12.345 us\n" },
	{ "newer_longer_parts_are_skipped", newer, HEAD BODY },
	{ "largest_times", big_time,
	  "[18446744073.709551615] #7 UDP 10.0.0.1:40000 > 10.0.0.2:53 len 60 "
	  "eth0@4026531840 delivered 18446744073709551.615 us\n" },
};

#define NR_TEXT_CASES	ARRAY_SIZE(text_cases)

/* A dropped packet with two devices and three stages. */
static void packed(struct blob *blob)
{
	struct fixture fix;

	fixture_init(&fix);
	set_drop(&fix, "NO_SOCKET", "udp_rcv+0x1f");
	fix.hdr.nr_devs = 2;
	fix.hdr.nr_stamps = 3;
	fixture_pack(&fix, blob);
}

static bool same_text(struct np_buf *buf, const char *expect)
{
	bool same = buf->len == strlen(expect) &&
		    (!buf->len || !memcmp(buf->data, expect, buf->len));

	if (!same)
		printf("# expected: %s# got:      %.*s", expect, (int)buf->len,
		       buf->data ? buf->data : "");
	np_buf_free(buf);
	return same;
}

#endif /* TEST_DECODE_CASES_H */
