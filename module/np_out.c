// SPDX-License-Identifier: GPL-2.0-only
/* Memory behind the records: each CPU's ring and histograms. */
#include "np_out.h"

#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/netpath.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "generated/np_stages.h"

DEFINE_PER_CPU(struct np_out, np_out);

static void np_out_reset_hists(struct np_hist *hists)
{
	unsigned int stage;

	for (stage = 0; hists && stage < NP_STAGE_CNT; stage++)
		np_hist_reset(&hists[stage]);
}

/**
 * np_out_alloc_cpu() - Give a CPU its ring and histograms, once.
 * @cpu: CPU
 * @ring_bytes: power of two
 *
 * There may be readers already, who find nothing before.
 *
 * Context: Process, may sleep; before hooks can run on @cpu.
 * Return: 0, -ENOMEM or -EINVAL for the size.
 */
int np_out_alloc_cpu(unsigned int cpu, size_t ring_bytes)
{
	struct np_out *out = per_cpu_ptr(&np_out, cpu);
	int node = cpu_to_node(cpu);
	struct np_hist *hists;
	void *data;

	if (out->ring.data)
		return 0;
	data = vzalloc_node(ring_bytes, node);
	/* one more for what negative times spill over, see np_hist.h */
	hists = vzalloc_node(array_size(NP_STAGE_CNT + 1, sizeof(*hists)), node);
	if (!data || !hists) {
		vfree(data);
		vfree(hists);
		return -ENOMEM;
	}
	np_out_reset_hists(hists);
	if (!np_ring_init(&out->ring, data, ring_bytes)) {
		vfree(data);
		vfree(hists);
		return -EINVAL;
	}
	/* pairs with np_out_hist() */
	smp_store_release(&out->hists, hists);
	return 0;
}

/**
 * np_out_free() - Free rings and histograms of all CPUs.
 *
 * Context: Process; no handler runs, nobody reads.
 */
void np_out_free(void)
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
 * np_out_rings_prepare() - Allocate other memory for all rings.
 * @ring_bytes: their size, a power of two of at least two blocks
 *
 * Context: Process, may sleep; no CPU may come online before
 * np_out_rings_commit() or np_out_rings_cancel().
 * Return: What these two take; NULL without memory.
 */
void **np_out_rings_prepare(size_t ring_bytes)
{
	void **memory;
	int cpu;

	memory = kvcalloc(nr_cpu_ids, sizeof(*memory), GFP_KERNEL);
	if (!memory)
		return NULL;
	for_each_possible_cpu(cpu) {
		if (!np_out_ring(cpu))
			continue;
		memory[cpu] = vzalloc_node(ring_bytes, cpu_to_node(cpu));
		if (!memory[cpu]) {
			np_out_rings_cancel(memory);
			return NULL;
		}
	}
	return memory;
}

/**
 * np_out_rings_commit() - Put the memory in place; what the rings held is gone.
 * @memory: from np_out_rings_prepare(); np_out_rings_cancel() then frees what
 *	the rings had before
 * @ring_bytes: as given there
 *
 * Context: Process; no hook is armed, nobody reads.
 */
void np_out_rings_commit(void **memory, size_t ring_bytes)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		if (memory[cpu])
			memory[cpu] = np_ring_replace(&per_cpu_ptr(&np_out, cpu)->ring,
						      memory[cpu], ring_bytes);
	}
}

/**
 * np_out_rings_cancel() - Free memory for rings.
 * @memory: from np_out_rings_prepare()
 *
 * Context: Process, may sleep.
 */
void np_out_rings_cancel(void **memory)
{
	int cpu;

	for_each_possible_cpu(cpu)
		vfree(memory[cpu]);
	kvfree(memory);
}

/**
 * np_out_ring() - Ring of a CPU, for readers.
 * @cpu: CPU number
 *
 * Context: Any.
 * Return: NULL when the CPU was never online.
 */
const struct np_ring *np_out_ring(unsigned int cpu)
{
	const struct np_ring *ring;

	/* numbers may have holes */
	if (!cpu_possible(cpu))
		return NULL;
	ring = &per_cpu_ptr(&np_out, cpu)->ring;
	/* pairs with np_ring_init(), for CPUs that come online now */
	return smp_load_acquire(&ring->data) ? ring : NULL;
}

/**
 * np_out_totals() - What has ever been written to the rings.
 * @records: set to the number of records
 * @bytes: set to their bytes
 *
 * Context: Process; session mutex held, as np_ring_replace() changes two of the
 * numbers; otherwise a snapshot.
 */
void np_out_totals(u64 *records, u64 *bytes)
{
	const struct np_ring *ring;
	int cpu;

	*records = 0;
	*bytes = 0;
	for_each_possible_cpu(cpu) {
		ring = &per_cpu_ptr(&np_out, cpu)->ring;
		*records += READ_ONCE(ring->seq);
		*bytes += READ_ONCE(ring->head) - READ_ONCE(ring->skipped);
	}
}

/**
 * np_out_hist() - Histogram of a stage, all CPUs.
 * @stage: &enum netpath_stage
 * @to: memory of the caller, overwritten; counts in units of the clock
 *
 * Context: Any; a snapshot.
 */
void np_out_hist(unsigned int stage, struct np_hist *to)
{
	const struct np_hist *hists;
	int cpu;

	np_hist_reset(to);
	for_each_possible_cpu(cpu) {
		/* pairs with np_out_alloc_cpu(), for CPUs that come online now */
		hists = smp_load_acquire(&per_cpu_ptr(&np_out, cpu)->hists);
		if (hists)
			np_hist_merge(to, &hists[stage]);
	}
}

/**
 * np_out_clear_rings() - Hide the records held from readers that start later.
 *
 * Context: Process; calls must not overlap.
 */
void np_out_clear_rings(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		if (np_out_ring(cpu))
			np_ring_clear(&per_cpu_ptr(&np_out, cpu)->ring);
	}
}

/* On the CPU that writes them, with interrupts off, so no count is lost halfway. */
static void np_out_clear_hists_here(void *unused)
{
	np_out_reset_hists(this_cpu_read(np_out.hists));
}

/**
 * np_out_clear_hists() - Empty all histograms.
 *
 * Context: Process, may sleep.
 */
void np_out_clear_hists(void)
{
	int cpu;

	cpus_read_lock();
	on_each_cpu(np_out_clear_hists_here, NULL, 1);
	for_each_possible_cpu(cpu) {
		if (!cpu_online(cpu))
			np_out_reset_hists(per_cpu_ptr(&np_out, cpu)->hists);
	}
	cpus_read_unlock();
}
