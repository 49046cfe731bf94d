// SPDX-License-Identifier: GPL-2.0-only
/* One CPU's ring: reading it without blocking, record by record. */
#include "np_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "np_decode.h"
#include "np_dir.h"

/* More than twice NP_REC_LEN_MAX, so a whole record always fits. */
#define NP_RING_SIZE	(128 * 1024)

static int ring_error(const struct np_ring *ring, const char *why, int err)
{
	fprintf(stderr, "netpath: %s/per_cpu/cpu%u/ring: %s\n", np_dir_path(),
		ring->cpu, why);
	return err;
}

/**
 * np_ring_open() - Open a CPU's ring; says why it cannot.
 * @ring: all zeroes
 * @cmd: the subcommand, for the advice
 * @cpu: number of the CPU
 * @all: start with the oldest record held instead of with the next one
 *
 * Return: 0, or -errno after a message.
 */
int np_ring_open(struct np_ring *ring, const char *cmd, unsigned int cpu,
		 bool all)
{
	char name[64];

	ring->cpu = cpu;
	snprintf(name, sizeof(name), "per_cpu/cpu%u/ring", cpu);
	ring->fd = np_dir_open(cmd, name, O_RDONLY | O_NONBLOCK);
	if (ring->fd < 0)
		return ring->fd;
	ring->data = malloc(NP_RING_SIZE);
	if (!ring->data) {
		close(ring->fd);
		return ring_error(ring, "out of memory", -ENOMEM);
	}
	/* a pipe, as tests use, holds nothing old */
	if (!all && lseek(ring->fd, 0, SEEK_END) < 0 && errno != ESPIPE)
		return ring_error(ring, strerror(errno), -errno);
	return 0;
}

static int ring_find_head(struct np_ring *ring)
{
	const char *data = ring->data + ring->start;
	struct netpath_rec rec;
	const char *why;
	int len;

	len = np_decode_rec(data, ring->len, &rec, &why);
	if (len < 0)
		return ring_error(ring, why, len);
	ring->head_len = (size_t)len;
	ring->head_timed = len && np_decode_end_ns(data, ring->head_len,
						   &ring->head_end_ns);
	return 0;
}

/**
 * np_ring_fill() - Read more; only for a ring without a whole record.
 * @ring: the ring
 * @now_ns: CLOCK_MONOTONIC, taken before the call
 *
 * Afterwards @ring->head_len tells whether there is a record, and @ring->ended
 * whether the file ended.
 *
 * Return: 0, or -errno after a message.
 */
int np_ring_fill(struct np_ring *ring, __u64 now_ns)
{
	ssize_t len;
	int err;

	memmove(ring->data, ring->data + ring->start, ring->len);
	ring->start = 0;
	do {
		len = read(ring->fd, ring->data + ring->len,
			   NP_RING_SIZE - ring->len);
	} while (len < 0 && errno == EINTR);
	err = errno;
	ring->empty_ns = now_ns;

	if (len < 0 && err != EAGAIN)
		return ring_error(ring, strerror(err), -err);
	if (len < 0)
		return 0;
	if (!len) {
		ring->ended = true;
		if (ring->len)
			return ring_error(ring, "ends inside a record",
					  -EBADMSG);
		return 0;
	}
	ring->len += (size_t)len;
	ring->read_ns = now_ns;
	return ring_find_head(ring);
}

/**
 * np_ring_consume() - Go on to the next record.
 * @ring: a ring that has a whole record
 *
 * Return: 0, or -EBADMSG after a message when what follows is damaged.
 */
int np_ring_consume(struct np_ring *ring)
{
	ring->start += ring->head_len;
	ring->len -= ring->head_len;
	ring->head_len = 0;
	ring->empty_ns = 0;
	return ring_find_head(ring);
}

/**
 * np_ring_close() - Close the file and free what was read.
 * @ring: the ring, opened or all zeroes
 */
void np_ring_close(struct np_ring *ring)
{
	if (ring->data)
		close(ring->fd);
	free(ring->data);
	memset(ring, 0, sizeof(*ring));
}
