// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a journey: from slot to histograms and ring record, and from
 * ring record to what users read.
 */
#include "np_record.h"

#include <linux/cpumask.h>
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

/* Put the wake-up, if it was for this packet, where it belongs in time. */
static __always_inline void np_record_add_wake(struct np_slot *slot)
{
	u64 wake = READ_ONCE(slot->wake);
	unsigned int nr = slot->nr, i;
	struct np_stamp *stamp;
	u64 time;

	if (!wake || (u16)wake != (u16)slot->pkt.id || unlikely(nr >= NP_SLOT_STAMPS))
		return;
	time = slot->stamps[0].time;
	time += ((wake >> 16) - time) & NP_WAKE_MASK;
	for (i = nr; i > 0 && slot->stamps[i - 1].time > time; i--)
		slot->stamps[i] = slot->stamps[i - 1];
	stamp = &slot->stamps[i];
	stamp->time = time;
	stamp->detail = 0;
	/* the waker's CPU is the one that put the packet into the queue */
	stamp->tag = (i ? stamp[-1].tag & ~0xffU : 0) | NETPATH_STAGE_SOCK_WAKEUP;
	slot->nr = nr + 1;
}

/**
 * np_record_commit() - Write the record of a journey that ended.
 * @slot: slot claimed by the caller
 * @end: how it ended
 *
 * Counts the times between the stages and puts the record into this CPU's
 * ring.
 *
 * Context: Any, preemption off.
 */
void np_record_commit(struct np_slot *slot, const struct np_end *end)
{
	const struct np_clock_cal *cal = READ_ONCE(np_clock_cal);
	u64 start, last, next, offset, before = 0;
	unsigned int nr, nr_devs, counted, i;
	struct netpath_stamp *to;
	struct np_hist *hists;
	unsigned long flags;
	struct np_out *out;
	struct np_raw *raw;
	u32 len;

	local_irq_save(flags);
	np_record_add_wake(slot);
	nr = slot->nr;
	nr_devs = slot->nr_devs;
	counted = slot->counted;
	len = sizeof(*raw) + nr_devs * sizeof(struct netpath_dev) +
	      nr * sizeof(struct netpath_stamp);

	out = this_cpu_ptr(&np_out);
	hists = out->hists;
	raw = (struct np_raw *)np_ring_reserve(&out->ring, len);
	raw->frame.time = end->time;
	raw->location = end->location;
	raw->pkt = slot->pkt;
	raw->pkt.rec.len = len - offsetof(struct np_raw, pkt);
	raw->pkt.rec.type = NETPATH_REC_PACKET;
	raw->pkt.rec.version = NETPATH_RECORD_VERSION;
	raw->pkt.rec.reserved = 0;
	raw->pkt.hdr_len = sizeof(raw->pkt);
	raw->pkt.dev_len = sizeof(struct netpath_dev);
	raw->pkt.stamp_len = sizeof(struct netpath_stamp);
	raw->pkt.nr_devs = nr_devs;
	raw->pkt.nr_stamps = nr;
	raw->pkt.text_len = 0;
	raw->pkt.seq = raw->frame.seq;
	raw->pkt.cpu = smp_processor_id();
	raw->pkt.outcome = end->outcome;
	raw->pkt.drop_reason = end->reason;
	raw->pkt.reserved = 0;
	raw->pkt.reserved2 = 0;

	to = (struct netpath_stamp *)(raw + 1);
	for (i = 0; i < nr_devs; i++) {
		*(struct netpath_dev *)to = slot->devs[i];
		to = (void *)to + sizeof(struct netpath_dev);
	}

	start = slot->stamps[0].time;
	last = np_clock_span_ns(cal, end->time - start);
	raw->pkt.start_ns = np_clock_ns(cal, start);
	raw->pkt.total_ns = last;
	for (i = 0; i < nr; i++, to++) {
		const struct np_stamp *stamp = &slot->stamps[i];

		offset = np_clock_span_ns(cal, stamp->time - start);
		to->offset_ns = offset;
		*(u64 *)&to->detail = (u64)stamp->tag << 32 | stamp->detail;
		/* time since the previous stage belongs to that stage */
		if (likely(i > counted)) {
			next = offset - before;
			np_hist_add(&hists[NP_TAG_STAGE(stamp[-1].tag)], next);
		}
		before = offset;
	}
	if (likely(nr))
		np_hist_add(&hists[NP_TAG_STAGE(slot->stamps[nr - 1].tag)], last - before);

	np_ring_commit(&out->ring);
	trace_netpath_packet(&raw->pkt);
	np_count(RECORDS);
	np_count_add(BYTES, len);
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

/**
 * np_record_export() - Make a record fit for users.
 * @raw: copy of a ring frame, owned by the caller
 * @buf: room for NETPATH_RECORD_MAX bytes
 *
 * Adds the text of drops and blanks what was never set.
 *
 * Context: Process.
 * Return: Length of the record in bytes.
 */
unsigned int np_record_export(const struct np_raw *raw, void *buf)
{
	struct netpath_packet *pkt = buf;
	unsigned int len = raw->pkt.rec.len, text;
	const char *reason;
	char *end;

	memcpy(pkt, &raw->pkt, len);
	if (!pkt->writer_pid)
		memset(pkt->writer_comm, 0, sizeof(pkt->writer_comm));
	if (!pkt->reader_pid)
		memset(pkt->reader_comm, 0, sizeof(pkt->reader_comm));
	if (!(pkt->flags & NETPATH_F_FLOW)) {
		memset(pkt->saddr, 0, sizeof(pkt->saddr));
		memset(pkt->daddr, 0, sizeof(pkt->daddr));
	}
	if (pkt->outcome != NETPATH_OUTCOME_DROPPED)
		return len;

	end = buf + len;
	memset(end, 0, NETPATH_RECORD_MAX - len);
	reason = np_drop_reason_name(pkt->drop_reason);
	text = strscpy(end, reason, 128) + 1;
	np_record_symbol(end + text, 256, raw->location);
	text += strlen(end + text) + 1;
	pkt->text_len = ALIGN(text, 8);
	pkt->rec.len = len + pkt->text_len;
	return pkt->rec.len;
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
	hists = vzalloc_node(array_size(NETPATH_STAGE_MAX, sizeof(*hists)), node);
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
	struct np_hist *hists;
	int cpu;

	np_hist_reset(work);
	for_each_possible_cpu(cpu) {
		hists = per_cpu_ptr(&np_out, cpu)->hists;
		if (hists)
			np_hist_merge(work, &hists[stage]);
	}
	np_hist_summarize(work, sum);
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
