// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a journey: from slot to histograms and ring record, and from
 * ring record to what users read.
 */
#include "np_record.h"

#include <linux/cpumask.h>
#include <linux/in.h>
#include <linux/irqflags.h>
#include <linux/kallsyms.h>
#include <linux/percpu.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "compat/np_compat.h"
#include "np_trace.h"

/* Times of wake-ups are kept in this many bits. */
#define NP_WAKE_MASK	((1ULL << 48) - 1)

/**
 * struct np_out - where a CPU's records go.
 * @ring: ring
 * @hists: one histogram per stage
 */
struct np_out {
	struct np_ring	ring;
	struct np_hist	*hists;
};

static DEFINE_PER_CPU(struct np_out, np_out);

static_assert(sizeof(struct np_hist) == NP_HIST_BUCKETS * sizeof(u64));

/* Bytes for the strings behind the stamps: reason, symbol, kind of the qdisc. */
#define NP_TEXT_REASON	128
#define NP_TEXT_SYMBOL	224
#define NP_TEXT_ROOM	(NP_TEXT_REASON + NP_TEXT_SYMBOL + 32)

static_assert(sizeof(struct np_raw) + NP_SLOT_DEVS * sizeof(struct netpath_dev) +
	      NP_SLOT_STAMPS * sizeof(struct np_stamp) + sizeof(struct np_extra) <=
	      NP_RING_FRAME_MAX);
static_assert(sizeof(struct netpath_packet) + NP_SLOT_DEVS * sizeof(struct netpath_dev) +
	      NP_SLOT_STAMPS * sizeof(struct netpath_stamp) + NP_TEXT_ROOM <= NETPATH_RECORD_MAX);

/* A socket is in the namespace of the device that its packet leaves or came by. */
static void np_record_netns(const struct np_raw *raw, struct netpath_packet *pkt)
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

/* The fixed part of a record. */
static void np_record_head(const struct np_raw *raw, struct netpath_packet *pkt)
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
	np_record_netns(raw, pkt);
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

/*
 * Put what others noted, if it was for this packet, where it belongs in time.
 * The CPU is the one of the stage before.
 */
static __always_inline bool np_record_add_noted(struct np_slot *slot, u64 word, u32 stage)
{
	struct np_stamp *stamp = slot->next;
	u64 time;

	if ((u16)word != (u16)slot->ident.id || unlikely(!word || stamp == slot->end))
		return false;
	time = slot->stamps[0].time;
	time += ((word >> 16) - time) & NP_WAKE_MASK;
	while (stamp > slot->stamps && stamp[-1].time > time) {
		*stamp = stamp[-1];
		stamp--;
	}
	stamp->time = time;
	stamp->tag = stamp > slot->stamps ? stamp[-1].tag & ~0xffU : 0;
	stamp->tag |= stage;
	stamp->detail = 0;
	slot->next++;
	return true;
}

/* Copies by words: the compiler would call memcpy(), which costs more than it moves. */
static __always_inline u64 np_record_put_stamp(const struct np_stamp *stamp, ptrdiff_t delta)
{
	u64 *to = (u64 *)((void *)stamp + delta), tag = *(const u64 *)&stamp->tag;

	to[0] = stamp->time;
	to[1] = tag;
	return NP_TAG_STAGE(tag);
}

static __always_inline void *np_record_put_devs(u64 *to, const struct np_slot *slot)
{
	const u64 *from = (const u64 *)slot->devs;

	for (; from < (const u64 *)slot->next_dev; from += 3, to += 3) {
		to[0] = from[0];
		to[1] = from[1];
		to[2] = from[2];
	}
	return to;
}

/* For the trace event: the part of the record that it shows. */
static noinline void np_record_trace(const struct np_raw *raw)
{
	struct netpath_packet pkt;

	np_record_head(raw, &pkt);
	trace_netpath_packet(&pkt);
}

/**
 * np_record_commit() - Write the record of a journey that ended.
 * @slot: slot claimed by the caller, its identity complete
 * @location: address of the code that dropped the packet, or 0
 * @now: np_now() reading
 *
 * Counts the time from each stage to the next, and from the last to the end,
 * and puts the record into this CPU's ring.
 *
 * Context: Any.
 */
void np_record_commit(struct np_slot *slot, u64 location, u64 now)
{
	const struct np_stamp *stamp, *end;
	const struct np_clock_cal *cal;
	u64 before, time, stage, *hists;
	unsigned int devs_len, extra_len;
	unsigned long flags;
	struct np_out *out;
	struct np_raw *raw;
	ptrdiff_t delta;

	/* pairs with np_track_wake() */
	if (np_record_add_noted(slot, smp_load_acquire(&slot->wake), NETPATH_STAGE_SOCK_WAKEUP))
		slot->ident.reader_cookie = READ_ONCE(slot->wake_cookie);
	extra_len = 0;
	if (unlikely(slot->state & (NP_SLOT_EXTRA | NP_SLOT_DONE))) {
		if (slot->state & NP_SLOT_EXTRA)
			extra_len = sizeof(slot->extra);
		if (slot->state & NP_SLOT_DONE)
			np_record_add_noted(slot, READ_ONCE(slot->done),
					    NETPATH_STAGE_DEV_XMIT_DONE);
	}
	devs_len = (void *)slot->next_dev - (void *)slot->devs;

	local_irq_save(flags);
	out = this_cpu_ptr(&np_out);
	raw = (struct np_raw *)np_ring_reserve(&out->ring, sizeof(*raw) +
					       devs_len + extra_len +
					       ((void *)slot->next - (void *)slot->stamps));
	cal = READ_ONCE(np_clock_cal);
	raw->frame.time = np_clock_ns(cal, now);
	raw->location = location;
	raw->cal = *cal;
	raw->cpu = smp_processor_id();
	raw->extra_len = extra_len;
	raw->devs_len = devs_len;
	raw->stamps_len = (void *)slot->next - (void *)slot->stamps;
	raw->ident = slot->ident;
	delta = np_record_put_devs((u64 *)(raw + 1), slot) - (void *)slot->stamps;

	stamp = slot->stamps;
	end = slot->next;
	/* what was inherited and counted before: copied only */
	for (; unlikely(stamp < slot->stamps + slot->counted); stamp++)
		np_record_put_stamp(stamp, delta);
	if (likely(stamp < end)) {
		hists = (u64 *)out->hists;
		before = stamp->time - NP_HIST_BIAS;
		stage = np_record_put_stamp(stamp, delta);
		while (++stamp < end) {
			time = stamp->time;
			hists[stage * NP_HIST_BUCKETS + np_hist_index(time - before)]++;
			before = time - NP_HIST_BIAS;
			stage = np_record_put_stamp(stamp, delta);
		}
		/* what was read ended with the last copy, whenever its memory is freed */
		if (likely(slot->ident.outcome == NETPATH_OUTCOME_DELIVERED))
			now = before + NP_HIST_BIAS;
		else
			hists[stage * NP_HIST_BUCKETS + np_hist_index(now - before)]++;
	}
	raw->end = now;
	if (unlikely(extra_len))
		memcpy((void *)raw + raw->frame.len - extra_len, &slot->extra, extra_len);

	np_ring_commit(&out->ring);
	if (trace_netpath_packet_enabled())
		np_record_trace(raw);
	local_irq_restore(flags);
}

/* Symbol and offset of a code address; never the address itself. */
static void np_record_symbol(char *buf, size_t size, unsigned long location)
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
static unsigned int np_record_text(char *to, const struct netpath_packet *pkt, u64 location,
				   const struct np_extra *extra)
{
	unsigned int len = 2;

	memset(to, 0, NP_TEXT_ROOM);
	if (pkt->outcome == NETPATH_OUTCOME_DROPPED) {
		len = strscpy(to, np_drop_reason_name(pkt->drop_reason), NP_TEXT_REASON) + 1;
		np_record_symbol(to + len, NP_TEXT_SYMBOL, location);
		len += strlen(to + len) + 1;
	}
	if (extra)
		len += strscpy(to + len, extra->qdisc, sizeof(extra->qdisc));
	return ALIGN(len + 1, 8);
}

/**
 * np_record_export() - Make a record fit for users.
 * @raw: copy of a ring frame, owned by the caller
 * @buf: room for NETPATH_RECORD_MAX bytes
 *
 * Turns readings of the clock into ns, adds the text of drops, blanks what
 * was never set.
 *
 * Context: Process.
 * Return: Length of the record in bytes.
 */
unsigned int np_record_export(const struct np_raw *raw, void *buf)
{
	const struct np_stamp *from;
	struct netpath_packet *pkt = buf;
	const struct np_extra *extra;
	struct netpath_stamp *to;
	unsigned int i;
	s64 time = 0;
	char *end;

	np_record_head(raw, pkt);
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
		pkt->text_len = np_record_text(end, pkt, raw->location, extra);
		end += pkt->text_len;
	}
	pkt->rec.len = end - (char *)buf;
	return pkt->rec.len;
}

/**
 * np_record_totals() - What has ever been written to the rings.
 * @records: set to the number of records
 * @bytes: set to their bytes
 *
 * Context: Any; a snapshot.
 */
void np_record_totals(u64 *records, u64 *bytes)
{
	const struct np_ring *ring;
	int cpu;

	*records = 0;
	*bytes = 0;
	for_each_possible_cpu(cpu) {
		ring = &per_cpu_ptr(&np_out, cpu)->ring;
		*records += READ_ONCE(ring->seq);
		*bytes += READ_ONCE(ring->head);
	}
}

/**
 * np_record_alloc_cpu() - Give a CPU its ring and histograms, once.
 * @cpu: CPU
 * @ring_bytes: power of two
 *
 * Context: Process, may sleep; before hooks can run on @cpu.
 * Return: 0, -ENOMEM or -EINVAL for the size.
 */
int np_record_alloc_cpu(unsigned int cpu, size_t ring_bytes)
{
	struct np_out *out = per_cpu_ptr(&np_out, cpu);
	int node = cpu_to_node(cpu);
	struct np_hist *hists;
	unsigned int i;
	void *data;

	if (out->ring.data)
		return 0;
	data = vzalloc_node(ring_bytes, node);
	/* one more for what negative times spill over, see np_hist.h */
	hists = vzalloc_node(array_size(NETPATH_STAGE_MAX + 1, sizeof(*hists)), node);
	if (!data || !hists) {
		vfree(data);
		vfree(hists);
		return -ENOMEM;
	}
	for (i = 0; i < NETPATH_STAGE_MAX; i++)
		np_hist_reset(&hists[i]);
	out->hists = hists;
	if (!np_ring_init(&out->ring, data, ring_bytes)) {
		vfree(data);
		vfree(hists);
		out->hists = NULL;
		return -EINVAL;
	}
	return 0;
}

/**
 * np_record_free() - Free rings and histograms of all CPUs.
 *
 * Context: Process; no handler runs, nobody reads.
 */
void np_record_free(void)
{
	struct np_out *out;
	int cpu;

	for_each_possible_cpu(cpu) {
		out = per_cpu_ptr(&np_out, cpu);
		vfree(out->ring.data);
		vfree(out->hists);
		memset(out, 0, sizeof(*out));
	}
}

/**
 * np_record_ring() - Ring of a CPU, for readers.
 * @cpu: CPU number
 *
 * Context: Any.
 * Return: NULL when the CPU was never online.
 */
const struct np_ring *np_record_ring(unsigned int cpu)
{
	const struct np_ring *ring = &per_cpu_ptr(&np_out, cpu)->ring;

	return ring->data ? ring : NULL;
}

/**
 * np_record_latency() - Times from a stage to the packets' next, all CPUs.
 * @stage: &enum netpath_stage
 * @work: memory of the caller to merge in, overwritten
 * @sum: result, times in ns
 *
 * Context: Process.
 */
void np_record_latency(unsigned int stage, struct np_hist *work,
		       struct np_hist_summary *sum)
{
	const struct np_clock_cal *cal = READ_ONCE(np_clock_cal);
	struct np_hist *hists;
	unsigned int i;
	int cpu;

	np_hist_reset(work);
	for_each_possible_cpu(cpu) {
		hists = per_cpu_ptr(&np_out, cpu)->hists;
		if (hists)
			np_hist_merge(work, &hists[stage]);
	}
	np_hist_summarize(work, sum);
	/* the buckets count in units of the clock */
	sum->min = np_clock_span_ns(cal, sum->min);
	sum->max = np_clock_span_ns(cal, sum->max);
	for (i = 0; i < ARRAY_SIZE(sum->quantile); i++)
		sum->quantile[i] = np_clock_span_ns(cal, sum->quantile[i]);
}

/**
 * np_record_clear_latency() - Empty all histograms.
 *
 * Context: Process; no hook may be armed.
 */
void np_record_clear_latency(void)
{
	struct np_hist *hists;
	unsigned int i;
	int cpu;

	for_each_possible_cpu(cpu) {
		hists = per_cpu_ptr(&np_out, cpu)->hists;
		for (i = 0; hists && i < NETPATH_STAGE_MAX; i++)
			np_hist_reset(&hists[i]);
	}
}
