/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_PATH_H
#define NP_PATH_H

#include <linux/percpu.h>
#include <linux/skbuff.h>

#include "np_flow.h"
#include "np_stage.h"
#include "np_track.h"

/**
 * struct np_hits - how often each point was hit on a CPU.
 * @count: by &enum np_point_id; written by their own CPU only
 */
struct np_hits {
	u64 count[NP_NR_POINTS];
};

DECLARE_PER_CPU(struct np_hits, np_hits);

/**
 * struct np_target - what a hit of a hooked function needs to know.
 * @off: offset of the first argument in the registers, np_arg_off()
 * @off2: offset of the second
 * @point: &enum np_point_id
 * @needs: NP_NEED_*: what must not be pending for a plain stamp
 * @stage: &enum netpath_stage
 * @act: &enum np_act
 * @flags: NP_PT_*
 * @reserved: 0; makes the size a power of two
 */
struct np_target {
	u8	off;
	u8	off2;
	u8	point;
	u8	needs;
	u8	stage;
	u8	act;
	u8	flags;
	u8	reserved;
};

void np_path_fn_slow(const struct np_target *target, const void *args);
void np_path_dev_slow(const struct sk_buff *skb, const struct net_device *dev, u32 stage,
		      unsigned int flags);
void np_path_dev_change(struct np_slot *slot, const struct sk_buff *skb,
			const struct net_device *dev, u32 stage);
struct np_slot *np_path_birth(const struct sk_buff *skb, unsigned int flags);
void np_path_flow(struct np_slot *slot, const struct sk_buff *skb, bool received);
void np_path_plain_slow(const struct sk_buff *skb, u32 stage, unsigned int flags);
u64 np_path_hits(unsigned int point);

/*
 * The functions below handle the common case in line, without a call that
 * returns: the packet is the one that this CPU has seen last, nothing special
 * is to be done, the clock is the cycle counter.  Everything else is a tail
 * call.
 */

/**
 * np_path_stamp() - A packet passes a stage that nothing more is known about.
 * @skb: packet
 * @stage: &enum netpath_stage
 * @flags: NP_PT_BIRTH or NP_PT_LATE if it may be seen here for the first time
 *
 * Context: Any, preemption may be on; caller owns the skb.
 */
static __always_inline void np_path_stamp(const struct sk_buff *skb, u32 stage,
					  unsigned int flags)
{
	struct np_slot *slot = this_cpu_read(np_cpu.last);

	if (likely(READ_ONCE(slot->skb) == skb) && np_now_is_cycles() &&
	    likely(np_track_stamp_at(slot, stage, get_cycles())))
		return;
	np_path_plain_slow(skb, stage, flags);
}

/**
 * np_path_stamp_dev() - A packet passes a stage at which its device is known.
 * @skb: packet
 * @dev: device
 * @stage: &enum netpath_stage
 * @flags: NP_PT_BIRTH or NP_PT_LATE if it may be seen here for the first time
 *
 * Context: Any, preemption may be on; caller owns the skb.
 */
static __always_inline void np_path_stamp_dev(const struct sk_buff *skb,
					      const struct net_device *dev,
					      u32 stage, unsigned int flags)
{
	struct np_slot *slot = this_cpu_read(np_cpu.last);

	if (likely(READ_ONCE(slot->skb) == skb) && np_now_is_cycles() &&
	    /* driver_rx knows the device, too, but is too early for the filter */
	    (stage != NETPATH_STAGE_NETIF_RECEIVE_SKB ||
	     likely(!(slot->pending & NP_NEED_FILTER)))) {
		if (unlikely(slot->dev != dev)) {
			np_path_dev_change(slot, skb, dev, stage);
			return;
		}
		if (likely(np_track_stamp_at(slot, stage, get_cycles())))
			return;
	}
	np_path_dev_slow(skb, dev, stage, flags);
}

/**
 * np_path_fn() - A hooked function was entered.
 * @target: what to do
 * @args: registers, see np_arg_off()
 *
 * Context: Any, preemption may be on.
 */
static __always_inline void np_path_fn(const struct np_target *target, const void *args)
{
	const void *skb = *(void * const *)(args + target->off);
	struct np_slot *slot = this_cpu_read(np_cpu.last);

	this_cpu_inc(np_hits.count[target->point]);
	if (likely(READ_ONCE(slot->skb) == skb) && likely(!(slot->pending & target->needs)) &&
	    np_now_is_cycles() &&
	    likely(np_track_stamp_at(slot, target->stage, get_cycles())))
		return;
	np_path_fn_slow(target, args);
}

#endif /* NP_PATH_H */
