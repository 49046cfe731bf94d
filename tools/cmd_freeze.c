// SPDX-License-Identifier: GPL-2.0-only
/* netpath freeze, thaw: the flight recorder. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "np_ctl.h"
#include "np_rules.h"

static int freeze_put(struct nlmsghdr *nlh, const struct np_args *args)
{
	const char *reason = np_args_value(args, NP_OPT_ON_DROP);
	const char *slower = np_args_value(args, NP_OPT_SLOWER);
	const char *after = np_args_value(args, NP_OPT_AFTER);
	unsigned long long number;
	char *end;
	__u64 ns;

	if (reason && np_rules_text(nlh, NETPATH_A_FREEZE_ON_DROP, "on-drop",
				    reason))
		return -EINVAL;
	if (slower) {
		if (np_rules_time("slower", slower, &ns))
			return -EINVAL;
		mnl_attr_put_u64(nlh, NETPATH_A_FREEZE_SLOWER_NS, ns);
	}
	if (after) {
		errno = 0;
		number = strtoull(after, &end, 10);
		if (*after < '0' || *after > '9' || *end || errno ||
		    number > NETPATH_AFTER_MAX) {
			fprintf(stderr, "netpath: --after: '%s' is not a number up to %u\n",
				after, NETPATH_AFTER_MAX);
			return -EINVAL;
		}
		mnl_attr_put_u32(nlh, NETPATH_A_FREEZE_AFTER, (__u32)number);
	}
	return 0;
}

static int freeze_run(const char *cmd, __u8 request,
		      const struct np_args *args)
{
	struct np_nl *nl = np_ctl_open(cmd);
	struct nlmsghdr *nlh;
	int err;

	if (!nl)
		return NP_EXIT_ERROR;
	nlh = np_nl_begin(nl, request, 0);
	err = freeze_put(nlh, args);
	if (err) {
		np_ctl_close(nl);
		return NP_EXIT_USAGE;
	}
	err = np_nl_explain(nl, cmd, np_nl_run(nl, nlh, NULL));
	np_ctl_close(nl);
	return err ? NP_EXIT_ERROR : NP_EXIT_OK;
}

/**
 * np_cmd_freeze() - Keep what the rings hold, now or when something happens.
 * @args: the command line
 *
 * Return: Exit code.
 */
int np_cmd_freeze(const struct np_args *args)
{
	return freeze_run("freeze", NETPATH_CMD_FREEZE, args);
}

/**
 * np_cmd_thaw() - Record again.
 * @args: the command line
 *
 * Return: Exit code.
 */
int np_cmd_thaw(const struct np_args *args)
{
	return freeze_run("thaw", NETPATH_CMD_THAW, args);
}
