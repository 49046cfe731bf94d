// SPDX-License-Identifier: GPL-2.0-only
/* Records as text, the same bytes as the module's file "trace". */
#include "np_text.h"

#include <arpa/inet.h>
#include <string.h>
#include <time.h>

#include <linux/if_packet.h>

#include "np_flow.h"

#define NSEC_PER_SEC	1000000000ULL

static void text_us(struct np_buf *buf, __u64 ns)
{
	np_buf_printf(buf, "%llu.%03llu", ns / 1000, ns % 1000);
}

static void text_time(struct np_buf *buf, __u64 ns, const struct np_format *fmt)
{
	char date[64] = "";
	struct tm tm;
	time_t sec;

	if (fmt->wall && fmt->wall_known) {
		ns += (__u64)fmt->wall_offset_ns;
		sec = (time_t)(ns / NSEC_PER_SEC);
		if (localtime_r(&sec, &tm) &&
		    strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm)) {
			np_buf_printf(buf, "[%s.%09llu]", date,
				      ns % NSEC_PER_SEC);
			return;
		}
		ns -= (__u64)fmt->wall_offset_ns;
	}
	np_buf_printf(buf, "[%6llu.%09llu]", ns / NSEC_PER_SEC,
		      ns % NSEC_PER_SEC);
}

static void text_addr(struct np_buf *buf, const struct np_packet *pkt,
		      const __u8 addr[16], __be16 port)
{
	char text[NP_ADDR_LEN];

	np_flow_addr(pkt, addr, text);
	if (np_flow_has_addr(pkt) && pkt->hdr.ip_version == 6)
		np_buf_printf(buf, "[%s]", text);
	else
		np_buf_printf(buf, "%s", text);
	if (np_flow_has_ports(pkt))
		np_buf_printf(buf, ":%u", ntohs(port));
}

static void text_devs(struct np_buf *buf, const struct np_packet *pkt)
{
	struct netpath_dev dev;
	unsigned int nr;

	if (!pkt->hdr.nr_devs)
		np_buf_add(buf, "-", 1);
	for (nr = 1; np_packet_dev(pkt, nr, &dev); nr++) {
		if (nr > 1)
			np_buf_printf(buf, " > ");
		np_buf_add_clean(buf, dev.name, sizeof(dev.name));
		np_buf_printf(buf, "@%u", dev.netns);
	}
}

static void text_outcome(struct np_buf *buf, const struct np_packet *pkt)
{
	const char *name = np_names_outcome(pkt->hdr.outcome);

	if (name)
		np_buf_printf(buf, "%s", name);
	else
		np_buf_printf(buf, "outcome-%u", pkt->hdr.outcome);

	if (pkt->hdr.outcome == NETPATH_OUTCOME_MERGED) {
		np_buf_printf(buf, " into #%llu", pkt->hdr.merged_id);
	} else if (pkt->hdr.outcome == NETPATH_OUTCOME_DROPPED) {
		if (pkt->reason_len)
			np_buf_add(buf, " ", 1);
		np_buf_add_clean(buf, pkt->reason, pkt->reason_len);
		if (pkt->location_len)
			np_buf_printf(buf, " at ");
		np_buf_add_clean(buf, pkt->location, pkt->location_len);
	}
}

static void text_flags(struct np_buf *buf, const struct np_packet *pkt)
{
	if (pkt->hdr.flags & NETPATH_F_LATE)
		np_buf_printf(buf, " late");
	if (pkt->hdr.flags & NETPATH_F_TRUNCATED)
		np_buf_printf(buf, " truncated");
	if (pkt->hdr.flags & NETPATH_F_CLONE)
		np_buf_printf(buf, " clone");
	if (pkt->hdr.flags & NETPATH_F_RETRANS)
		np_buf_printf(buf, " retrans");
	if (pkt->hdr.parent_id)
		np_buf_printf(buf, " parent #%llu", pkt->hdr.parent_id);
	if (pkt->hdr.flags & NETPATH_F_VLAN)
		np_buf_printf(buf, " vlan %u", pkt->hdr.vlan_tci & 0xfff);
	if (pkt->hdr.pkt_type == PACKET_OTHERHOST)
		np_buf_printf(buf, " otherhost");
	if (pkt->hdr.hw_time_ns)
		np_buf_printf(buf, " hw %llu.%09llu",
			      pkt->hdr.hw_time_ns / NSEC_PER_SEC,
			      pkt->hdr.hw_time_ns % NSEC_PER_SEC);
}

static void text_head(struct np_buf *buf, const struct np_packet *pkt,
		      const struct np_format *fmt)
{
	char proto[NP_PROTO_LEN];

	np_flow_proto(pkt, proto);
	text_time(buf, pkt->hdr.start_ns, fmt);
	np_buf_printf(buf, " #%llu %s ", pkt->hdr.id, proto);
	text_addr(buf, pkt, pkt->hdr.saddr, pkt->hdr.sport);
	np_buf_printf(buf, " > ");
	text_addr(buf, pkt, pkt->hdr.daddr, pkt->hdr.dport);
	np_buf_printf(buf, " len %u ", pkt->hdr.ip_len);
	text_devs(buf, pkt);
	np_buf_add(buf, " ", 1);
	text_outcome(buf, pkt);
	np_buf_add(buf, " ", 1);
	text_us(buf, pkt->hdr.total_ns);
	np_buf_printf(buf, " us");
	text_flags(buf, pkt);
}

static void text_process(struct np_buf *buf, const char comm[NETPATH_COMM_LEN],
			 __u32 pid)
{
	if (!pid)
		return;
	np_buf_add(buf, " ", 1);
	np_buf_add_clean(buf, comm, NETPATH_COMM_LEN);
	np_buf_printf(buf, "[%u]", pid);
}

static void text_socket(struct np_buf *buf, __u64 cookie, __u32 netns)
{
	if (cookie)
		np_buf_printf(buf, " sock %llu@%u", cookie, netns);
}

/* What a stage has to say beside its time. */
static void text_detail(struct np_buf *buf, const struct np_packet *pkt,
			const struct netpath_stamp *stamp)
{
	const char *label = np_names_label(stamp->stage);
	const struct netpath_packet *hdr = &pkt->hdr;

	if (stamp->stage == NETPATH_STAGE_SENDMSG) {
		text_process(buf, hdr->writer_comm, hdr->writer_pid);
		text_socket(buf, hdr->writer_cookie, hdr->writer_netns);
		if (hdr->sock_age_ns) {
			np_buf_printf(buf, " age ");
			text_us(buf, hdr->sock_age_ns);
			np_buf_printf(buf, " us");
		}
	} else if (stamp->stage == NETPATH_STAGE_RECVMSG) {
		text_process(buf, hdr->reader_comm, hdr->reader_pid);
	} else if (stamp->stage == NETPATH_STAGE_SOCK_ENQUEUE) {
		text_socket(buf, hdr->reader_cookie, hdr->reader_netns);
	} else if (stamp->stage == NETPATH_STAGE_TCP_TRANSMIT) {
		np_buf_printf(buf, " seq %u cwnd %u srtt %u us unacked %u",
			      hdr->tcp_seq, hdr->tcp_cwnd, hdr->tcp_srtt_us,
			      hdr->tcp_unacked);
	} else if (stamp->stage == NETPATH_STAGE_QDISC_ENQUEUE) {
		np_buf_add(buf, " ", 1);
		np_buf_add_clean(buf, pkt->qdisc, pkt->qdisc_len);
		np_buf_printf(buf, " handle=%x:%x", stamp->detail >> 16,
			      stamp->detail & 0xffff);
		return;
	}
	if (*label)
		np_buf_printf(buf, " %s=%u", label, stamp->detail);
}

static void text_stamp(struct np_buf *buf, const struct np_packet *pkt,
		       const struct netpath_stamp *stamp,
		       const struct netpath_stamp *prev,
		       const struct np_format *fmt)
{
	struct netpath_dev dev;
	__u64 delta = 0;

	/* Clocks of two CPUs may differ by some ns; time never runs back. */
	if (stamp->offset_ns > prev->offset_ns)
		delta = stamp->offset_ns - prev->offset_ns;

	np_buf_printf(buf, "    +");
	text_us(buf, stamp->offset_ns);
	np_buf_printf(buf, " us (+");
	text_us(buf, delta);
	np_buf_printf(buf, " us) cpu%u %-18s", stamp->cpu,
		      fmt->names->stage[stamp->stage]);

	if (stamp->dev != prev->dev && np_packet_dev(pkt, stamp->dev, &dev)) {
		np_buf_add(buf, " ", 1);
		np_buf_add_clean(buf, dev.name, sizeof(dev.name));
	}
	text_detail(buf, pkt, stamp);
	np_buf_trim(buf);
	np_buf_add(buf, "\n", 1);
}

/**
 * np_text_packet() - Append one packet's journey, with the final newline.
 * @buf: receives the text
 * @pkt: the packet
 * @fmt: how to show it
 */
void np_text_packet(struct np_buf *buf, const struct np_packet *pkt,
		    const struct np_format *fmt)
{
	struct netpath_stamp prev = { 0 };
	struct netpath_stamp stamp;
	unsigned int i;

	/* nothing came before the first stage */
	if (np_packet_stamp(pkt, 0, &stamp))
		prev.offset_ns = stamp.offset_ns;
	text_head(buf, pkt, fmt);
	if (!fmt->oneline)
		np_buf_add(buf, "\n", 1);
	else if (pkt->hdr.nr_stamps)
		np_buf_printf(buf, " |");

	for (i = 0; np_packet_stamp(pkt, i, &stamp); i++) {
		if (fmt->oneline) {
			np_buf_printf(buf, " %s +",
				      fmt->names->stage[stamp.stage]);
			text_us(buf, stamp.offset_ns);
		} else {
			text_stamp(buf, pkt, &stamp, &prev, fmt);
		}
		prev = stamp;
	}
	if (fmt->oneline)
		np_buf_add(buf, "\n", 1);
}

/**
 * np_text_lost() - Append a line about lost records.
 * @buf: receives the text
 * @lost: what was lost
 * @cpu: CPU whose ring lost it
 */
void np_text_lost(struct np_buf *buf, const struct netpath_lost *lost,
		  unsigned int cpu)
{
	np_buf_printf(buf, "lost %llu records on cpu%u\n", lost->count, cpu);
}
