// SPDX-License-Identifier: GPL-2.0-only
/* The end of a journey: from slot to histograms and ring record. */
#include "np_record.h"

#include <linux/irqflags.h>
#include <linux/percpu.h>
#include <linux/string.h>

#include "np_export.h"
#include "np_keep.h"
#include "np_out.h"
#include "np_trace.h"

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

/* The same of a journey without a record. */
static noinline void np_record_trace_slot(const struct np_slot *slot, u64 now)
{
	struct {
		struct np_raw	raw;
		struct np_stamp	first;
	} fake = { };
	struct netpath_packet pkt;

	fake.raw.cal = *READ_ONCE(np_clock_cal);
	fake.raw.cpu = smp_processor_id();
	fake.raw.ident = slot->ident;
	fake.raw.end = now;
	if (slot->next > slot->stamps) {
		fake.first = slot->stamps[0];
		fake.raw.stamps_len = sizeof(fake.first);
	}
	np_export_head(&fake.raw, &pkt);
	pkt.nr_stamps = slot->next - slot->stamps;
	trace_netpath_packet(&pkt);
}

/* Of a journey without a record only the times are counted, and the event tells of it. */
static noinline void np_record_times(const struct np_slot *slot, u64 now)
{
	const struct np_stamp *stamp = slot->stamps + slot->counted, *last = slot->next - 1;
	bool read = slot->ident.outcome == NETPATH_OUTCOME_DELIVERED && last >= slot->stamps;
	unsigned long flags;
	u64 *hists, time;

	if (read)
		now = last->time;
	local_irq_save(flags);
	hists = (u64 *)this_cpu_ptr(&np_out)->hists;
	for (; stamp < last + !read; stamp++) {
		time = (stamp < last ? stamp[1].time : now) - stamp->time;
		hists[NP_TAG_STAGE(stamp->tag) * NP_HIST_BUCKETS +
		      np_hist_index(time + NP_HIST_BIAS)]++;
	}
	if (trace_netpath_packet_enabled())
		np_record_trace_slot(slot, now);
	local_irq_restore(flags);
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
	enum np_fate fate;
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

	if (static_branch_unlikely(&np_keep_key)) {
		fate = np_keep_fate(slot, now);
		if (fate == NP_FATE_TIMES)
			np_record_times(slot, now);
		if (fate != NP_FATE_RECORD)
			return;
	}
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
