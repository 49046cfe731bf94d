// SPDX-License-Identifier: GPL-2.0-only
/*
 * A record as text: a head line, then one indented line per stage.  "netpath
 * show" prints the same bytes; Documentation/usage.rst explains them.
 */
#include "np_text.h"

#include <linux/build_bug.h>
#include <linux/ctype.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/in.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/netpath.h>

#include "np_stage.h"

/**
 * struct np_buf - text being put together.
 * @buf: memory
 * @size: its size
 * @len: characters so far
 */
struct np_buf {
	char	*buf;
	size_t	size;
	size_t	len;
};

static __printf(2, 3) void np_text_add(struct np_buf *b, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	b->len += vscnprintf(b->buf + b->len, b->size - b->len, fmt, args);
	va_end(args);
}

/* ns as us with three decimals */
static void np_text_us(struct np_buf *b, const char *before, u64 ns)
{
	np_text_add(b, "%s%llu.%03llu us", before, ns / 1000, ns % 1000);
}

/* Names come from users: nothing that a terminal would act on. */
static void np_text_name(struct np_buf *b, const char *name)
{
	unsigned int i;

	BUILD_BUG_ON(NETPATH_COMM_LEN != NETPATH_IFNAME_LEN);
	for (i = 0; i < NETPATH_COMM_LEN && name[i]; i++)
		np_text_add(b, "%c", isascii(name[i]) && isprint(name[i]) ? name[i] : '?');
}

static void np_text_comm(struct np_buf *b, const char *comm, u32 pid)
{
	if (!pid)
		return;
	np_text_add(b, " ");
	np_text_name(b, comm);
	np_text_add(b, "[%u]", pid);
}

static bool np_text_has_ports(u8 proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP ||
	       proto == IPPROTO_DCCP || proto == IPPROTO_UDPLITE;
}

static void np_text_addr(struct np_buf *b, const struct netpath_packet *pkt, const u8 *addr,
			 __be16 port)
{
	bool ports = np_text_has_ports(pkt->l4_proto);

	if (!(pkt->flags & NETPATH_F_FLOW)) {
		np_text_add(b, "-");
		return;
	}
	if (pkt->ip_version == 4)
		np_text_add(b, "%pI4", addr);
	else
		np_text_add(b, "[%pI6c]", addr);
	if (ports)
		np_text_add(b, ":%u", ntohs(port));
}

static void np_text_proto(struct np_buf *b, const struct netpath_packet *pkt)
{
	if (!(pkt->flags & NETPATH_F_FLOW)) {
		if (pkt->eth_proto == htons(ETH_P_ARP))
			np_text_add(b, "ARP ");
		else
			np_text_add(b, "0x%04x ", ntohs(pkt->eth_proto));
		return;
	}
	switch (pkt->l4_proto) {
	case IPPROTO_TCP:
		np_text_add(b, "TCP ");
		break;
	case IPPROTO_UDP:
		np_text_add(b, "UDP ");
		break;
	case IPPROTO_ICMP:
		np_text_add(b, "ICMP ");
		break;
	case IPPROTO_ICMPV6:
		np_text_add(b, "ICMPv6 ");
		break;
	default:
		np_text_add(b, "proto-%u ", pkt->l4_proto);
	}
}

static void np_text_head(struct np_buf *b, const struct netpath_packet *pkt,
			 const struct netpath_dev *devs, const char *text)
{
	unsigned int i;

	np_text_add(b, "[%6llu.%09llu] #%llu ", pkt->start_ns / NSEC_PER_SEC,
		    pkt->start_ns % NSEC_PER_SEC, pkt->id);
	np_text_proto(b, pkt);
	np_text_addr(b, pkt, pkt->saddr, pkt->sport);
	np_text_add(b, " > ");
	np_text_addr(b, pkt, pkt->daddr, pkt->dport);
	np_text_add(b, " len %u ", pkt->ip_len);
	for (i = 0; i < pkt->nr_devs; i++) {
		np_text_add(b, "%s", i ? " > " : "");
		np_text_name(b, devs[i].name);
		np_text_add(b, "@%u", devs[i].netns);
	}
	np_text_add(b, "%s %s", pkt->nr_devs ? "" : "-", np_outcome_name(pkt->outcome));
	if (pkt->outcome == NETPATH_OUTCOME_DROPPED) {
		np_text_add(b, "%s%s", *text ? " " : "", text);
		np_text_add(b, " at %s", text + strlen(text) + 1);
	} else if (pkt->outcome == NETPATH_OUTCOME_MERGED) {
		np_text_add(b, " into #%llu", pkt->merged_id);
	}
	np_text_us(b, " ", pkt->total_ns);
	np_text_add(b, "%s%s%s%s",
		    pkt->flags & NETPATH_F_LATE ? " late" : "",
		    pkt->flags & NETPATH_F_TRUNCATED ? " truncated" : "",
		    pkt->flags & NETPATH_F_CLONE ? " clone" : "",
		    pkt->flags & NETPATH_F_RETRANS ? " retrans" : "");
	if (pkt->parent_id)
		np_text_add(b, " parent #%llu", pkt->parent_id);
	if (pkt->flags & NETPATH_F_VLAN)
		np_text_add(b, " vlan %u", pkt->vlan_tci & 0xfff);
	if (pkt->pkt_type == PACKET_OTHERHOST)
		np_text_add(b, " otherhost");
	if (pkt->hw_time_ns)
		np_text_add(b, " hw %llu.%09llu", pkt->hw_time_ns / NSEC_PER_SEC,
			    pkt->hw_time_ns % NSEC_PER_SEC);
	np_text_add(b, "\n");
}

static void np_text_socket(struct np_buf *b, u64 cookie, u32 netns)
{
	if (cookie)
		np_text_add(b, " sock %llu@%u", cookie, netns);
}

/* What a stage has to say beside its time. */
static void np_text_detail(struct np_buf *b, const struct netpath_packet *pkt,
			   const struct netpath_stamp *stamp, const char *qdisc)
{
	const char *label = np_stage_label(stamp->stage);

	switch (stamp->stage) {
	case NETPATH_STAGE_SENDMSG:
		np_text_comm(b, pkt->writer_comm, pkt->writer_pid);
		np_text_socket(b, pkt->writer_cookie, pkt->writer_netns);
		if (pkt->sock_age_ns)
			np_text_us(b, " age ", pkt->sock_age_ns);
		break;
	case NETPATH_STAGE_RECVMSG:
		np_text_comm(b, pkt->reader_comm, pkt->reader_pid);
		break;
	case NETPATH_STAGE_SOCK_ENQUEUE:
		np_text_socket(b, pkt->reader_cookie, pkt->reader_netns);
		break;
	case NETPATH_STAGE_TCP_TRANSMIT:
		np_text_add(b, " seq %u cwnd %u srtt %u us unacked %u", pkt->tcp_seq,
			    pkt->tcp_cwnd, pkt->tcp_srtt_us, pkt->tcp_unacked);
		break;
	case NETPATH_STAGE_QDISC_ENQUEUE:
		np_text_add(b, " ");
		np_text_name(b, qdisc);
		np_text_add(b, " handle=%x:%x", stamp->detail >> 16, stamp->detail & 0xffff);
		return;
	}
	if (*label)
		np_text_add(b, " %s=%u", label, stamp->detail);
}

static void np_text_stage(struct np_buf *b, const struct netpath_packet *pkt,
			  const struct netpath_dev *devs, const struct netpath_stamp *stamps,
			  unsigned int i, const char *qdisc)
{
	const struct netpath_stamp *stamp = &stamps[i];

	np_text_us(b, "    +", stamp->offset_ns);
	np_text_us(b, " (+", i ? stamp->offset_ns - stamps[i - 1].offset_ns : 0);
	np_text_add(b, ") cpu%u %-18s", stamp->cpu, np_stage_name(stamp->stage));
	if (stamp->dev && (!i || stamp->dev != stamps[i - 1].dev)) {
		np_text_add(b, " ");
		np_text_name(b, devs[stamp->dev - 1].name);
	}
	np_text_detail(b, pkt, stamp, qdisc);
	while (b->len && b->buf[b->len - 1] == ' ')
		b->len--;
	np_text_add(b, "\n");
}

/**
 * np_text_record() - Write a record as text.
 * @buf: memory, at least NP_TEXT_MAX bytes so that nothing is cut off
 * @size: its size
 * @rec: record as np_reader_next() gave it
 * @cpu: CPU whose ring it comes from
 *
 * Context: Process.
 * Return: Length of the text, without the NUL.
 */
size_t np_text_record(char *buf, size_t size, const void *rec, unsigned int cpu)
{
	struct np_buf b = { .buf = buf, .size = size };
	const struct netpath_packet *pkt = rec;
	const struct netpath_stamp *stamps;
	const struct netpath_dev *devs;
	const char *text, *qdisc = "";
	unsigned int i;

	if (pkt->rec.type == NETPATH_REC_LOST) {
		np_text_add(&b, "lost %llu records on cpu%u\n",
			    ((const struct netpath_lost *)rec)->count, cpu);
		return b.len;
	}
	devs = rec + pkt->hdr_len;
	stamps = (const void *)(devs + pkt->nr_devs);
	text = (const char *)(stamps + pkt->nr_stamps);
	np_text_head(&b, pkt, devs, text);
	if (pkt->text_len) {
		qdisc = text + strlen(text) + 1;
		qdisc += strlen(qdisc) + 1;
	}
	for (i = 0; i < pkt->nr_stamps; i++)
		np_text_stage(&b, pkt, devs, stamps, i, qdisc);
	return b.len;
}
