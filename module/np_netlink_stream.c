// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stream to the multicast group "records": one more reader of the rings,
 * in a work item, so that the path of packets does not know of it.
 *
 *		the group has a member
 *	idle ---------------------------> streaming
 *	     <---------------------------
 *		it has none, or for NP_STREAM_GIVE_UP nobody took a message
 *
 * Idle, it looks every NP_STREAM_IDLE whether there is a member, and keeps
 * itself at the newest record; so the first member misses nothing that was
 * written after it had joined.  Streaming, it looks for records every
 * NP_STREAM_PERIOD.
 *
 * A message that no member had room for is kept and sent again, so a lone slow
 * subscriber has the whole ring as its buffer.  Of several, the slow ones lose
 * messages.  They see it by the numbers of the records that follow, and by the
 * position that comes when the stream has caught up.
 */
#include "np_netlink.h"

#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/netpath.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>
#include <net/genetlink.h>

#include "generated/np_nl_gen.h"
#include "np_reader.h"

/* Between looking for members of the group. */
#define NP_STREAM_IDLE		(HZ / 5)
/* Longest time that a record waits. */
#define NP_STREAM_PERIOD	max_t(unsigned long, HZ / 100, 1)
/* Between positions when there are no records, and when there are. */
#define NP_STREAM_POSITION	HZ
#define NP_STREAM_CAUGHT_UP	(HZ / 10)
/* Members that take nothing for so long do not count. */
#define NP_STREAM_GIVE_UP	(2 * HZ)
/* Messages sent in one go. */
#define NP_STREAM_BATCH		64

/**
 * struct np_stream - the state of the stream; touched by the work item only.
 * @reader: reader of all rings
 * @streaming: there is somebody who takes messages
 * @moved: records have been sent since the last position
 * @skb: a message that nobody has taken yet, or NULL
 * @taken: when a message was last taken, in jiffies
 * @told: when the position was last told, in jiffies
 * @next_cpu: CPU whose position is the next one to tell; 0: none has been begun
 * @cpu: CPU of the record in @rec
 * @len: length of @rec; 0: none
 * @rec: the next record to send
 */
struct np_stream {
	struct np_reader	*reader;
	bool			streaming;
	bool			moved;
	struct sk_buff		*skb;
	unsigned long		taken;
	unsigned long		told;
	unsigned int		next_cpu;
	unsigned int		cpu;
	unsigned int		len;
	u64			rec[NETPATH_RECORD_MAX / 8];
};

static struct np_stream np_stream;
static struct workqueue_struct *np_stream_wq;
static void np_stream_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(np_stream_timer, np_stream_work);

/**
 * np_netlink_message_max() - Length that no message of the stream exceeds, in bytes.
 *
 * Context: Any.
 */
unsigned int np_netlink_message_max(void)
{
	/* what netlink asks every receiver to have room for; see NLMSG_GOODSIZE */
	return SKB_WITH_OVERHEAD(8192UL);
}

/* As many records as fit into skb. */
static bool np_stream_put_records(struct np_stream *stream, struct sk_buff *skb)
{
	bool any = false;

	for (;;) {
		if (!stream->len)
			stream->len = np_reader_next(stream->reader, U64_MAX, stream->rec,
						     &stream->cpu);
		if (!stream->len || np_netlink_put_record(skb, stream->rec, stream->cpu))
			return any;
		stream->len = 0;
		stream->moved = true;
		any = true;
	}
}

/* As many positions as fit into skb. */
static bool np_stream_put_positions(struct np_stream *stream, struct sk_buff *skb)
{
	bool any = false;
	u64 seq;

	for (; stream->next_cpu < nr_cpu_ids; stream->next_cpu++) {
		if (!np_reader_position(stream->reader, stream->next_cpu, &seq))
			continue;
		if (np_netlink_put_position(skb, stream->next_cpu, seq))
			return true;
		any = true;
	}
	stream->next_cpu = 0;
	stream->moved = false;
	stream->told = jiffies;
	return any;
}

static bool np_stream_position_due(const struct np_stream *stream)
{
	unsigned long period = stream->moved ? NP_STREAM_CAUGHT_UP : NP_STREAM_POSITION;

	return stream->next_cpu || time_after(jiffies, stream->told + period);
}

/* The next message: records, or else positions if they are due; NULL: none. */
static struct sk_buff *np_stream_build(struct np_stream *stream)
{
	struct sk_buff *skb;
	bool any;
	void *hdr;

	skb = nlmsg_new(np_netlink_message_max() - NLMSG_HDRLEN, GFP_KERNEL);
	if (!skb)
		return NULL;
	hdr = genlmsg_put(skb, 0, 0, &np_family, 0, NETPATH_CMD_RECORDS_NTF);
	any = np_stream_put_records(stream, skb);
	if (!any && np_stream_position_due(stream))
		any = np_stream_put_positions(stream, skb);
	if (!any) {
		nlmsg_free(skb);
		return NULL;
	}
	genlmsg_end(skb, hdr);
	return skb;
}

static void np_stream_rest(struct np_stream *stream)
{
	kfree_skb(stream->skb);
	stream->skb = NULL;
	stream->len = 0;
	stream->next_cpu = 0;
	stream->moved = false;
	stream->streaming = false;
	np_reader_seek(stream->reader, NP_FROM_NEWEST);
}

/* Did somebody take the message in stream->skb? */
static bool np_stream_send(struct np_stream *stream)
{
	if (genlmsg_multicast(&np_family, skb_get(stream->skb), 0, NETPATH_NLGRP_RECORDS,
			      GFP_KERNEL) == -ESRCH)
		return false;
	consume_skb(stream->skb);
	stream->skb = NULL;
	stream->streaming = true;
	stream->taken = jiffies;
	return true;
}

/* Send what there is; returns when to look again, in jiffies. */
static unsigned long np_stream_run(struct np_stream *stream)
{
	unsigned int i;

	for (i = 0; i < NP_STREAM_BATCH; i++) {
		if (!stream->skb)
			stream->skb = np_stream_build(stream);
		if (!stream->skb)
			return NP_STREAM_PERIOD;
		if (!np_stream_send(stream)) {
			if (stream->streaming &&
			    time_before(jiffies, stream->taken + NP_STREAM_GIVE_UP))
				return NP_STREAM_PERIOD;
			np_stream_rest(stream);
			return NP_STREAM_IDLE;
		}
		cond_resched();
	}
	return 0;
}

static void np_stream_work(struct work_struct *work)
{
	unsigned long delay = NP_STREAM_IDLE;

	if (genl_has_listeners(&np_family, &init_net, NETPATH_NLGRP_RECORDS))
		delay = np_stream_run(&np_stream);
	else
		np_stream_rest(&np_stream);
	queue_delayed_work(np_stream_wq, &np_stream_timer, delay);
}

/**
 * np_netlink_stream_init() - Allocate what the stream needs.
 *
 * Context: Module init, may sleep; the rings are there.
 * Return: 0 or -ENOMEM.
 */
int np_netlink_stream_init(void)
{
	np_stream_wq = alloc_workqueue("netpath", WQ_UNBOUND, 1);
	if (!np_stream_wq)
		return -ENOMEM;
	np_stream.told = jiffies;
	np_stream.reader = np_reader_open(-1, NP_FROM_NEWEST);
	if (!np_stream.reader) {
		destroy_workqueue(np_stream_wq);
		return -ENOMEM;
	}
	return 0;
}

/**
 * np_netlink_stream_start() - Stream from now on, when somebody wants it.
 *
 * Context: Process; the family is registered.
 */
void np_netlink_stream_start(void)
{
	queue_delayed_work(np_stream_wq, &np_stream_timer, 0);
}

/**
 * np_netlink_stream_exit() - Stop streaming and free everything.
 *
 * Context: Process, may sleep; np_netlink_stream_start() need not have been called.
 */
void np_netlink_stream_exit(void)
{
	cancel_delayed_work_sync(&np_stream_timer);
	destroy_workqueue(np_stream_wq);
	kfree_skb(np_stream.skb);
	np_reader_close(np_stream.reader);
}
