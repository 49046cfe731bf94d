/* SPDX-License-Identifier: GPL-2.0-only */
/* One CPU's ring: reading it without blocking, record by record. */
#ifndef NP_RING_H
#define NP_RING_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

/**
 * struct np_ring - one CPU's ring.
 * @fd: the file
 * @cpu: number of the CPU
 * @ended: nothing more will be read
 * @data: what was read; NP_RING_SIZE bytes
 * @start: offset of the first byte in @data not yet used
 * @len: how many bytes follow from there
 * @head_len: length of the record at @start in bytes; 0: no whole one there
 * @head_timed: @head_end_ns is valid
 * @head_end_ns: when the journey of that record ended, CLOCK_MONOTONIC
 * @read_ns: when that record was read, CLOCK_MONOTONIC
 * @empty_ns: when the ring was last found empty; 0: not since a record came
 */
struct np_ring {
	int		fd;
	unsigned int	cpu;
	bool		ended;
	char		*data;
	size_t		start;
	size_t		len;
	size_t		head_len;
	bool		head_timed;
	__u64		head_end_ns;
	__u64		read_ns;
	__u64		empty_ns;
};

int np_ring_open(struct np_ring *ring, const char *cmd, unsigned int cpu,
		 bool all);
int np_ring_fill(struct np_ring *ring, __u64 now_ns);
int np_ring_consume(struct np_ring *ring);
void np_ring_close(struct np_ring *ring);

#endif /* NP_RING_H */
