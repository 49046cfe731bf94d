// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rings of all CPUs as one stream, in the order in which packets ended.
 *
 * A record may go out once no other ring can still bring an older one. Every
 * ring either has a record at hand, and then the oldest of these wins, or was
 * found empty at some time: what it brings later ended, but for the time that
 * committing takes (NP_WINDOW_NS), after that. Rings are read again only when
 * the times at which they were found empty no longer suffice.
 */
#define _GNU_SOURCE
#include "np_merge.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "np_dir.h"
#include "np_stop.h"

#define NP_WINDOW_NS	10000000ULL
#define NP_DRAIN_NS	1000000000ULL
#define NSEC_PER_MSEC	1000000ULL
#define NSEC_PER_SEC	1000000000ULL

static __u64 merge_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (__u64)ts.tv_sec * NSEC_PER_SEC + (__u64)ts.tv_nsec;
}

static int merge_add(struct np_merge *merge, const char *cmd, unsigned int cpu,
		     bool all)
{
	struct np_ring *rings;

	rings = realloc(merge->rings, (merge->nr + 1) * sizeof(*rings));
	if (!rings) {
		fprintf(stderr, "netpath: out of memory\n");
		return -ENOMEM;
	}
	merge->rings = rings;
	memset(&rings[merge->nr], 0, sizeof(*rings));
	merge->nr++;
	return np_ring_open(&rings[merge->nr - 1], cmd, cpu, all);
}

static int merge_add_all(struct np_merge *merge, DIR *dir, const char *cmd,
			 bool all)
{
	struct dirent *entry;
	int err;

	while ((entry = readdir(dir))) {
		unsigned int cpu;
		char rest;

		if (sscanf(entry->d_name, "cpu%u%c", &cpu, &rest) != 1)
			continue;
		err = merge_add(merge, cmd, cpu, all);
		if (err)
			return err;
	}
	return 0;
}

static int merge_compare(const void *a, const void *b)
{
	const struct np_ring *ring_a = a, *ring_b = b;

	return ring_a->cpu < ring_b->cpu ? -1 : ring_a->cpu > ring_b->cpu;
}

/**
 * np_merge_open() - Open the rings of all CPUs; says why it cannot.
 * @merge: all zeroes; np_merge_close() it even after an error
 * @cmd: the subcommand, for the advice
 * @all: start with the oldest records held instead of with the next ones
 *
 * Return: 0, or -errno after a message.
 */
int np_merge_open(struct np_merge *merge, const char *cmd, bool all)
{
	DIR *dir;
	int err;
	int fd;

	fd = np_dir_open(cmd, "per_cpu", O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir) {
		err = -errno;
		fprintf(stderr, "netpath: %s\n", strerror(-err));
		close(fd);
		return err;
	}
	err = merge_add_all(merge, dir, cmd, all);
	closedir(dir);
	if (err)
		return err;
	if (!merge->nr) {
		fprintf(stderr, "netpath: %s/per_cpu holds no ring\n",
			np_dir_path());
		return -ENOENT;
	}
	qsort(merge->rings, merge->nr, sizeof(*merge->rings), merge_compare);
	merge->fds = calloc(merge->nr + 1, sizeof(*merge->fds));
	if (!merge->fds) {
		fprintf(stderr, "netpath: out of memory\n");
		return -ENOMEM;
	}
	return 0;
}

/* On the order to stop, a ring ends where it is empty or younger than that. */
static void merge_drain_ring(struct np_merge *merge, struct np_ring *ring,
			     __u64 now_ns)
{
	if (!ring->head_len || now_ns > merge->drain_ns + NP_DRAIN_NS ||
	    (ring->head_timed && ring->head_end_ns > merge->drain_ns)) {
		ring->head_len = 0;
		ring->ended = true;
	}
}

static int merge_fill(struct np_merge *merge, bool force)
{
	struct np_ring *ring;
	__u64 now_ns = 0;
	int err;

	for (ring = merge->rings; ring < merge->rings + merge->nr; ring++) {
		if (ring->head_len || ring->ended ||
		    (ring->empty_ns && !force))
			continue;
		if (!now_ns)
			now_ns = merge_now_ns();
		err = np_ring_fill(ring, now_ns);
		if (err)
			return err;
		if (merge->drain_ns)
			merge_drain_ring(merge, ring, now_ns);
	}
	return 0;
}

static bool merge_before(const struct np_ring *a, const struct np_ring *b)
{
	if (!a->head_timed || !b->head_timed)
		return !a->head_timed && b->head_timed;
	return a->head_end_ns < b->head_end_ns;
}

static struct np_ring *merge_oldest(struct np_merge *merge, __u64 *horizon_ns,
				    bool *ended)
{
	struct np_ring *best = NULL;
	struct np_ring *ring;

	*horizon_ns = ~0ULL;
	*ended = true;
	for (ring = merge->rings; ring < merge->rings + merge->nr; ring++) {
		if (ring->head_len) {
			if (!best || merge_before(ring, best))
				best = ring;
		} else if (!ring->ended) {
			*ended = false;
			if (ring->empty_ns < *horizon_ns)
				*horizon_ns = ring->empty_ns;
		}
	}
	return best;
}

/*
 * When a record may go out if empty rings stay empty. The time of reading
 * bounds it in case the kernel's clock is ahead of ours (time namespace).
 */
static __u64 merge_due_ns(const struct np_ring *ring)
{
	__u64 ns = ring->read_ns;

	if (!ring->head_timed)
		return 0;
	if (ring->head_end_ns < ns)
		ns = ring->head_end_ns;
	return ns + NP_WINDOW_NS;
}

/**
 * np_merge_next() - Get the next record in order.
 * @merge: the rings
 * @item: receives the record
 * @timeout_ms: when there is none yet: how long to wait at most, -1: for ever
 *
 * Return: 1 with a record, 0 when it is time to wait, -ENODATA when all rings
 * have ended, or another -errno after a message.
 */
int np_merge_next(struct np_merge *merge, struct np_item *item, int *timeout_ms)
{
	struct np_ring *ring = NULL;
	__u64 horizon_ns = 0;
	bool ended = false;
	int force;
	int err;

	if (merge->current) {
		err = np_ring_consume(merge->current);
		merge->current = NULL;
		if (err)
			return err;
	}
	for (force = 0; force < 2; force++) {
		err = merge_fill(merge, force);
		if (err)
			return err;
		ring = merge_oldest(merge, &horizon_ns, &ended);
		if (!ring && ended)
			return -ENODATA;
		if (!ring || merge_due_ns(ring) > horizon_ns)
			continue;
		item->rec = ring->data + ring->start;
		item->len = ring->head_len;
		item->cpu = ring->cpu;
		merge->current = ring;
		return 1;
	}
	*timeout_ms = -1;
	if (ring)
		*timeout_ms = (int)((merge_due_ns(ring) - horizon_ns) /
				    NSEC_PER_MSEC) + 1;
	return 0;
}

/**
 * np_merge_wait() - Wait until np_merge_next() may have a record.
 * @merge: the rings
 * @out_fd: where the output goes; -1: not to be watched
 * @timeout_ms: as given by np_merge_next()
 *
 * Return: 0, -EINTR when a signal asked to stop, -EPIPE when nobody reads the
 * output any more, or another -errno after a message.
 */
int np_merge_wait(struct np_merge *merge, int out_fd, int timeout_ms)
{
	struct pollfd *fds = merge->fds;
	struct np_ring *ring;
	nfds_t nr = 1;
	int ret;

	fds[0] = (struct pollfd){ .fd = out_fd };
	for (ring = merge->rings; ring < merge->rings + merge->nr; ring++)
		if (!ring->head_len && !ring->ended)
			fds[nr++] = (struct pollfd){ ring->fd, POLLIN, 0 };
	ret = np_stop_poll(fds, nr, timeout_ms);
	if (ret < 0 && ret != -EINTR)
		fprintf(stderr, "netpath: poll: %s\n", strerror(-ret));
	if (ret < 0)
		return ret;
	return (fds[0].revents & (POLLERR | POLLHUP)) ? -EPIPE : 0;
}

/**
 * np_merge_drain() - From now on only records of packets that have ended.
 * @merge: the rings
 *
 * np_merge_next() then returns what is left and -ENODATA, within a second.
 */
void np_merge_drain(struct np_merge *merge)
{
	if (!merge->drain_ns)
		merge->drain_ns = merge_now_ns();
}

/**
 * np_merge_close() - Close all rings.
 * @merge: the rings
 */
void np_merge_close(struct np_merge *merge)
{
	size_t i;

	for (i = 0; i < merge->nr; i++)
		np_ring_close(&merge->rings[i]);
	free(merge->rings);
	free(merge->fds);
	memset(merge, 0, sizeof(*merge));
}
