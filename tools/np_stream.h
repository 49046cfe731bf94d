/* SPDX-License-Identifier: GPL-2.0-only */
/* The records of all CPUs as one stream, by netlink. */
#ifndef NP_STREAM_H
#define NP_STREAM_H

#include "np_buf.h"
#include "np_gone.h"
#include "np_item.h"
#include "np_nl.h"

/**
 * struct np_stream_cpu - how far the records of a CPU have come.
 * @next: number of the next record
 * @end: number at which the stream ends, after the order to stop
 * @known: @next is valid
 */
struct np_stream_cpu {
	__u64	next;
	__u64	end;
	bool	known;
};

/**
 * struct np_stream - a subscriber.
 * @nl: socket that is a member of the group
 * @ask: socket for requests
 * @gone: who is told that the module is unloaded
 * @cpus: one per CPU
 * @nr_cpus: how many
 * @queue: records received, each a struct np_stream_entry and the record
 * @pos: offset of the next one in @queue
 * @drain_ns: 0, or when the order to stop came, CLOCK_MONOTONIC
 */
struct np_stream {
	struct np_nl		nl;
	struct np_nl		ask;
	struct np_gone		gone;
	struct np_stream_cpu	*cpus;
	unsigned int		nr_cpus;
	struct np_buf		queue;
	size_t			pos;
	__u64			drain_ns;
};

int np_stream_open(struct np_stream *stream, const char *cmd, bool all);
int np_stream_next(struct np_stream *stream, struct np_item *item,
		   int *timeout_ms);
int np_stream_wait(struct np_stream *stream, int out_fd, int timeout_ms);
void np_stream_drain(struct np_stream *stream);
void np_stream_close(struct np_stream *stream);

#endif /* NP_STREAM_H */
