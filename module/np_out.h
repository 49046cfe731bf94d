/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_OUT_H
#define NP_OUT_H

#include <linux/percpu.h>
#include <linux/types.h>

#include "np_hist.h"
#include "np_ring.h"

/**
 * struct np_out - where a CPU's records go.
 * @ring: ring
 * @hists: one histogram per stage
 *
 * Written by its own CPU with interrupts off; see np_ring.h for the ring.
 */
struct np_out {
	struct np_ring	ring;
	struct np_hist	*hists;
};

DECLARE_PER_CPU(struct np_out, np_out);

int np_out_alloc_cpu(unsigned int cpu, size_t ring_bytes);
void np_out_free(void);
void **np_out_rings_prepare(size_t ring_bytes);
void np_out_rings_commit(void **memory, size_t ring_bytes);
void np_out_rings_cancel(void **memory);
const struct np_ring *np_out_ring(unsigned int cpu);
void np_out_totals(u64 *records, u64 *bytes);
void np_out_hist(unsigned int stage, struct np_hist *to);
void np_out_clear_rings(void);
void np_out_clear_hists(void);

#endif /* NP_OUT_H */
