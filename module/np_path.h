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
 * @stage: &enum netpath_stage
 * @act: &enum np_act
 * @flags: NP_PT_*
 */
struct np_target {
	u16	off;
	u16	off2;
	u8	point;
	u8	stage;
	u8	act;
	u8	flags;
};

void np_path_special(const struct np_target *target, void *arg, unsigned long arg2);
struct np_slot *np_path_birth(const void *skb, unsigned int flags);
void np_path_read(const struct sk_buff *skb);
void np_path_free(const void *skb);
void np_path_drop(const void *skb, u32 reason, unsigned long location);
void np_path_expired(struct np_slot *slot);
void np_path_calls_reset(void);
u64 np_path_hits(unsigned int point);
void np_path_hits_clear(void);

/**
 * np_path_stamp() - A packet passes a stage.
 * @skb: packet
 * @stage: &enum netpath_stage
 * @flags: NP_PT_BIRTH or NP_PT_LATE if it may be seen here for the first time
 * @flow: its network header is set
 *
 * Context: Any, preemption off; caller owns the skb.
 */
static __always_inline void np_path_stamp(const struct sk_buff *skb, u32 stage,
					  unsigned int flags, bool flow)
{
	struct np_slot *slot = np_track_find(skb);

	if (unlikely(!slot)) {
		slot = np_path_birth(skb, flags);
		if (!slot)
			return;
	}
	if (flow && unlikely(!(slot->pkt.flags & NETPATH_F_FLOW)))
		np_flow_read(&slot->pkt, skb, stage > NETPATH_STAGE_DEV_XMIT);
	np_track_stamp(slot, stage);
}

/**
 * np_path_stamp_dev() - A packet passes a stage at which its device is known.
 * @skb: packet
 * @dev: device
 * @stage: &enum netpath_stage
 * @flags: NP_PT_BIRTH or NP_PT_LATE if it may be seen here for the first time
 *
 * Context: Any, preemption off; caller owns the skb.
 */
static __always_inline void np_path_stamp_dev(const struct sk_buff *skb,
					      const struct net_device *dev,
					      u32 stage, unsigned int flags)
{
	struct np_slot *slot = np_track_find(skb);

	if (unlikely(!slot)) {
		slot = np_path_birth(skb, flags);
		if (!slot)
			return;
	}
	if (unlikely(slot->dev != dev))
		np_track_dev(slot, dev, skb);
	np_track_stamp(slot, stage);
}

/**
 * np_path_fn() - A hooked function was entered.
 * @target: what to do
 * @args: registers, see np_arg_off()
 *
 * Context: Any, preemption off.
 */
static __always_inline void np_path_fn(const struct np_target *target, const void *args)
{
	void *arg = *(void * const *)(args + target->off);

	this_cpu_inc(np_hits.count[target->point]);
	if (likely(target->act < NP_ACT_SPECIAL))
		np_path_stamp(arg, target->stage, target->flags, target->act == NP_ACT_L3);
	else
		np_path_special(target, arg, *(const unsigned long *)(args + target->off2));
}

#endif /* NP_PATH_H */
