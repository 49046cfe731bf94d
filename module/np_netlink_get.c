// SPDX-License-Identifier: GPL-2.0-only
/* Netlink operations that read: stages, counters, histograms. */
#include "np_netlink.h"

#include <linux/netpath.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "compat/np_compat_genl.h"
#include "generated/np_nl_gen.h"
#include "generated/np_stages.h"
#include "np_clock.h"
#include "np_session.h"
#include "np_stage.h"
#include "np_stats.h"
#include "np_view.h"

/* Not when the dump starts: on older kernels the reason does not reach the sender from there. */
static int np_dump_takes_no_id(struct netlink_callback *cb, unsigned int id)
{
	const struct nlattr *attr = np_genl_dump_attrs(cb)[id];

	if (!attr)
		return 0;
	np_netlink_refuse(cb->extack, attr, "a dump lists all stages and takes no id");
	return -EINVAL;
}

/* stage-get */

static int np_netlink_put_stage(struct sk_buff *skb, unsigned int stage,
				const struct np_view_stage *view)
{
	struct np_stage_set usual = { };

	np_stage_add_default(&usual);
	if (nla_put_u32(skb, NETPATH_A_STAGE_ID, stage) ||
	    nla_put_string(skb, NETPATH_A_STAGE_NAME, np_stage_name(stage)) ||
	    nla_put_string(skb, NETPATH_A_STAGE_LAYER, np_stage_layer(stage)) ||
	    nla_put_string(skb, NETPATH_A_STAGE_DIR, np_stage_dir(stage)) ||
	    nla_put_u32(skb, NETPATH_A_STAGE_VIA, view->via) ||
	    (*view->symbols &&
	     nla_put_string(skb, NETPATH_A_STAGE_SYMBOLS, view->symbols)) ||
	    nla_put_u32(skb, NETPATH_A_STAGE_STATE, view->state) ||
	    (*view->reason && nla_put_string(skb, NETPATH_A_STAGE_REASON, view->reason)) ||
	    nla_put_u64_64bit(skb, NETPATH_A_STAGE_HITS, view->hits, NETPATH_A_STAGE_PAD) ||
	    nla_put_u64_64bit(skb, NETPATH_A_STAGE_MISSED, view->missed, NETPATH_A_STAGE_PAD) ||
	    nla_put_u8(skb, NETPATH_A_STAGE_DEFAULT,
		       test_bit(stage, usual.bits)) ||
	    (*np_stage_label(stage) &&
	     nla_put_string(skb, NETPATH_A_STAGE_DETAIL, np_stage_label(stage))))
		return -EMSGSIZE;
	return 0;
}

/**
 * netpath_nl_stage_get_doit() - Operation stage-get for one stage.
 * @skb: request
 * @info: request
 *
 * Context: Process, may sleep.
 * Return: 0 or a negative errno.
 */
int netpath_nl_stage_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attr = np_netlink_need(info, NETPATH_A_STAGE_ID);
	struct np_view_stage *view;
	struct sk_buff *reply;
	unsigned int stage;
	void *hdr;
	int err;

	if (!attr)
		return -EINVAL;
	stage = nla_get_u32(attr);
	if (stage == NETPATH_STAGE_NONE) {
		np_netlink_refuse(info->extack, attr, "\"none\" is not a stage");
		return -EINVAL;
	}
	view = kmalloc(sizeof(*view), GFP_KERNEL);
	reply = np_netlink_reply(info, NLMSG_DEFAULT_SIZE, &hdr);
	if (!view || !reply) {
		kfree(view);
		nlmsg_free(reply);
		return -ENOMEM;
	}
	np_view_lock();
	np_view_stage(stage, view);
	np_session_unlock();
	err = np_netlink_put_stage(reply, stage, view);
	kfree(view);
	return np_netlink_send(info, reply, hdr, err);
}

/**
 * netpath_nl_stage_get_dumpit() - Operation stage-get for all stages.
 * @skb: message to fill
 * @cb: args[0]: stages done
 *
 * Context: Process, may sleep.
 * Return: Length of the message, 0 at the end, or a negative errno.
 */
int netpath_nl_stage_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	unsigned int stage = cb->args[0] + 1;
	struct np_view_stage *view;
	void *hdr;
	int err;

	err = np_dump_takes_no_id(cb, NETPATH_A_STAGE_ID);
	if (err)
		return err;
	view = kmalloc(sizeof(*view), GFP_KERNEL);
	if (!view)
		return -ENOMEM;
	np_view_lock();
	for (; stage < NP_STAGE_CNT; stage++) {
		np_view_stage(stage, view);
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &np_family,
				  NLM_F_MULTI, NETPATH_CMD_STAGE_GET);
		if (!hdr)
			break;
		if (np_netlink_put_stage(skb, stage, view)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
	}
	np_session_unlock();
	kfree(view);
	cb->args[0] = stage - 1;
	return skb->len;
}

/* stats-get */

/* The counters of np_stats.h by the attribute of the same name. */
static const u16 np_netlink_counters[NP_NR_COUNTERS] = {
#define C(id, name) [NP_##id] = NETPATH_A_STATS_##id,
	NP_COUNTERS(C)
#undef C
};

static int np_netlink_put_stats(struct sk_buff *skb)
{
	struct np_totals totals;
	unsigned int id;

	np_session_totals(&totals);
	if (nla_put_u64_64bit(skb, NETPATH_A_STATS_RECORDS, totals.records, NETPATH_A_STATS_PAD) ||
	    nla_put_u64_64bit(skb, NETPATH_A_STATS_BYTES, totals.bytes, NETPATH_A_STATS_PAD))
		return -EMSGSIZE;
	for (id = 0; id < NP_NR_COUNTERS; id++) {
		if (nla_put_u64_64bit(skb, np_netlink_counters[id],
				      np_stats_sum(id) + (id == NP_MISSED ? totals.missed : 0),
				      NETPATH_A_STATS_PAD))
			return -EMSGSIZE;
	}
	if (nla_put_u64_64bit(skb, NETPATH_A_STATS_IN_FLIGHT, np_session_in_flight(),
			      NETPATH_A_STATS_PAD) ||
	    nla_put_u32(skb, NETPATH_A_STATS_TABLE_SLOTS, totals.table_slots) ||
	    nla_put_u32(skb, NETPATH_A_STATS_ENABLED, np_session_enabled()) ||
	    nla_put_string(skb, NETPATH_A_STATS_CLOCK, np_clock_name()) ||
	    nla_put_u64_64bit(skb, NETPATH_A_STATS_ARM_NS, totals.arm_ns,
			      NETPATH_A_STATS_PAD))
		return -EMSGSIZE;
	return 0;
}

/**
 * netpath_nl_stats_get_doit() - Operation stats-get.
 * @skb: request
 * @info: request
 *
 * Context: Process, may sleep.
 * Return: 0 or a negative errno.
 */
int netpath_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	void *hdr;

	reply = np_netlink_reply(info, NLMSG_DEFAULT_SIZE, &hdr);
	if (!reply)
		return -ENOMEM;
	return np_netlink_send(info, reply, hdr, np_netlink_put_stats(reply));
}

/* latency-get */

/**
 * struct np_latency - a histogram being sent, perhaps in several messages.
 * @stage: whose
 * @bucket: the next one to send; 0: the summary first
 * @taken: @hist and @sum are those of @stage
 * @sum: summary
 * @hist: histogram
 */
struct np_latency {
	unsigned int		stage;
	unsigned int		bucket;
	bool			taken;
	struct np_hist_summary	sum;
	struct np_hist		hist;
};

static void np_latency_take(struct np_latency *lat)
{
	if (lat->taken)
		return;
	np_view_latency(lat->stage, &lat->hist, &lat->sum);
	lat->bucket = 0;
	lat->taken = true;
}

static int np_latency_put_summary(struct sk_buff *skb, const struct np_hist_summary *sum)
{
	const int pad = NETPATH_A_LATENCY_PAD;

	if (nla_put_u64_64bit(skb, NETPATH_A_LATENCY_COUNT, sum->count, pad) ||
	    nla_put_u64_64bit(skb, NETPATH_A_LATENCY_MIN_NS, sum->min, pad) ||
	    nla_put_u64_64bit(skb, NETPATH_A_LATENCY_P50_NS, sum->quantile[0], pad) ||
	    nla_put_u64_64bit(skb, NETPATH_A_LATENCY_P90_NS, sum->quantile[1], pad) ||
	    nla_put_u64_64bit(skb, NETPATH_A_LATENCY_P99_NS, sum->quantile[2], pad) ||
	    nla_put_u64_64bit(skb, NETPATH_A_LATENCY_P999_NS, sum->quantile[3], pad) ||
	    nla_put_u64_64bit(skb, NETPATH_A_LATENCY_MAX_NS, sum->max, pad))
		return -EMSGSIZE;
	return 0;
}

static int np_latency_put_bucket(struct sk_buff *skb, const struct np_hist *hist, unsigned int i)
{
	struct nlattr *nest = nla_nest_start(skb, NETPATH_A_LATENCY_BUCKET);
	const int pad = NETPATH_A_BUCKET_PAD;

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u64_64bit(skb, NETPATH_A_BUCKET_LOWER_NS, np_view_ns(np_hist_lower(i)), pad) ||
	    nla_put_u64_64bit(skb, NETPATH_A_BUCKET_UPPER_NS, np_view_ns(np_hist_upper(i)), pad) ||
	    nla_put_u64_64bit(skb, NETPATH_A_BUCKET_COUNT, hist->bucket[i], pad)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/* As much as fits; 0: that was all. */
static int np_latency_put(struct sk_buff *skb, struct np_latency *lat)
{
	if (nla_put_u32(skb, NETPATH_A_LATENCY_ID, lat->stage) ||
	    nla_put_string(skb, NETPATH_A_LATENCY_NAME, np_stage_name(lat->stage)))
		return -EMSGSIZE;
	if (!lat->bucket) {
		if (np_latency_put_summary(skb, &lat->sum))
			return -EMSGSIZE;
		lat->bucket = NP_HIST_FIRST;
	}
	for (; lat->bucket < NP_HIST_BUCKETS; lat->bucket++) {
		if (lat->hist.bucket[lat->bucket] &&
		    np_latency_put_bucket(skb, &lat->hist, lat->bucket))
			return -EMSGSIZE;
	}
	return 0;
}

static int np_latency_check(const struct nlattr *attr, struct netlink_ext_ack *extack,
			    unsigned int *stage)
{
	*stage = nla_get_u32(attr);
	if (np_view_has_latency(*stage))
		return 0;
	np_netlink_refuse(extack, attr, "no time begins at this stage");
	return -EINVAL;
}

/**
 * netpath_nl_latency_get_doit() - Operation latency-get for one stage.
 * @skb: request
 * @info: request
 *
 * Context: Process, may sleep.
 * Return: 0 or a negative errno.
 */
int netpath_nl_latency_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attr = np_netlink_need(info, NETPATH_A_LATENCY_ID);
	const size_t bucket = nla_total_size(3 * nla_total_size_64bit(sizeof(u64)));
	struct np_latency *lat;
	struct sk_buff *reply;
	unsigned int stage, i;
	size_t size = NLMSG_DEFAULT_SIZE;
	void *hdr;
	int err;

	if (!attr)
		return -EINVAL;
	err = np_latency_check(attr, info->extack, &stage);
	if (err)
		return err;
	lat = kzalloc(sizeof(*lat), GFP_KERNEL);
	if (!lat)
		return -ENOMEM;
	lat->stage = stage;
	np_latency_take(lat);
	for (i = NP_HIST_FIRST; i < NP_HIST_BUCKETS; i++)
		size += lat->hist.bucket[i] ? bucket : 0;
	reply = np_netlink_reply(info, size, &hdr);
	if (reply)
		err = np_netlink_send(info, reply, hdr, np_latency_put(reply, lat));
	else
		err = -ENOMEM;
	kfree(lat);
	return err;
}

/**
 * np_netlink_latency_start() - Begin to list the histograms.
 * @cb: args[0] takes the state
 *
 * Context: Process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int np_netlink_latency_start(struct netlink_callback *cb)
{
	struct np_latency *lat;

	lat = kzalloc(sizeof(*lat), GFP_KERNEL);
	if (!lat)
		return -ENOMEM;
	cb->args[0] = (long)lat;
	return 0;
}

/**
 * netpath_nl_latency_get_dumpit() - Operation latency-get for all stages.
 * @skb: message to fill
 * @cb: args[0]: the state
 *
 * Context: Process, may sleep.
 * Return: Length of the message, 0 at the end, or a negative errno.
 */
int netpath_nl_latency_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct np_latency *lat = (struct np_latency *)cb->args[0];
	unsigned int before;
	void *hdr;
	int err;

	err = np_dump_takes_no_id(cb, NETPATH_A_LATENCY_ID);
	if (err)
		return err;
	for (; lat->stage < NP_STAGE_CNT; lat->stage++, lat->taken = false) {
		if (!np_view_has_latency(lat->stage))
			continue;
		np_latency_take(lat);
		before = lat->bucket;
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &np_family,
				  NLM_F_MULTI, NETPATH_CMD_LATENCY_GET);
		if (!hdr)
			break;
		if (!np_latency_put(skb, lat)) {
			genlmsg_end(skb, hdr);
			continue;
		}
		/* what has been put so far is sent, unless that is nothing */
		if (lat->bucket == before)
			genlmsg_cancel(skb, hdr);
		else
			genlmsg_end(skb, hdr);
		break;
	}
	return skb->len;
}

/**
 * np_netlink_latency_done() - End of the list, or nobody wants the rest.
 * @cb: args[0]: the state
 *
 * Context: Process, may sleep.
 * Return: 0.
 */
int np_netlink_latency_done(struct netlink_callback *cb)
{
	kfree((struct np_latency *)cb->args[0]);
	return 0;
}
