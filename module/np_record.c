// SPDX-License-Identifier: GPL-2.0-only
/* The end of a journey: from slot to histograms and ring record. */
#include "np_record.h"

#include <linux/cpumask.h>
#include <linux/irqflags.h>
#include <linux/percpu.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "np_export.h"
#include "np_trace.h"

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

static_assert(sizeof(struct np_raw) + NP_SLOT_DEVS * sizeof(struct netpath_dev) +
	      NP_SLOT_STAMPS * sizeof(struct np_stamp) + sizeof(struct np_extra) <=
	      NP_RING_FRAME_MAX);
/*
 * Put what others noted, if it was for this packet, where it belongs in time.
 * The CPU is the one of the stage before.
 */
static noinline void np_record_add_noted(struct np_slot *slot, u64 word, u32 stage)
{
	struct np_stamp *stamp = slot->next;
	u64 time;

	if (!np_track_noted(slot, word) || stamp == slot->end)
		return;
	time = np_track_noted_time(slot, word);
	while (stamp > slot->stamps && stamp[-1].time > time) {
		*stamp = stamp[-1];
		stamp--;
	}
	stamp->time = time;
	stamp->tag = stamp > slot->stamps ? stamp[-1].tag & ~0xffU : 0;
	stamp->tag |= stage;
	stamp->detail = 0;
	slot->next++;
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

	np_export_head(raw, &pkt);
	trace_netpath_packet(&pkt);
}

/*
 * Counts the time from each stage to the next, and from the last to the end,
 * and puts the record into this CPU's ring.
 */
static __always_inline void np_record_write(struct np_slot *slot, u64 location, u64 now)
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
	if (unlikely(np_track_noted(slot, smp_load_acquire(&slot->wake)))) {
		np_record_add_noted(slot, READ_ONCE(slot->wake), NETPATH_STAGE_SOCK_WAKEUP);
		slot->ident.reader_cookie = READ_ONCE(slot->wake_cookie);
	}
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
	raw->frame.time = now;
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

/**
 * np_record_commit() - Write the record of a journey that ended.
 * @slot: slot claimed by the caller, its identity complete
 * @location: address of the code that dropped the packet, or 0
 * @now: np_now() reading
 *
 * Context: Any.
 */
void np_record_commit(struct np_slot *slot, u64 location, u64 now)
{
	np_record_write(slot, location, now);
}

/**
 * np_record_delivered() - Write the record of a packet that was read, and give its slot back.
 * @slot: slot claimed by the caller, its identity complete but for the outcome
 * @now: np_now() reading
 *
 * The end that most packets have, in one so that the caller need not come back.
 *
 * Context: Any.
 */
void np_record_delivered(struct np_slot *slot, u64 now)
{
	slot->ident.outcome = NETPATH_OUTCOME_DELIVERED;
	np_record_write(slot, 0, now);
	np_count(DEATHS);
	np_track_release(slot);
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
