/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/netpath.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_NETPATH_GEN_H
#define _LINUX_NETPATH_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/netpath_nl.h>
#include <linux/netpath.h>
#include <linux/netpath.h>
#include <linux/netpath.h>
#include <linux/netpath.h>

extern const struct nla_policy netpath_info_nl_policy[NETPATH_A_INFO_PAD + 1];

extern const struct nla_policy netpath_stage_get_nl_policy[NETPATH_A_STAGE_ID + 1];

extern const struct nla_policy netpath_stage_set_nl_policy[NETPATH_A_STAGE_SET + 1];

extern const struct nla_policy netpath_config_get_nl_policy[NETPATH_A_CONFIG_PAD + 1];

extern const struct nla_policy netpath_config_set_nl_policy[NETPATH_A_CONFIG_KPROBES + 1];

extern const struct nla_policy netpath_stats_get_nl_policy[NETPATH_A_STATS_PAD + 1];

extern const struct nla_policy netpath_latency_get_nl_policy[NETPATH_A_LATENCY_ID + 1];

extern const struct nla_policy netpath_clear_nl_policy[NETPATH_A_CLEAR_WHAT + 1];

extern const struct nla_policy netpath_snapshot_nl_policy[NETPATH_A_RECORDS_PAD + 1];

extern const struct nla_policy netpath_rules_get_nl_policy[NETPATH_A_RULES_PAD + 1];

extern const struct nla_policy netpath_rules_set_nl_policy[NETPATH_A_RULES_OWN + 1];

extern const struct nla_policy netpath_freeze_get_nl_policy[NETPATH_A_FREEZE_PAD + 1];

extern const struct nla_policy netpath_freeze_nl_policy[NETPATH_A_FREEZE_AFTER + 1];

extern const struct nla_policy netpath_thaw_nl_policy[NETPATH_A_FREEZE_PAD + 1];

/* Ops table for netpath */
extern const struct genl_ops netpath_nl_ops[14];

int netpath_nl_info_doit(struct sk_buff *skb, struct genl_info *info);
int netpath_nl_stage_get_doit(struct sk_buff *skb, struct genl_info *info);
int netpath_nl_stage_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int netpath_nl_stage_set_doit(struct sk_buff *skb, struct genl_info *info);
int netpath_nl_config_get_doit(struct sk_buff *skb, struct genl_info *info);
int netpath_nl_config_set_doit(struct sk_buff *skb, struct genl_info *info);
int netpath_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info);
int netpath_nl_latency_get_doit(struct sk_buff *skb, struct genl_info *info);
int netpath_nl_latency_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb);
int netpath_nl_clear_doit(struct sk_buff *skb, struct genl_info *info);
int netpath_nl_snapshot_doit(struct sk_buff *skb, struct genl_info *info);
int netpath_nl_snapshot_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int netpath_nl_rules_get_doit(struct sk_buff *skb, struct genl_info *info);
int netpath_nl_rules_set_doit(struct sk_buff *skb, struct genl_info *info);
int netpath_nl_freeze_get_doit(struct sk_buff *skb, struct genl_info *info);
int netpath_nl_freeze_doit(struct sk_buff *skb, struct genl_info *info);
int netpath_nl_thaw_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	NETPATH_NLGRP_RECORDS,
};

#endif /* _LINUX_NETPATH_GEN_H */
