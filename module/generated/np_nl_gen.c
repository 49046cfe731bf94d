// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/netpath.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "np_nl_gen.h"

#include <uapi/linux/netpath_nl.h>
#include <linux/netpath.h>
#include <linux/netpath.h>
#include <linux/netpath.h>
#include <linux/netpath.h>

/* Integer value ranges */
static const struct netlink_range_validation netpath_a_config_table_slots_range = {
	.min	= NETPATH_TABLE_SLOTS_MIN,
	.max	= NETPATH_TABLE_SLOTS_MAX,
};

static const struct netlink_range_validation netpath_a_config_ring_kib_range = {
	.min	= NETPATH_RING_KIB_MIN,
	.max	= NETPATH_RING_KIB_MAX,
};

static const struct netlink_range_validation netpath_a_config_expire_ms_range = {
	.min	= NETPATH_EXPIRE_MS_MIN,
	.max	= NETPATH_EXPIRE_MS_MAX,
};

static const struct netlink_range_validation netpath_a_freeze_after_range = {
	.max	= NETPATH_AFTER_MAX,
};

/* NETPATH_CMD_INFO - do */
const struct nla_policy netpath_info_nl_policy[NETPATH_A_INFO_PAD + 1] = {
};

/* NETPATH_CMD_STAGE_GET - do */
const struct nla_policy netpath_stage_get_nl_policy[NETPATH_A_STAGE_ID + 1] = {
	[NETPATH_A_STAGE_ID] = NLA_POLICY_MAX(NLA_U32, 73),
};

/* NETPATH_CMD_STAGE_SET - do */
const struct nla_policy netpath_stage_set_nl_policy[NETPATH_A_STAGE_SET + 1] = {
	[NETPATH_A_STAGE_SET] = NLA_POLICY_MAX(NLA_U32, 73),
};

/* NETPATH_CMD_CONFIG_GET - do */
const struct nla_policy netpath_config_get_nl_policy[NETPATH_A_CONFIG_PAD + 1] = {
};

/* NETPATH_CMD_CONFIG_SET - do */
const struct nla_policy netpath_config_set_nl_policy[NETPATH_A_CONFIG_KPROBES + 1] = {
	[NETPATH_A_CONFIG_ENABLE] = NLA_POLICY_MAX(NLA_U8, 1),
	[NETPATH_A_CONFIG_TABLE_SLOTS] = NLA_POLICY_FULL_RANGE(NLA_U32, &netpath_a_config_table_slots_range),
	[NETPATH_A_CONFIG_RING_KIB] = NLA_POLICY_FULL_RANGE(NLA_U32, &netpath_a_config_ring_kib_range),
	[NETPATH_A_CONFIG_EXPIRE_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &netpath_a_config_expire_ms_range),
	[NETPATH_A_CONFIG_KPROBES] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* NETPATH_CMD_STATS_GET - do */
const struct nla_policy netpath_stats_get_nl_policy[NETPATH_A_STATS_PAD + 1] = {
};

/* NETPATH_CMD_LATENCY_GET - do */
const struct nla_policy netpath_latency_get_nl_policy[NETPATH_A_LATENCY_ID + 1] = {
	[NETPATH_A_LATENCY_ID] = NLA_POLICY_MAX(NLA_U32, 73),
};

/* NETPATH_CMD_CLEAR - do */
const struct nla_policy netpath_clear_nl_policy[NETPATH_A_CLEAR_WHAT + 1] = {
	[NETPATH_A_CLEAR_WHAT] = NLA_POLICY_MASK(NLA_U32, 0x3),
};

/* NETPATH_CMD_SNAPSHOT - do */
const struct nla_policy netpath_snapshot_nl_policy[NETPATH_A_RECORDS_PAD + 1] = {
};

/* NETPATH_CMD_RULES_GET - do */
const struct nla_policy netpath_rules_get_nl_policy[NETPATH_A_RULES_PAD + 1] = {
};

/* NETPATH_CMD_RULES_SET - do */
const struct nla_policy netpath_rules_set_nl_policy[NETPATH_A_RULES_OWN + 1] = {
	[NETPATH_A_RULES_FILTER] = { .type = NLA_BINARY, },
	[NETPATH_A_RULES_MARK] = { .type = NLA_U32, },
	[NETPATH_A_RULES_MARK_MASK] = { .type = NLA_U32, },
	[NETPATH_A_RULES_IFINDEX] = { .type = NLA_U32, },
	[NETPATH_A_RULES_NETNS] = { .type = NLA_U32, },
	[NETPATH_A_RULES_PID] = { .type = NLA_U32, },
	[NETPATH_A_RULES_DIRECTION] = NLA_POLICY_MAX(NLA_U32, 2),
	[NETPATH_A_RULES_DROPS] = NLA_POLICY_MAX(NLA_U8, 1),
	[NETPATH_A_RULES_REASONS] = { .type = NLA_NUL_STRING, .len = 511, },
	[NETPATH_A_RULES_SLOWER_NS] = { .type = NLA_U64, },
	[NETPATH_A_RULES_STAGE] = NLA_POLICY_MAX(NLA_U32, 73),
	[NETPATH_A_RULES_STAGE_NS] = { .type = NLA_U64, },
	[NETPATH_A_RULES_ONE_IN] = { .type = NLA_U32, },
	[NETPATH_A_RULES_CLEAR] = { .type = NLA_FLAG, },
	[NETPATH_A_RULES_IF_GENERATION] = { .type = NLA_U32, },
	[NETPATH_A_RULES_OWN] = { .type = NLA_FLAG, },
};

/* NETPATH_CMD_FREEZE_GET - do */
const struct nla_policy netpath_freeze_get_nl_policy[NETPATH_A_FREEZE_PAD + 1] = {
};

/* NETPATH_CMD_FREEZE - do */
const struct nla_policy netpath_freeze_nl_policy[NETPATH_A_FREEZE_AFTER + 1] = {
	[NETPATH_A_FREEZE_ON_DROP] = { .type = NLA_NUL_STRING, .len = 127, },
	[NETPATH_A_FREEZE_SLOWER_NS] = { .type = NLA_U64, },
	[NETPATH_A_FREEZE_AFTER] = NLA_POLICY_FULL_RANGE(NLA_U32, &netpath_a_freeze_after_range),
};

/* NETPATH_CMD_THAW - do */
const struct nla_policy netpath_thaw_nl_policy[NETPATH_A_FREEZE_PAD + 1] = {
};

/* Ops table for netpath */
const struct genl_ops netpath_nl_ops[14] = {
	{
		.cmd		= NETPATH_CMD_INFO,
		.doit		= netpath_nl_info_doit,
		.policy		= netpath_info_nl_policy,
		.maxattr	= NETPATH_A_INFO_PAD,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= NETPATH_CMD_STAGE_GET,
		.doit		= netpath_nl_stage_get_doit,
		.dumpit		= netpath_nl_stage_get_dumpit,
		.policy		= netpath_stage_get_nl_policy,
		.maxattr	= NETPATH_A_STAGE_ID,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= NETPATH_CMD_STAGE_SET,
		.doit		= netpath_nl_stage_set_doit,
		.policy		= netpath_stage_set_nl_policy,
		.maxattr	= NETPATH_A_STAGE_SET,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= NETPATH_CMD_CONFIG_GET,
		.doit		= netpath_nl_config_get_doit,
		.policy		= netpath_config_get_nl_policy,
		.maxattr	= NETPATH_A_CONFIG_PAD,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= NETPATH_CMD_CONFIG_SET,
		.doit		= netpath_nl_config_set_doit,
		.policy		= netpath_config_set_nl_policy,
		.maxattr	= NETPATH_A_CONFIG_KPROBES,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= NETPATH_CMD_STATS_GET,
		.doit		= netpath_nl_stats_get_doit,
		.policy		= netpath_stats_get_nl_policy,
		.maxattr	= NETPATH_A_STATS_PAD,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= NETPATH_CMD_LATENCY_GET,
		.doit		= netpath_nl_latency_get_doit,
		.dumpit		= netpath_nl_latency_get_dumpit,
		.policy		= netpath_latency_get_nl_policy,
		.maxattr	= NETPATH_A_LATENCY_ID,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= NETPATH_CMD_CLEAR,
		.doit		= netpath_nl_clear_doit,
		.policy		= netpath_clear_nl_policy,
		.maxattr	= NETPATH_A_CLEAR_WHAT,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= NETPATH_CMD_SNAPSHOT,
		.doit		= netpath_nl_snapshot_doit,
		.dumpit		= netpath_nl_snapshot_dumpit,
		.policy		= netpath_snapshot_nl_policy,
		.maxattr	= NETPATH_A_RECORDS_PAD,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= NETPATH_CMD_RULES_GET,
		.doit		= netpath_nl_rules_get_doit,
		.policy		= netpath_rules_get_nl_policy,
		.maxattr	= NETPATH_A_RULES_PAD,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= NETPATH_CMD_RULES_SET,
		.doit		= netpath_nl_rules_set_doit,
		.policy		= netpath_rules_set_nl_policy,
		.maxattr	= NETPATH_A_RULES_OWN,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= NETPATH_CMD_FREEZE_GET,
		.doit		= netpath_nl_freeze_get_doit,
		.policy		= netpath_freeze_get_nl_policy,
		.maxattr	= NETPATH_A_FREEZE_PAD,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= NETPATH_CMD_FREEZE,
		.doit		= netpath_nl_freeze_doit,
		.policy		= netpath_freeze_nl_policy,
		.maxattr	= NETPATH_A_FREEZE_AFTER,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= NETPATH_CMD_THAW,
		.doit		= netpath_nl_thaw_doit,
		.policy		= netpath_thaw_nl_policy,
		.maxattr	= NETPATH_A_FREEZE_PAD,
		.flags		= GENL_ADMIN_PERM,
	},
};

static const struct genl_multicast_group netpath_nl_mcgrps[] = {
	[NETPATH_NLGRP_RECORDS] = { "records", },
};
