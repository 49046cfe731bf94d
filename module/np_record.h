/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_RECORD_H
#define NP_RECORD_H

#include <linux/netpath.h>

#include "np_hist.h"
#include "np_ring.h"
#include "np_track.h"

/**
 * struct np_raw - a record in the ring, before it is made fit for users.
 * @frame: ring's part
 * @location: address of the code that dropped the packet; translated to a
 *	symbol when the record is read, never shown
 * @pkt: the record; devices and stamps follow, the text is added on reading
 */
struct np_raw {
	struct np_frame		frame;
	u64			location;
	struct netpath_packet	pkt;
};

/**
 * struct np_end - how a journey ended.
 * @outcome: &enum netpath_outcome
 * @reason: drop reason of the running kernel
 * @location: address in the code that dropped the packet
 * @time: np_now() reading
 */
struct np_end {
	u32		outcome;
	u32		reason;
	unsigned long	location;
	u64		time;
};

void np_record_commit(struct np_slot *slot, const struct np_end *end);
unsigned int np_record_export(const struct np_raw *raw, void *buf);
int np_record_alloc_cpu(unsigned int cpu, size_t ring_bytes);
void np_record_free(void);
const struct np_ring *np_record_ring(unsigned int cpu);
void np_record_latency(unsigned int stage, struct np_hist *work,
		       struct np_hist_summary *sum);
void np_record_clear_latency(void);

#endif /* NP_RECORD_H */
