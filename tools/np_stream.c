// SPDX-License-Identifier: GPL-2.0-only
/*
 * The records of all CPUs as one stream, by netlink.
 *
 * Records have numbers, counted per CPU. Whatever number is passed over, be it
 * that the kernel says so or that a message had no room in our socket, is made
 * a record of loss, as the files in debugfs have them; a number seen before is
 * left out, so that the records held and those that follow overlap harmlessly.
 */
#define _GNU_SOURCE
#include "np_stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <linux/genetlink.h>

#include "np_array.h"
#include "np_stop.h"

#define STREAM_DRAIN_NS		1500000000ULL
#define STREAM_DRAIN_MS		100
#define NSEC_PER_SEC		1000000000ULL

/**
 * struct np_stream_entry - what precedes a record in the queue.
 * @len: length of the record in bytes
 * @cpu: CPU whose ring held it
 */
struct np_stream_entry {
	__u32	len;
	__u32	cpu;
};

static __u64 stream_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (__u64)ts.tv_sec * NSEC_PER_SEC + (__u64)ts.tv_nsec;
}

static void stream_queue(struct np_stream *stream, unsigned int cpu,
			 const void *rec, size_t len)
{
	struct np_stream_entry entry = { .len = (__u32)len, .cpu = cpu };

	np_buf_add(&stream->queue, &entry, sizeof(entry));
	np_buf_add(&stream->queue, rec, len);
}

static struct np_stream_cpu *stream_cpu(struct np_stream *stream,
					unsigned int cpu)
{
	return cpu < stream->nr_cpus ? &stream->cpus[cpu] : NULL;
}

/* All numbers below seq have gone by; those that did not come are lost. */
static void stream_reach(struct np_stream *stream, unsigned int cpu, __u64 seq)
{
	struct np_stream_cpu *state = stream_cpu(stream, cpu);
	struct netpath_lost lost = {
		.rec = {
			.len		= sizeof(lost),
			.type		= NETPATH_REC_LOST,
			.version	= NETPATH_RECORD_VERSION,
		},
	};

	if (!state)
		return;
	if (state->known && seq > state->next) {
		lost.seq = state->next;
		lost.count = seq - state->next;
		stream_queue(stream, cpu, &lost, sizeof(lost));
	}
	if (!state->known || seq > state->next)
		state->next = seq;
	state->known = true;
}

static void stream_lost(struct np_stream *stream, const struct nlattr *nest)
{
	const struct nlattr *attr;
	struct np_stream_cpu *state;
	__u64 seq = 0, count = 0;
	unsigned int cpu = ~0U;

	mnl_attr_for_each_nested(attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case NETPATH_A_LOST_CPU:
			cpu = mnl_attr_get_u32(attr);
			break;
		case NETPATH_A_LOST_SEQ:
			seq = mnl_attr_get_u64(attr);
			break;
		case NETPATH_A_LOST_COUNT:
			count = mnl_attr_get_u64(attr);
			break;
		}
	}
	state = stream_cpu(stream, cpu);
	if (state && !state->known)
		stream_reach(stream, cpu, seq);
	stream_reach(stream, cpu, seq + count);
}

static void stream_position(struct np_stream *stream,
			    const struct nlattr *nest)
{
	const struct nlattr *attr;
	unsigned int cpu = ~0U;
	__u64 seq = 0;

	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) == NETPATH_A_POSITION_CPU)
			cpu = mnl_attr_get_u32(attr);
		else if (mnl_attr_get_type(attr) == NETPATH_A_POSITION_NEXT_SEQ)
			seq = mnl_attr_get_u64(attr);
	}
	stream_reach(stream, cpu, seq);
}

/* Put the binary record together that the attributes are the parts of. */
static int stream_record(struct np_stream *stream, const struct nlattr *nest)
{
	union {
		struct netpath_packet pkt;
		char bytes[NETPATH_RECORD_MAX];
	} rec;
	struct np_stream_cpu *state;
	const struct nlattr *attr;
	size_t len = 0;

	memset(&rec, 0, sizeof(rec));
	mnl_attr_for_each_nested(attr, nest) {
		size_t part = mnl_attr_get_payload_len(attr);

		if (mnl_attr_get_type(attr) > NETPATH_A_RECORD_QDISC)
			continue;
		if (part > sizeof(rec.bytes) - len)
			return -EBADMSG;
		memcpy(rec.bytes + len, mnl_attr_get_payload(attr), part);
		len += part;
	}
	if (len < sizeof(rec.pkt) || rec.pkt.rec.len < len ||
	    rec.pkt.rec.len > sizeof(rec.bytes))
		return -EBADMSG;
	state = stream_cpu(stream, rec.pkt.cpu);
	if (!state || (state->known && rec.pkt.seq < state->next))
		return 0;
	stream_reach(stream, rec.pkt.cpu, rec.pkt.seq);
	state->next = rec.pkt.seq + 1;
	stream_queue(stream, rec.pkt.cpu, &rec, rec.pkt.rec.len);
	return 0;
}

static int stream_attr(const struct nlattr *attr, void *arg)
{
	struct np_stream *stream = arg;

	switch (mnl_attr_get_type(attr)) {
	case NETPATH_A_RECORDS_RECORD:
		return stream_record(stream, attr);
	case NETPATH_A_RECORDS_LOST:
		stream_lost(stream, attr);
		break;
	case NETPATH_A_RECORDS_POSITION:
		stream_position(stream, attr);
		break;
	}
	return stream->queue.failed ? -ENOMEM : 0;
}

static int stream_cpus(const struct nlattr *attr, void *arg)
{
	struct np_stream *stream = arg;

	if (mnl_attr_get_type(attr) != NETPATH_A_INFO_CPUS)
		return 0;
	stream->nr_cpus = mnl_attr_get_u32(attr);
	stream->cpus = calloc(stream->nr_cpus, sizeof(*stream->cpus));
	return stream->cpus ? 0 : -ENOMEM;
}

/* Join first, then ask for what is there: so nothing falls in between. */
static int stream_begin(struct np_stream *stream, bool all)
{
	const struct np_nl_answer cpus = { stream_cpus, NULL, stream };
	const struct np_nl_answer records = { stream_attr, NULL, stream };
	int err;

	err = np_nl_open(&stream->ask);
	if (!err)
		err = np_nl_call(&stream->ask, NETPATH_CMD_INFO, 0, &cpus);
	if (!err)
		err = np_nl_open(&stream->nl);
	if (!err)
		err = np_nl_join(&stream->nl);
	if (!err)
		err = np_gone_open(&stream->gone, stream->nl.family);
	if (!err)
		err = np_nl_call(&stream->ask, NETPATH_CMD_SNAPSHOT,
				 all ? NLM_F_DUMP : 0, &records);
	return err;
}

/**
 * np_stream_open() - Subscribe; says why it cannot.
 * @stream: all zeroes; np_stream_close() it even after an error
 * @cmd: the subcommand, for the advice
 * @all: start with the oldest records held instead of with the next ones
 *
 * Return: 0; -ENOENT, without a message, when there is no such family here; or
 * another -errno after a message.
 */
int np_stream_open(struct np_stream *stream, const char *cmd, bool all)
{
	int err = stream_begin(stream, all);

	if (err && err != -ENOENT)
		np_nl_explain(&stream->ask, cmd, err);
	return err;
}

static int stream_receive(struct np_stream *stream)
{
	const struct nlmsghdr *nlh = (struct nlmsghdr *)stream->nl.buf;
	const struct genlmsghdr *genl;
	const struct nlattr *attr;
	ssize_t len;
	int left;
	int err;

	len = np_nl_recv(&stream->nl, MSG_DONTWAIT);
	/* messages that had no room show as missing numbers */
	if (len == -ENOBUFS || len == -EINTR)
		return 1;
	if (len == -EAGAIN)
		return 0;
	if (len < 0)
		return (int)len;
	for (left = (int)len; mnl_nlmsg_ok(nlh, left);
	     nlh = mnl_nlmsg_next(nlh, &left)) {
		genl = mnl_nlmsg_get_payload(nlh);
		if (nlh->nlmsg_type != stream->nl.family ||
		    genl->cmd != NETPATH_CMD_RECORDS_NTF)
			continue;
		mnl_attr_for_each(attr, nlh, sizeof(*genl)) {
			err = stream_attr(attr, stream);
			if (err)
				return err;
		}
	}
	return 1;
}

/* Nothing has come: will nothing come any more? */
static int stream_silent(struct np_stream *stream)
{
	int ret;

	if (stream->drain_ns || !np_gone_look(&stream->gone))
		return 0;
	/* what came between looking there and looking here */
	ret = stream_receive(stream);
	return ret ? ret : -ENODEV;
}

/* Is all there that was to come? What has not come in time is lost. */
static bool stream_drained(struct np_stream *stream)
{
	bool late = stream_now_ns() > stream->drain_ns + STREAM_DRAIN_NS;
	unsigned int cpu;

	if (!stream->drain_ns)
		return false;
	for (cpu = 0; cpu < stream->nr_cpus; cpu++) {
		if (late)
			stream_reach(stream, cpu, stream->cpus[cpu].end);
		if (stream->cpus[cpu].next < stream->cpus[cpu].end)
			return false;
	}
	/* not before the losses just found are told */
	return !stream->queue.len;
}

/**
 * np_stream_next() - Get the next record.
 * @stream: the stream
 * @item: receives the record
 * @timeout_ms: when there is none yet: how long to wait at most, -1: for ever
 *
 * Return: 1 with a record, 0 when it is time to wait, -ENODATA after
 * np_stream_drain() when there are no more, or another -errno after a message.
 */
int np_stream_next(struct np_stream *stream, struct np_item *item,
		   int *timeout_ms)
{
	struct np_stream_entry entry;
	int ret = 1;

	while (stream->pos == stream->queue.len) {
		stream->pos = 0;
		stream->queue.len = 0;
		if (stream_drained(stream))
			return -ENODATA;
		if (stream->queue.len)
			break;
		*timeout_ms = stream->drain_ns ? STREAM_DRAIN_MS : -1;
		ret = stream_receive(stream);
		if (!ret)
			ret = stream_silent(stream);
		if (ret == -ENODEV)
			fprintf(stderr, "netpath: the module was unloaded\n");
		else if (ret < 0)
			fprintf(stderr, "netpath: netlink: %s\n",
				strerror(-ret));
		if (ret <= 0)
			return ret;
	}
	memcpy(&entry, stream->queue.data + stream->pos, sizeof(entry));
	item->rec = stream->queue.data + stream->pos + sizeof(entry);
	item->len = entry.len;
	item->cpu = entry.cpu;
	stream->pos += sizeof(entry) + entry.len;
	return 1;
}

/**
 * np_stream_wait() - Wait until np_stream_next() may have a record.
 * @stream: the stream
 * @out_fd: where the output goes; -1: not to be watched
 * @timeout_ms: as given by np_stream_next()
 *
 * Return: 0, -EINTR when a signal asked to stop, -EPIPE when nobody reads the
 * output any more, or another -errno after a message.
 */
int np_stream_wait(struct np_stream *stream, int out_fd, int timeout_ms)
{
	struct pollfd fds[] = {
		{ .fd = out_fd },
		{ mnl_socket_get_fd(stream->nl.sock), POLLIN, 0 },
		/* while the rest is awaited nobody reads what it says */
		{ stream->drain_ns ? -1 : np_gone_fd(&stream->gone), POLLIN, 0 },
	};
	int ret = np_stop_poll(fds, ARRAY_SIZE(fds), timeout_ms);

	/* having been told to stop, wait for the rest all the same */
	if (ret == -EINTR && stream->drain_ns) {
		poll(fds, ARRAY_SIZE(fds), timeout_ms);
		return 0;
	}
	if (ret < 0 && ret != -EINTR)
		fprintf(stderr, "netpath: poll: %s\n", strerror(-ret));
	if (ret < 0)
		return ret;
	return (fds[0].revents & (POLLERR | POLLHUP)) ? -EPIPE : 0;
}

static int stream_end(const struct nlattr *nest, void *arg)
{
	struct np_stream *stream = arg;
	struct np_stream_cpu *state = NULL;
	const struct nlattr *attr;

	if (mnl_attr_get_type(nest) != NETPATH_A_RECORDS_POSITION)
		return 0;
	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) == NETPATH_A_POSITION_CPU)
			state = stream_cpu(stream, mnl_attr_get_u32(attr));
		else if (mnl_attr_get_type(attr) ==
			 NETPATH_A_POSITION_NEXT_SEQ && state)
			state->end = mnl_attr_get_u64(attr);
	}
	return 0;
}

/**
 * np_stream_drain() - From now on only records of packets that have ended.
 * @stream: the stream
 *
 * np_stream_next() then returns what is left and -ENODATA, within two seconds.
 */
void np_stream_drain(struct np_stream *stream)
{
	const struct np_nl_answer end = { stream_end, NULL, stream };

	if (stream->drain_ns)
		return;
	stream->drain_ns = stream_now_ns();
	/* if that fails, nothing more is waited for */
	np_nl_call(&stream->ask, NETPATH_CMD_SNAPSHOT, 0, &end);
}

/**
 * np_stream_close() - Unsubscribe and free what was received.
 * @stream: the stream
 */
void np_stream_close(struct np_stream *stream)
{
	np_nl_close(&stream->nl);
	np_nl_close(&stream->ask);
	np_gone_close(&stream->gone);
	np_buf_free(&stream->queue);
	free(stream->cpus);
	stream->cpus = NULL;
}
