// SPDX-License-Identifier: GPL-2.0-only
/* What is written into a slot now and then; np_track.h has what is written always. */
#include "np_track.h"

#include <linux/minmax.h>
#include <linux/string.h>

u8 np_birth_pending __read_mostly = NP_NEED_SPECIAL | NP_NEED_FLOW;
u16 np_birth_state __read_mostly;

/**
 * np_slot_truncated() - A stage or device had no room in the slot.
 * @slot: slot
 *
 * Context: Any.
 */
noinline void np_slot_truncated(struct np_slot *slot)
{
	/* nobody will see its stages: go on with the first */
	if (slot->state & NP_SLOT_REJECTED) {
		slot->next = min(slot->next, slot->stamps + 1);
		slot->next_dev = slot->devs;
		return;
	}
	slot->ident.flags |= NETPATH_F_TRUNCATED;
	np_count(TRUNCATED);
}

/**
 * np_slot_inherit() - Let a packet continue the journey of another.
 * @child: new slot
 * @parent: slot of the packet that it was made from
 *
 * Context: Any; caller owns both skbs.
 */
void np_slot_inherit(struct np_slot *child, const struct np_slot *parent)
{
	unsigned int nr = np_track_nr(parent);
	struct np_ident *ident = &child->ident;
	u64 id = ident->id;

	child->dev = parent->dev;
	child->tag = parent->tag;
	child->next_dev = child->devs + (parent->next_dev - parent->devs);
	child->pending = parent->pending;
	child->state &= ~(NP_SLOT_UNJUDGED | NP_SLOT_REJECTED);
	child->state |= parent->state & (NP_SLOT_UNJUDGED | NP_SLOT_REJECTED);
	*ident = parent->ident;
	ident->id = id;
	ident->parent_id = parent->ident.id;
	ident->merged_id = 0;
	ident->reader_pid = 0;
	ident->reader_cookie = 0;
	if (parent->state & NP_SLOT_EXTRA)
		*np_slot_extra(child) = parent->extra;
	memcpy(child->devs, parent->devs, sizeof(child->devs));
	memcpy(child->stamps, parent->stamps, nr * sizeof(child->stamps[0]));
	child->counted = nr ? nr - 1 : 0;
	child->next = child->stamps + nr;
}

/**
 * np_slot_insert() - Write down a stage passed earlier, in its place by time.
 * @slot: its slot
 * @stage: &enum netpath_stage
 * @time: np_now() reading
 *
 * Context: Any; caller owns the skb.
 */
void np_slot_insert(struct np_slot *slot, u32 stage, u64 time)
{
	struct np_stamp *stamp;

	if (unlikely(!np_track_stamp_at(slot, stage, time))) {
		np_slot_truncated(slot);
		return;
	}
	for (stamp = slot->next - 1; stamp > slot->stamps && stamp[-1].time > time; stamp--)
		swap(stamp[0], stamp[-1]);
	/* the device is that of the stage before */
	stamp->tag &= ~(0xffU << NP_TAG_DEV_SHIFT);
	if (stamp > slot->stamps)
		stamp->tag |= stamp[-1].tag & 0xffU << NP_TAG_DEV_SHIFT;
}

/**
 * np_slot_extra() - The part of a slot that only some packets use.
 * @slot: slot
 *
 * Context: Any; caller owns the skb.
 * Return: Where to write; zeroed the first time.
 */
struct np_extra *np_slot_extra(struct np_slot *slot)
{
	if (!(slot->state & NP_SLOT_EXTRA)) {
		memset(&slot->extra, 0, sizeof(slot->extra));
		slot->state |= NP_SLOT_EXTRA;
	}
	return &slot->extra;
}

/**
 * np_slot_judge() - Let a filter judge new packets, or not.
 * @judge: what to do
 *
 * Context: Process; session mutex held.
 */
void np_slot_judge(bool judge)
{
	/* whoever sees but one of them is judged at its end, or not at all */
	WRITE_ONCE(np_birth_state, judge ? NP_SLOT_UNJUDGED : 0);
	WRITE_ONCE(np_birth_pending, NP_NEED_SPECIAL | NP_NEED_FLOW |
		   (judge ? NP_NEED_FILTER : 0));
}
