// SPDX-License-Identifier: GPL-2.0-only
/*
 * The netlink family "netpath": registration, rights, and what is set.
 * Documentation/netlink/specs/netpath.yaml describes it; policies and the table
 * of operations are generated from there.
 *
 * Rights: GENL_ADMIN_PERM asks for CAP_NET_ADMIN in the initial user namespace,
 * of who opened the socket and of who sends; the flag of the group does so for
 * who joins.  A family that is not netnsok is in the initial network namespace
 * only.
 */
#include "np_netlink.h"

#include <linux/module.h>
#include <linux/netpath.h>
#include <linux/printk.h>
#include <net/genetlink.h>

#include "compat/np_compat_genl.h"
#include "generated/np_nl_gen.h"
#include "np_change.h"
#include "np_clock.h"
#include "np_session.h"
#include "np_stage.h"

/* How often members of a group that nobody could join are thrown out. */
#define NP_NETLINK_TRIES	5

static const struct genl_multicast_group np_netlink_groups[] = {
	[NETPATH_NLGRP_RECORDS] = {
		.name	= NETPATH_MCGRP_RECORDS,
		.flags	= NP_GENL_MCAST_ADMIN,
	},
};

/* The generated table, completed by what it does not have: start and end of dumps. */
static struct genl_ops np_netlink_ops[ARRAY_SIZE(netpath_nl_ops)];

struct genl_family np_family = {
	.name		= NETPATH_FAMILY_NAME,
	.version	= NETPATH_FAMILY_VERSION,
	.module		= THIS_MODULE,
	/* the session has a mutex of its own, and holds it for long */
	.parallel_ops	= true,
	.ops		= np_netlink_ops,
	.n_ops		= ARRAY_SIZE(np_netlink_ops),
	.mcgrps		= np_netlink_groups,
	.n_mcgrps	= ARRAY_SIZE(np_netlink_groups),
};

/**
 * np_netlink_refuse() - Say why a request is refused.
 * @extack: where; may be NULL
 * @attr: the attribute to blame, or NULL
 * @why: constant text, or NULL
 *
 * Context: Any.
 */
void np_netlink_refuse(struct netlink_ext_ack *extack, const struct nlattr *attr,
		       const char *why)
{
	if (!extack)
		return;
	extack->_msg = why;
	extack->bad_attr = attr;
}

/**
 * np_netlink_need() - An attribute without which a request makes no sense.
 * @info: request
 * @attr: number of the attribute
 *
 * Context: Process.
 * Return: The attribute, or NULL when it is missing; the reason is set then.
 */
const struct nlattr *np_netlink_need(struct genl_info *info, unsigned int attr)
{
	if (info->attrs[attr])
		return info->attrs[attr];
	NL_SET_ERR_MSG(info->extack, "an attribute that this operation needs is missing");
	NL_SET_ERR_ATTR_MISS(info->extack, NULL, attr);
	return NULL;
}

/**
 * np_netlink_reply() - Begin the answer to a request.
 * @info: request
 * @size: room for attributes, in bytes
 * @hdr: set to the header, for np_netlink_send()
 *
 * Context: Process, may sleep.
 * Return: The message, or NULL without memory.
 */
struct sk_buff *np_netlink_reply(struct genl_info *info, size_t size, void **hdr)
{
	struct sk_buff *skb = genlmsg_new(size, GFP_KERNEL);

	if (!skb)
		return NULL;
	*hdr = genlmsg_put_reply(skb, info, &np_family, 0, info->genlhdr->cmd);
	if (!*hdr) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

/**
 * np_netlink_send() - Send the answer, or not.
 * @info: request
 * @skb: answer, consumed
 * @hdr: from np_netlink_reply()
 * @err: not 0: what went wrong while it was filled
 *
 * Context: Process, may sleep.
 * Return: 0 or a negative errno.
 */
int np_netlink_send(struct genl_info *info, struct sk_buff *skb, void *hdr, int err)
{
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

/**
 * netpath_nl_info_doit() - Operation info.
 * @skb: request
 * @info: request
 *
 * Context: Process, may sleep.
 * Return: 0 or a negative errno.
 */
int netpath_nl_info_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	void *hdr;
	int err;

	reply = np_netlink_reply(info, NLMSG_DEFAULT_SIZE, &hdr);
	if (!reply)
		return -ENOMEM;
	err = nla_put_string(reply, NETPATH_A_INFO_MODULE_VERSION, THIS_MODULE->version) ||
	      nla_put_u32(reply, NETPATH_A_INFO_RECORD_VERSION, NETPATH_RECORD_VERSION) ||
	      nla_put_u32(reply, NETPATH_A_INFO_RECORD_MAX, NETPATH_RECORD_MAX) ||
	      nla_put_u32(reply, NETPATH_A_INFO_MESSAGE_MAX, np_netlink_message_max()) ||
	      nla_put_u32(reply, NETPATH_A_INFO_CPUS, nr_cpu_ids) ||
	      nla_put_string(reply, NETPATH_A_INFO_CLOCK, np_clock_name());
	return np_netlink_send(info, reply, hdr, err ? -EMSGSIZE : 0);
}

/**
 * netpath_nl_config_get_doit() - Operation config-get.
 * @skb: request
 * @info: request
 *
 * Context: Process, may sleep.
 * Return: 0 or a negative errno.
 */
int netpath_nl_config_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct np_config config;
	struct sk_buff *reply;
	void *hdr;
	int err;

	np_session_config(&config);
	reply = np_netlink_reply(info, NLMSG_DEFAULT_SIZE, &hdr);
	if (!reply)
		return -ENOMEM;
	err = nla_put_u8(reply, NETPATH_A_CONFIG_ENABLE, config.enable) ||
	      nla_put_u32(reply, NETPATH_A_CONFIG_TABLE_SLOTS, config.table_slots) ||
	      nla_put_u32(reply, NETPATH_A_CONFIG_RING_KIB, config.ring_kib) ||
	      nla_put_u32(reply, NETPATH_A_CONFIG_EXPIRE_MS, config.expire_ms) ||
	      nla_put_u8(reply, NETPATH_A_CONFIG_KPROBES, config.kprobes);
	return np_netlink_send(info, reply, hdr, err ? -EMSGSIZE : 0);
}

static const struct nlattr *np_netlink_field_attr(struct genl_info *info, unsigned int field)
{
	switch (field) {
	case NP_FIELD_ENABLE:
		return info->attrs[NETPATH_A_CONFIG_ENABLE];
	case NP_FIELD_TABLE_SLOTS:
		return info->attrs[NETPATH_A_CONFIG_TABLE_SLOTS];
	case NP_FIELD_RING_KIB:
		return info->attrs[NETPATH_A_CONFIG_RING_KIB];
	case NP_FIELD_EXPIRE_MS:
		return info->attrs[NETPATH_A_CONFIG_EXPIRE_MS];
	case NP_FIELD_KPROBES:
		return info->attrs[NETPATH_A_CONFIG_KPROBES];
	default:
		return NULL;
	}
}

/**
 * netpath_nl_config_set_doit() - Operation config-set.
 * @skb: request
 * @info: request
 *
 * Context: Process, sleeps for grace periods.
 * Return: 0 or a negative errno.
 */
int netpath_nl_config_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct np_config wanted = { 0 };
	struct nlattr **attrs = info->attrs;
	struct np_refusal refusal;
	unsigned int fields = 0;
	int err;

	if (attrs[NETPATH_A_CONFIG_ENABLE]) {
		wanted.enable = nla_get_u8(attrs[NETPATH_A_CONFIG_ENABLE]);
		fields |= NP_FIELD_ENABLE;
	}
	if (attrs[NETPATH_A_CONFIG_TABLE_SLOTS]) {
		wanted.table_slots = nla_get_u32(attrs[NETPATH_A_CONFIG_TABLE_SLOTS]);
		fields |= NP_FIELD_TABLE_SLOTS;
	}
	if (attrs[NETPATH_A_CONFIG_RING_KIB]) {
		wanted.ring_kib = nla_get_u32(attrs[NETPATH_A_CONFIG_RING_KIB]);
		fields |= NP_FIELD_RING_KIB;
	}
	if (attrs[NETPATH_A_CONFIG_EXPIRE_MS]) {
		wanted.expire_ms = nla_get_u32(attrs[NETPATH_A_CONFIG_EXPIRE_MS]);
		fields |= NP_FIELD_EXPIRE_MS;
	}
	if (attrs[NETPATH_A_CONFIG_KPROBES]) {
		wanted.kprobes = nla_get_u8(attrs[NETPATH_A_CONFIG_KPROBES]);
		fields |= NP_FIELD_KPROBES;
	}
	if (!fields) {
		np_netlink_refuse(info->extack, NULL, "nothing was given to change");
		return -EINVAL;
	}
	err = np_change(&wanted, fields, &refusal);
	if (err)
		np_netlink_refuse(info->extack, np_netlink_field_attr(info, refusal.field),
				  refusal.why);
	return err;
}

/**
 * netpath_nl_stage_set_doit() - Operation stage-set.
 * @skb: request
 * @info: request
 *
 * Context: Process, sleeps for grace periods.
 * Return: 0 or a negative errno.
 */
int netpath_nl_stage_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attr = np_netlink_need(info, NETPATH_A_STAGE_SET);
	struct np_config wanted = { 0 };
	struct np_refusal refusal;
	int err, rem;

	if (!attr)
		return -EINVAL;
	/* each of them has passed the policy */
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != NETPATH_A_STAGE_SET)
			continue;
		if (nla_get_u32(attr) == NETPATH_STAGE_NONE) {
			np_netlink_refuse(info->extack, attr, "\"none\" is not a stage");
			return -EINVAL;
		}
		__set_bit(nla_get_u32(attr), wanted.stages.bits);
	}
	np_stage_add_always(&wanted.stages);
	err = np_change(&wanted, NP_FIELD_STAGES, &refusal);
	if (err)
		np_netlink_refuse(info->extack, info->attrs[NETPATH_A_STAGE_SET], refusal.why);
	return err;
}

/**
 * netpath_nl_clear_doit() - Operation clear.
 * @skb: request
 * @info: request
 *
 * Context: Process, may sleep.
 * Return: 0 or a negative errno.
 */
int netpath_nl_clear_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attr = np_netlink_need(info, NETPATH_A_CLEAR_WHAT);
	u32 what;

	if (!attr)
		return -EINVAL;
	what = nla_get_u32(attr);
	if (!what) {
		np_netlink_refuse(info->extack, attr, "nothing was given to clear");
		return -EINVAL;
	}
	if (what & NETPATH_WHAT_LATENCY)
		np_session_clear_hists();
	if (what & NETPATH_WHAT_RECORDS)
		np_session_clear_rings();
	return 0;
}

static void np_netlink_complete_ops(void)
{
	struct genl_ops *op;

	memcpy(np_netlink_ops, netpath_nl_ops, sizeof(np_netlink_ops));
	for (op = np_netlink_ops; op < np_netlink_ops + ARRAY_SIZE(np_netlink_ops); op++) {
		if (op->cmd == NETPATH_CMD_LATENCY_GET) {
			op->start = np_netlink_latency_start;
			op->done = np_netlink_latency_done;
		} else if (op->cmd == NETPATH_CMD_SNAPSHOT) {
			op->start = np_netlink_snapshot_start;
			op->done = np_netlink_snapshot_done;
		}
	}
}

/*
 * Anybody may join the number of a group that no family has yet, and stays in
 * it when a family gets that number.  Unregistering throws all members out.
 */
static int np_netlink_register(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < NP_NETLINK_TRIES; i++) {
		err = genl_register_family(&np_family);
		if (err)
			return err;
		if (!genl_has_listeners(&np_family, &init_net, NETPATH_NLGRP_RECORDS))
			return 0;
		genl_unregister_family(&np_family);
	}
	pr_err("netpath: a process joins every netlink group beforehand, not loading for its sake: end it\n");
	return -EBUSY;
}

/**
 * np_netlink_init() - Register the family and start to stream.
 *
 * Context: Module init, may sleep; the session is ready.
 * Return: 0 or a negative errno.
 */
int np_netlink_init(void)
{
	int err;

	np_netlink_complete_ops();
	err = np_netlink_stream_init();
	if (err) {
		pr_err("netpath: no memory for the netlink stream (%d)\n", err);
		return err;
	}
	err = np_netlink_owner_init();
	if (err) {
		pr_err("netpath: notices of closed netlink sockets cannot be had (%d)\n", err);
		goto exit_stream;
	}
	err = np_netlink_register();
	if (err) {
		pr_err("netpath: the netlink family cannot be registered (%d)\n", err);
		goto exit_owner;
	}
	np_netlink_stream_start();
	return 0;

exit_owner:
	np_netlink_owner_exit();
exit_stream:
	np_netlink_stream_exit();
	return err;
}

/**
 * np_netlink_exit() - End the stream, then the family; waits for requests in progress.
 *
 * The other way round the stream could go to the next owner of the group's number.
 *
 * Context: Module exit, may sleep.
 */
void np_netlink_exit(void)
{
	np_netlink_stream_exit();
	genl_unregister_family(&np_family);
	np_netlink_owner_exit();
}
