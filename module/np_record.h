/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_RECORD_H
#define NP_RECORD_H

#include <linux/netpath.h>

#include "np_ring.h"
#include "np_track.h"

/**
 * struct np_raw - a record in the ring, before it is made fit for users.
 * @frame: ring's part
 * @location: address of the code that dropped the packet; translated to a
 *	symbol when the record is read, never shown
 * @end: np_now() reading at the end of the journey
 * @cal: turns readings into ns
 * @cpu: CPU on which the journey ended
 * @extra_len: bytes of &struct np_extra after the stamps: all or none
 * @devs_len: bytes of &struct netpath_dev that follow
 * @stamps_len: bytes of &struct np_stamp after them
 * @ident: who the packet was
 */
struct np_raw {
	struct np_frame		frame;
	u64			location;
	u64			end;
	struct np_clock_cal	cal;
	u16			cpu;
	u16			extra_len;
	u16			devs_len;
	u16			stamps_len;
	struct np_ident		ident;
};

void np_record_commit(struct np_slot *slot, u64 location, u64 now);
void np_record_delivered(struct np_slot *slot, u64 now);

#endif /* NP_RECORD_H */
