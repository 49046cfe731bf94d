// SPDX-License-Identifier: GPL-2.0-only
/* Netlink operations about what is recorded: rules, and the flight recorder. */
#include "np_netlink.h"

#include <linux/mm.h>
#include <linux/netpath.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/genetlink.h>

#include "generated/np_nl_gen.h"
#include "np_keep.h"
#include "np_rules_text.h"
#include "np_session.h"

/**
 * struct np_rules_request - rules as they are, and then as they are wanted.
 * @set: everything but the program
 * @generation: number of the rules that are
 * @owner: process that they end with, 0: none
 * @nr: number of @insns
 * @insns: program
 */
struct np_rules_request {
	struct np_rule_set	set;
	u32			generation;
	u32			owner;
	unsigned int		nr;
	struct sock_filter	insns[BPF_MAXINSNS];
};

static int np_netlink_put_set(struct sk_buff *skb, const struct np_rule_set *set)
{
	char reasons[640];

	np_rules_text_print_reasons(reasons, sizeof(reasons), set);
	if (nla_put_u32(skb, NETPATH_A_RULES_MARK, set->mark) ||
	    nla_put_u32(skb, NETPATH_A_RULES_MARK_MASK, set->mark_mask) ||
	    nla_put_u32(skb, NETPATH_A_RULES_IFINDEX, set->ifindex) ||
	    nla_put_u32(skb, NETPATH_A_RULES_NETNS, set->netns) ||
	    nla_put_u32(skb, NETPATH_A_RULES_PID, set->pid) ||
	    nla_put_u32(skb, NETPATH_A_RULES_DIRECTION, set->direction) ||
	    nla_put_u8(skb, NETPATH_A_RULES_DROPS, set->drops) ||
	    nla_put_string(skb, NETPATH_A_RULES_REASONS, reasons) ||
	    nla_put_u64_64bit(skb, NETPATH_A_RULES_SLOWER_NS, set->total_ns,
			      NETPATH_A_RULES_PAD) ||
	    nla_put_u32(skb, NETPATH_A_RULES_STAGE, set->stage) ||
	    nla_put_u64_64bit(skb, NETPATH_A_RULES_STAGE_NS, set->stage_ns,
			      NETPATH_A_RULES_PAD) ||
	    nla_put_u32(skb, NETPATH_A_RULES_ONE_IN, set->one_in))
		return -EMSGSIZE;
	return 0;
}

/**
 * netpath_nl_rules_get_doit() - Operation rules-get.
 * @skb: request
 * @info: request
 *
 * Context: Process, may sleep.
 * Return: 0 or a negative errno.
 */
int netpath_nl_rules_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct np_rules_request *now;
	struct sk_buff *reply;
	size_t bytes;
	void *hdr;
	int err;

	now = kvmalloc(sizeof(*now), GFP_KERNEL);
	if (!now)
		return -ENOMEM;
	np_session_lock();
	np_rules_get(&now->set);
	now->nr = np_rules_get_insns(now->insns);
	now->generation = np_rules_generation();
	now->owner = np_netlink_owner();
	np_session_unlock();

	bytes = now->nr * sizeof(now->insns[0]);
	reply = np_netlink_reply(info, NLMSG_DEFAULT_SIZE + nla_total_size(bytes), &hdr);
	if (!reply) {
		kvfree(now);
		return -ENOMEM;
	}
	err = nla_put(reply, NETPATH_A_RULES_FILTER, bytes, now->insns) ?:
	      np_netlink_put_set(reply, &now->set) ?:
	      nla_put_u32(reply, NETPATH_A_RULES_GENERATION, now->generation) ?:
	      nla_put_u32(reply, NETPATH_A_RULES_OWNER_PID, now->owner);
	kvfree(now);
	return np_netlink_send(info, reply, hdr, err);
}

static void np_netlink_take_u32(struct genl_info *info, unsigned int attr, u32 *value)
{
	if (info->attrs[attr])
		*value = nla_get_u32(info->attrs[attr]);
}

static void np_netlink_take_u64(struct genl_info *info, unsigned int attr, u64 *value)
{
	if (info->attrs[attr])
		*value = nla_get_u64(info->attrs[attr]);
}

static int np_netlink_take_filter(struct genl_info *info, struct np_rules_request *wanted)
{
	const struct nlattr *attr = info->attrs[NETPATH_A_RULES_FILTER];
	const char *bad = NULL;
	unsigned int at;

	if (!attr)
		return 0;
	if (nla_len(attr) % sizeof(wanted->insns[0]))
		bad = "must be an array of struct sock_filter, 8 bytes each";
	else if (nla_len(attr) > sizeof(wanted->insns))
		bad = "must have 4096 instructions at most";
	if (!bad) {
		wanted->nr = nla_len(attr) / sizeof(wanted->insns[0]);
		memcpy(wanted->insns, nla_data(attr), nla_len(attr));
		bad = np_rules_check_insns(wanted->insns, wanted->nr, &at);
	}
	if (!bad)
		return 0;
	np_netlink_refuse(info->extack, attr, bad);
	return -EINVAL;
}

static int np_netlink_take_reasons(struct genl_info *info, struct np_rule_set *set)
{
	const struct nlattr *attr = info->attrs[NETPATH_A_RULES_REASONS];
	struct np_refused why;
	char *text;
	int err;

	if (!attr)
		return 0;
	text = kstrdup(nla_data(attr), GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	err = np_rules_text_reasons(text, set, &why);
	kfree(text);
	if (err)
		np_netlink_refuse(info->extack, attr,
				  "must be names or numbers of drop reasons of this kernel joined by +, 8 at most");
	return err;
}

/* The attribute that says what a check found wrong, by its name. */
static const struct nlattr *np_netlink_blame(struct genl_info *info, const char *what)
{
	if (!strcmp(what, "mark"))
		return info->attrs[NETPATH_A_RULES_MARK] ?: info->attrs[NETPATH_A_RULES_MARK_MASK];
	if (!strcmp(what, "stage"))
		return info->attrs[NETPATH_A_RULES_STAGE_NS] ?: info->attrs[NETPATH_A_RULES_STAGE];
	return NULL;
}

/* What is given, in the place of what is. */
static int np_netlink_take_rules(struct genl_info *info, struct np_rules_request *wanted)
{
	struct np_rule_set *set = &wanted->set;
	u32 direction = set->direction, stage = set->stage;
	const char *bad, *what;
	int err;

	np_netlink_take_u32(info, NETPATH_A_RULES_MARK, &set->mark);
	np_netlink_take_u32(info, NETPATH_A_RULES_MARK_MASK, &set->mark_mask);
	np_netlink_take_u32(info, NETPATH_A_RULES_IFINDEX, &set->ifindex);
	np_netlink_take_u32(info, NETPATH_A_RULES_NETNS, &set->netns);
	np_netlink_take_u32(info, NETPATH_A_RULES_PID, &set->pid);
	np_netlink_take_u32(info, NETPATH_A_RULES_DIRECTION, &direction);
	np_netlink_take_u64(info, NETPATH_A_RULES_SLOWER_NS, &set->total_ns);
	np_netlink_take_u32(info, NETPATH_A_RULES_STAGE, &stage);
	np_netlink_take_u64(info, NETPATH_A_RULES_STAGE_NS, &set->stage_ns);
	np_netlink_take_u32(info, NETPATH_A_RULES_ONE_IN, &set->one_in);
	if (info->attrs[NETPATH_A_RULES_DROPS])
		set->drops = nla_get_u8(info->attrs[NETPATH_A_RULES_DROPS]);
	/* the policy has seen to it that they fit */
	set->direction = direction;
	set->stage = stage;
	err = np_netlink_take_reasons(info, set) ?: np_netlink_take_filter(info, wanted);
	if (err)
		return err;
	bad = np_rules_check(set, &what);
	if (!bad)
		return 0;
	np_netlink_refuse(info->extack, np_netlink_blame(info, what), bad);
	return -EINVAL;
}

/* Are the rules still those that the sender has seen, if that matters? */
static int np_netlink_check_generation(struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[NETPATH_A_RULES_IF_GENERATION];

	if (!attr || nla_get_u32(attr) == np_rules_generation())
		return 0;
	np_netlink_refuse(info->extack, attr,
			  "the rules have been changed and have another generation: see rules-get");
	return -EBUSY;
}

/**
 * netpath_nl_rules_set_doit() - Operation rules-set.
 * @skb: request
 * @info: request
 *
 * Context: Process, sleeps for a grace period.
 * Return: 0 or a negative errno.
 */
int netpath_nl_rules_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct np_rules_request *wanted;
	int err;

	wanted = kvzalloc(sizeof(*wanted), GFP_KERNEL);
	if (!wanted)
		return -ENOMEM;
	np_session_lock();
	if (!info->attrs[NETPATH_A_RULES_CLEAR]) {
		np_rules_get(&wanted->set);
		wanted->nr = np_rules_get_insns(wanted->insns);
	}
	err = np_netlink_check_generation(info) ?: np_netlink_take_rules(info, wanted);
	if (!err) {
		err = np_rules_set(&wanted->set, wanted->insns, wanted->nr);
		if (err == -EINVAL)
			np_netlink_refuse(info->extack, info->attrs[NETPATH_A_RULES_FILTER],
					  NP_RULES_KERNEL);
	}
	if (!err && info->attrs[NETPATH_A_RULES_OWN])
		np_netlink_own(info->snd_portid);
	np_session_unlock();
	kvfree(wanted);
	return err;
}

/**
 * netpath_nl_freeze_get_doit() - Operation freeze-get.
 * @skb: request
 * @info: request
 *
 * Context: Process, may sleep.
 * Return: 0 or a negative errno.
 */
int netpath_nl_freeze_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	enum np_freeze_state state;
	struct np_freeze_plan plan;
	struct sk_buff *reply;
	char on_drop[160];
	void *hdr;
	u32 left;
	int err;

	np_session_lock();
	state = np_freeze_get(&plan, &left);
	np_session_unlock();
	np_rules_text_print_on_drop(on_drop, sizeof(on_drop), &plan);
	reply = np_netlink_reply(info, NLMSG_DEFAULT_SIZE, &hdr);
	if (!reply)
		return -ENOMEM;
	err = nla_put_u32(reply, NETPATH_A_FREEZE_STATE, state) ||
	      nla_put_string(reply, NETPATH_A_FREEZE_ON_DROP, on_drop) ||
	      nla_put_u64_64bit(reply, NETPATH_A_FREEZE_SLOWER_NS, plan.slower_ns,
				NETPATH_A_FREEZE_PAD) ||
	      nla_put_u32(reply, NETPATH_A_FREEZE_AFTER, plan.after) ||
	      nla_put_u32(reply, NETPATH_A_FREEZE_LEFT, left);
	return np_netlink_send(info, reply, hdr, err ? -EMSGSIZE : 0);
}

/**
 * netpath_nl_freeze_doit() - Operation freeze.
 * @skb: request
 * @info: request
 *
 * Context: Process, may sleep.
 * Return: 0 or a negative errno.
 */
int netpath_nl_freeze_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *on_drop = info->attrs[NETPATH_A_FREEZE_ON_DROP];
	struct np_freeze_plan plan = { };
	struct np_refused why;

	if (on_drop && *(const char *)nla_data(on_drop) &&
	    np_rules_text_on_drop(nla_data(on_drop), &plan, &why)) {
		np_netlink_refuse(info->extack, on_drop,
				  "must be any, or the name or number of a drop reason of this kernel");
		return -EINVAL;
	}
	np_netlink_take_u64(info, NETPATH_A_FREEZE_SLOWER_NS, &plan.slower_ns);
	np_netlink_take_u32(info, NETPATH_A_FREEZE_AFTER, &plan.after);
	np_session_lock();
	np_freeze_set(&plan);
	np_keep_update();
	np_session_unlock();
	return 0;
}

/**
 * netpath_nl_thaw_doit() - Operation thaw.
 * @skb: request
 * @info: request
 *
 * Context: Process, may sleep.
 * Return: 0 or a negative errno.
 */
int netpath_nl_thaw_doit(struct sk_buff *skb, struct genl_info *info)
{
	np_session_lock();
	np_freeze_thaw();
	np_keep_update();
	np_session_unlock();
	return 0;
}
