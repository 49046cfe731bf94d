// SPDX-License-Identifier: GPL-2.0-only
/* From a record in the ring to what users read. */
#include "np_export.h"

#include <linux/in.h>
#include <linux/kallsyms.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "compat/np_compat.h"
#include "np_record.h"

/* Bytes for the strings behind the stamps: reason, symbol, kind of the qdisc. */
#define NP_TEXT_REASON	128
#define NP_TEXT_SYMBOL	224
#define NP_TEXT_ROOM	(NP_TEXT_REASON + NP_TEXT_SYMBOL + 32)

static_assert(sizeof(struct netpath_packet) + NP_SLOT_DEVS * sizeof(struct netpath_dev) +
	      NP_SLOT_STAMPS * sizeof(struct netpath_stamp) + NP_TEXT_ROOM <= NETPATH_RECORD_MAX);

/* A socket is in the namespace of the device that its packet leaves or came by. */
static void np_export_netns(const struct np_raw *raw, struct netpath_packet *pkt)
{
	const struct netpath_dev *devs = (const void *)(raw + 1);

	if (pkt->writer_cookie && pkt->nr_devs)
		pkt->writer_netns = devs[0].netns;
	else if (pkt->writer_cookie && (pkt->outcome == NETPATH_OUTCOME_DROPPED ||
					pkt->outcome == NETPATH_OUTCOME_EXPIRED))
		pkt->writer_netns = raw->ident.sock_netns;
	if (pkt->reader_cookie && pkt->nr_devs)
		pkt->reader_netns = devs[pkt->nr_devs - 1].netns;
}

/**
 * np_export_head() - The fixed part of a record.
 * @raw: record in the ring, or a copy of it
 * @pkt: takes it
 *
 * Context: Any.
 */
void np_export_head(const struct np_raw *raw, struct netpath_packet *pkt)
{
	const struct np_ident *ident = &raw->ident;
	const struct np_extra *extra;
	const struct np_stamp *stamps;
	u64 start;

	stamps = (const void *)(raw + 1) + raw->devs_len;
	extra = (const void *)stamps + raw->stamps_len;
	start = raw->stamps_len ? stamps[0].time : raw->end;
	*pkt = (struct netpath_packet) {
		.rec = {
			.type		= NETPATH_REC_PACKET,
			.version	= NETPATH_RECORD_VERSION,
		},
		.hdr_len	= sizeof(*pkt),
		.dev_len	= sizeof(struct netpath_dev),
		.stamp_len	= sizeof(struct netpath_stamp),
		.nr_devs	= raw->devs_len / sizeof(struct netpath_dev),
		.nr_stamps	= raw->stamps_len / sizeof(struct np_stamp),
		.seq		= raw->frame.seq,
		.id		= ident->id,
		.parent_id	= ident->parent_id,
		.merged_id	= ident->merged_id,
		.start_ns	= np_clock_ns(&raw->cal, start),
		.total_ns	= np_clock_span_ns(&raw->cal,
						    max_t(s64, raw->end - start, 0)),
		.flags		= ident->flags,
		.cpu		= raw->cpu,
		.outcome	= ident->outcome,
		.ip_version	= ident->ip_version,
		.l4_proto	= ident->l4_proto,
		.sport		= ident->sport,
		.dport		= ident->dport,
		.ip_len		= ident->ip_len,
		.drop_reason	= ident->drop_reason,
		.writer_pid	= ident->writer_pid,
		.reader_pid	= ident->reader_pid,
		.eth_proto	= ident->eth_proto,
		.pkt_type	= ident->pkt_type,
		.vlan_tci	= ident->vlan_tci,
		.writer_cookie	= ident->writer_cookie,
		.reader_cookie	= ident->reader_cookie,
	};
	np_export_netns(raw, pkt);
	if (raw->extra_len) {
		pkt->sock_state = extra->sock_state;
		pkt->hw_time_ns = extra->hw_time;
		pkt->sock_age_ns = np_clock_span_ns(&raw->cal, extra->sock_age);
		pkt->tcp_cwnd = extra->tcp_cwnd;
		pkt->tcp_srtt_us = extra->tcp_srtt_us;
		pkt->tcp_unacked = extra->tcp_unacked;
	}
	if (ident->flags & NETPATH_F_FLOW) {
		memcpy(pkt->saddr, ident->saddr, sizeof(pkt->saddr));
		memcpy(pkt->daddr, ident->daddr, sizeof(pkt->daddr));
		if (ident->l4_proto == IPPROTO_TCP)
			pkt->tcp_seq = ident->tcp_seq;
	}
	if (ident->writer_pid)
		memcpy(pkt->writer_comm, ident->writer_comm, NETPATH_COMM_LEN);
	if (ident->reader_pid)
		memcpy(pkt->reader_comm, ident->reader_comm, NETPATH_COMM_LEN);
}

/* Symbol and offset of a code address; never the address itself. */
static void np_export_symbol(char *buf, size_t size, unsigned long location)
{
	char sym[KSYM_SYMBOL_LEN];
	char *slash;

	sprint_symbol(sym, location);
	if (!strncmp(sym, "0x", 2)) {
		strscpy(buf, "unknown", size);
		return;
	}
	/* symbol+0xoffset/0xsize [module]: the size says nothing about the drop */
	slash = strchr(sym, '/');
	if (slash)
		*slash = '\0';
	strscpy(buf, sym, size);
}

/* The strings behind the stamps; returns their length, a multiple of 8. */
static unsigned int np_export_text(char *to, const struct netpath_packet *pkt, u64 location,
				   const struct np_extra *extra)
{
	unsigned int len = 2;

	memset(to, 0, NP_TEXT_ROOM);
	if (pkt->outcome == NETPATH_OUTCOME_DROPPED) {
		rcu_read_lock();
		len = scnprintf(to, NP_TEXT_REASON, "%s",
				np_drop_reason_name(pkt->drop_reason)) + 1;
		rcu_read_unlock();
		np_export_symbol(to + len, NP_TEXT_SYMBOL, location);
		len += strlen(to + len) + 1;
	}
	if (extra)
		len += strscpy(to + len, extra->qdisc, sizeof(extra->qdisc));
	return ALIGN(len + 1, 8);
}

/**
 * np_export_record() - Make a record fit for users.
 * @raw: copy of a ring frame, owned by the caller
 * @buf: room for NETPATH_RECORD_MAX bytes
 *
 * Turns readings of the clock into ns, adds the text of drops, blanks what
 * was never set.
 *
 * Context: Process.
 * Return: Length of the record in bytes.
 */
unsigned int np_export_record(const struct np_raw *raw, void *buf)
{
	const struct np_stamp *from;
	struct netpath_packet *pkt = buf;
	const struct np_extra *extra;
	struct netpath_stamp *to;
	unsigned int i;
	s64 time = 0;
	char *end;

	np_export_head(raw, pkt);
	memcpy(pkt + 1, raw + 1, raw->devs_len);
	from = (const void *)(raw + 1) + raw->devs_len;
	to = (void *)(pkt + 1) + raw->devs_len;
	for (i = 0; i < pkt->nr_stamps; i++) {
		/* should the clock have gone back, time stands still */
		time = max_t(s64, time, from[i].time - from[0].time);
		to[i].offset_ns = np_clock_span_ns(&raw->cal, time);
		to[i].detail = from[i].detail;
		to[i].stage = NP_TAG_STAGE(from[i].tag);
		to[i].dev = from[i].tag >> NP_TAG_DEV_SHIFT;
		to[i].cpu = from[i].tag >> NP_TAG_CPU_SHIFT;
	}
	end = (char *)(to + i);
	extra = raw->extra_len ? (const void *)(from + i) : NULL;
	if (pkt->outcome == NETPATH_OUTCOME_DROPPED || (extra && *extra->qdisc)) {
		pkt->text_len = np_export_text(end, pkt, raw->location, extra);
		end += pkt->text_len;
	}
	pkt->rec.len = end - (char *)buf;
	return pkt->rec.len;
}
