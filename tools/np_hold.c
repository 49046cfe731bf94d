// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules that are in force while a command runs.
 *
 * The module ends them when the socket that has set them is closed, so that
 * they end however the command ends.
 */
#include "np_hold.h"

#include <errno.h>
#include <stdio.h>

#include "np_ctl.h"
#include "np_rules.h"

/**
 * struct hold_seen - what is in force.
 * @any: there are rules
 * @generation: their number
 * @owner: process that they end with, 0: they stay
 */
struct hold_seen {
	bool	any;
	__u32	generation;
	__u32	owner;
};

static int hold_attr(const struct nlattr *attr, void *arg)
{
	const char *data = mnl_attr_get_payload(attr);
	struct hold_seen *seen = arg;
	int i;

	switch (mnl_attr_get_type(attr)) {
	case NETPATH_A_RULES_GENERATION:
		seen->generation = mnl_attr_get_u32(attr);
		break;
	case NETPATH_A_RULES_OWNER_PID:
		seen->owner = mnl_attr_get_u32(attr);
		break;
	default:
		for (i = 0; i < mnl_attr_get_payload_len(attr); i++)
			seen->any |= data[i];
	}
	return 0;
}

static int hold_look(struct np_nl *nl, struct hold_seen *seen)
{
	const struct np_nl_answer answer = { hold_attr, NULL, seen };

	*seen = (struct hold_seen) { 0 };
	return np_nl_call(nl, NETPATH_CMD_RULES_GET, 0, &answer);
}

static void hold_advise(const char *what)
{
	fprintf(stderr, "netpath: %s\n", what);
	fprintf(stderr, "netpath: netpath config shows them, netpath config --clear ends them\n");
}

static int hold_others(const struct hold_seen *seen)
{
	if (seen->owner)
		fprintf(stderr, "netpath: process %u has rules, which end with it\n",
			seen->owner);
	hold_advise("other rules are in force, for all readers");
	return NP_EXIT_ERROR;
}

/* Return: -EBUSY when the rules were changed after they were looked at; or an exit code. */
static int hold_try(struct np_hold *hold, const char *cmd,
		    const struct np_args *args)
{
	struct hold_seen seen;
	struct nlmsghdr *nlh;
	int err;

	err = hold_look(hold->nl, &seen);
	if (err) {
		np_nl_explain(hold->nl, cmd, err);
		return NP_EXIT_ERROR;
	}
	if (seen.any)
		return hold_others(&seen);
	nlh = np_rules_request(hold->nl, args, true);
	if (!nlh)
		return NP_EXIT_USAGE;
	mnl_attr_put_u32(nlh, NETPATH_A_RULES_IF_GENERATION, seen.generation);
	mnl_attr_put(nlh, NETPATH_A_RULES_OWN, 0, NULL);
	hold->generation = seen.generation + 1;
	err = np_nl_run(hold->nl, nlh, NULL);
	if (err == -EBUSY)
		return err;
	return np_rules_explain(hold->nl, cmd, args, err) ? NP_EXIT_ERROR :
							    NP_EXIT_OK;
}

/**
 * np_hold_begin() - Put the rules of the command line in force for a while.
 * @hold: receives them; np_hold_end() is needed if this returns NP_EXIT_OK
 * @cmd: the subcommand, for messages
 * @args: the command line
 *
 * Rules of somebody else are left alone.
 *
 * Return: Exit code.
 */
int np_hold_begin(struct np_hold *hold, const char *cmd,
		  const struct np_args *args)
{
	int code;

	*hold = (struct np_hold) { NULL };
	if (!np_rules_given(args))
		return NP_EXIT_OK;
	hold->nl = np_ctl_open(cmd);
	if (!hold->nl)
		return NP_EXIT_ERROR;
	do {
		code = hold_try(hold, cmd, args);
	} while (code == -EBUSY);
	if (code) {
		np_ctl_close(hold->nl);
		hold->nl = NULL;
	}
	return code;
}

/**
 * np_hold_end() - End what np_hold_begin() put in force.
 * @hold: the rules
 */
void np_hold_end(struct np_hold *hold)
{
	struct hold_seen seen;

	if (!hold->nl)
		return;
	if (!hold_look(hold->nl, &seen) && seen.any && !seen.owner &&
	    seen.generation != hold->generation)
		hold_advise("the rules were changed meanwhile, and stay");
	np_ctl_close(hold->nl);
}
