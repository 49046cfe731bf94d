// SPDX-License-Identifier: GPL-2.0-only
/* Records as netlink attributes, and the operation snapshot. */
#include "np_netlink.h"

#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/netpath.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/genetlink.h>

#include "generated/np_nl_gen.h"
#include "generated/np_nl_layout.h"
#include "np_out.h"
#include "np_reader.h"

/* The text of a record is three strings. */
static const u16 np_rec_texts[] = {
	NETPATH_A_RECORD_DROP_REASON,
	NETPATH_A_RECORD_DROP_LOCATION,
	NETPATH_A_RECORD_QDISC,
};

static int np_rec_put_packet(struct sk_buff *skb, const struct netpath_packet *pkt)
{
	const struct netpath_stamp *stamps;
	const struct netpath_dev *devs;
	const char *text;
	unsigned int i;

	devs = (const void *)pkt + pkt->hdr_len;
	stamps = (const void *)(devs + pkt->nr_devs);
	text = (const char *)(stamps + pkt->nr_stamps);
	if (nla_put(skb, NETPATH_A_RECORD_PACKET, sizeof(*pkt), pkt))
		return -EMSGSIZE;
	for (i = 0; i < pkt->nr_devs; i++) {
		if (nla_put(skb, NETPATH_A_RECORD_DEV, sizeof(*devs), &devs[i]))
			return -EMSGSIZE;
	}
	for (i = 0; i < pkt->nr_stamps; i++) {
		if (nla_put(skb, NETPATH_A_RECORD_STAMP, sizeof(*stamps), &stamps[i]))
			return -EMSGSIZE;
	}
	for (i = 0; pkt->text_len && i < ARRAY_SIZE(np_rec_texts); i++) {
		if (nla_put_string(skb, np_rec_texts[i], text))
			return -EMSGSIZE;
		text += strlen(text) + 1;
	}
	return 0;
}

static int np_rec_put_lost(struct sk_buff *skb, const struct netpath_lost *lost, unsigned int cpu)
{
	if (nla_put_u32(skb, NETPATH_A_LOST_CPU, cpu) ||
	    nla_put_u64_64bit(skb, NETPATH_A_LOST_SEQ, lost->seq, NETPATH_A_LOST_PAD) ||
	    nla_put_u64_64bit(skb, NETPATH_A_LOST_COUNT, lost->count, NETPATH_A_LOST_PAD))
		return -EMSGSIZE;
	return 0;
}

/**
 * np_netlink_put_record() - Append a record to a message.
 * @skb: message
 * @rec: as np_reader_next() gave it
 * @cpu: CPU whose ring it comes from
 *
 * Context: Process.
 * Return: 0, or -EMSGSIZE when there is no room; nothing was appended then.
 */
int np_netlink_put_record(struct sk_buff *skb, const void *rec, unsigned int cpu)
{
	bool lost = ((const struct netpath_rec *)rec)->type == NETPATH_REC_LOST;
	struct nlattr *nest;
	int err;

	nest = nla_nest_start(skb, lost ? NETPATH_A_RECORDS_LOST : NETPATH_A_RECORDS_RECORD);
	if (!nest)
		return -EMSGSIZE;
	err = lost ? np_rec_put_lost(skb, rec, cpu) : np_rec_put_packet(skb, rec);
	if (err)
		nla_nest_cancel(skb, nest);
	else
		nla_nest_end(skb, nest);
	return err;
}

/**
 * np_netlink_put_position() - Append how far the records of a CPU have come.
 * @skb: message
 * @cpu: CPU
 * @seq: number of the next record
 *
 * Context: Process.
 * Return: 0, or -EMSGSIZE when there is no room; nothing was appended then.
 */
int np_netlink_put_position(struct sk_buff *skb, unsigned int cpu, u64 seq)
{
	struct nlattr *nest = nla_nest_start(skb, NETPATH_A_RECORDS_POSITION);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u32(skb, NETPATH_A_POSITION_CPU, cpu) ||
	    nla_put_u64_64bit(skb, NETPATH_A_POSITION_NEXT_SEQ, seq, NETPATH_A_POSITION_PAD)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * netpath_nl_snapshot_doit() - Operation snapshot, not as a dump.
 * @skb: request
 * @info: request
 *
 * Context: Process, may sleep.
 * Return: 0 or a negative errno.
 */
int netpath_nl_snapshot_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct np_ring *ring;
	struct sk_buff *reply;
	int cpu, err = 0;
	void *hdr;

	reply = np_netlink_reply(info, nr_cpu_ids *
				 nla_total_size(nla_total_size(sizeof(u32)) +
						nla_total_size_64bit(sizeof(u64))), &hdr);
	if (!reply)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		ring = np_out_ring(cpu);
		if (ring && !err)
			err = np_netlink_put_position(reply, cpu, READ_ONCE(ring->seq));
	}
	return np_netlink_send(info, reply, hdr, err);
}

/**
 * struct np_snapshot - a snapshot being sent.
 * @reader: reader
 * @until: CLOCK_MONOTONIC in ns where it ends
 * @cpu: CPU of the record in @rec
 * @len: length of @rec; 0: none
 * @rec: the next record to send
 */
struct np_snapshot {
	struct np_reader	*reader;
	u64			until;
	unsigned int		cpu;
	unsigned int		len;
	u64			rec[NETPATH_RECORD_MAX / 8];
};

/**
 * np_netlink_snapshot_start() - Begin to list what the rings hold.
 * @cb: args[0] takes the state
 *
 * Context: Process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int np_netlink_snapshot_start(struct netlink_callback *cb)
{
	struct np_snapshot *snap;

	snap = kzalloc(sizeof(*snap), GFP_KERNEL);
	if (!snap)
		return -ENOMEM;
	snap->reader = np_reader_open(-1, NP_FROM_OLDEST);
	if (!snap->reader) {
		kfree(snap);
		return -ENOMEM;
	}
	snap->until = ktime_get_mono_fast_ns();
	cb->args[0] = (long)snap;
	return 0;
}

/**
 * netpath_nl_snapshot_dumpit() - Operation snapshot as a dump.
 * @skb: message to fill
 * @cb: args[0]: the state
 *
 * Context: Process, may sleep.
 * Return: Length of the message, 0 at the end, or a negative errno.
 */
int netpath_nl_snapshot_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct np_snapshot *snap = (struct np_snapshot *)cb->args[0];
	unsigned int nr = 0;
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &np_family,
			  NLM_F_MULTI, NETPATH_CMD_SNAPSHOT);
	if (!hdr)
		return -EMSGSIZE;
	for (;; nr++) {
		if (!snap->len)
			snap->len = np_reader_next(snap->reader, snap->until, snap->rec,
						   &snap->cpu);
		if (!snap->len || np_netlink_put_record(skb, snap->rec, snap->cpu))
			break;
		snap->len = 0;
	}
	if (nr) {
		genlmsg_end(skb, hdr);
		return skb->len;
	}
	genlmsg_cancel(skb, hdr);
	return snap->len ? -EMSGSIZE : 0;
}

/**
 * np_netlink_snapshot_done() - End of the list, or nobody wants the rest.
 * @cb: args[0]: the state
 *
 * Context: Process, may sleep.
 * Return: 0.
 */
int np_netlink_snapshot_done(struct netlink_callback *cb)
{
	struct np_snapshot *snap = (struct np_snapshot *)cb->args[0];

	np_reader_close(snap->reader);
	kfree(snap);
	return 0;
}
