/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_LIFE_H
#define NP_LIFE_H

#include <linux/skbuff.h>

#include "np_filter.h"
#include "np_record.h"
#include "np_track.h"

void np_life_free(const struct sk_buff *skb);
void np_life_consume(const struct sk_buff *skb);
void np_life_drop(const struct sk_buff *skb, u32 reason, unsigned long location);
void np_life_haunt(struct np_slot *slot, struct np_slot **ghosts);
void np_life_end_merged(struct np_slot *ghosts);
void np_life_expired(struct np_slot *slot);
void np_life_reborn(struct np_slot *slot, const void *skb);
void np_life_read(const struct sk_buff *skb, int len);
void np_life_read_done(const struct sk_buff *skb);

/**
 * np_life_end() - Write the record of a packet's end.
 * @slot: slot claimed by the caller
 * @outcome: &enum netpath_outcome
 * @location: address of the code that dropped it, or 0
 *
 * Context: Any. To be followed by np_track_release().
 */
static __always_inline void np_life_end(struct np_slot *slot, u32 outcome, u64 location)
{
	u64 now = np_now();

	if (unlikely(outcome == NETPATH_OUTCOME_MERGED))
		now = slot->merge_time;
	else if (unlikely(slot->ident.merged_id))
		slot->ident.merged_id = 0;
	slot->ident.outcome = outcome;
	if (unlikely(slot->state & (NP_SLOT_REJECTED | NP_SLOT_UNJUDGED)) &&
	    np_filter_rejects(slot, NULL))
		np_count(FILTERED);
	else
		np_record_commit(slot, location, now);
}

/**
 * np_life_only_allocated() - Is this an skb that passed no stage?
 * @slot: its slot
 *
 * It may be of another family, or never be sent.
 *
 * Context: Any.
 */
static __always_inline bool np_life_only_allocated(const struct np_slot *slot)
{
	return slot->state & NP_SLOT_ALLOC && np_track_nr(slot) == 1;
}

#endif /* NP_LIFE_H */
