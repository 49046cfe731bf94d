/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules about which packets the module records, from the command line. */
#ifndef NP_RULES_H
#define NP_RULES_H

#include <stdbool.h>

#include <libmnl/libmnl.h>

#include "np_cmd.h"
#include "np_nl.h"

/* Options that are rules. */
#define NP_OPT_RULES \
	(NP_OPT_IFACE | NP_OPT_NETNS | NP_OPT_DIRECTION | NP_OPT_PID | \
	 NP_OPT_MARK | NP_OPT_DROPS | NP_OPT_REASON | NP_OPT_SLOWER | \
	 NP_OPT_STAGE | NP_OPT_ONE_IN)

bool np_rules_given(const struct np_args *args);
int np_rules_time(const char *option, const char *text, __u64 *ns);
int np_rules_text(struct nlmsghdr *nlh, __u16 attr, const char *option,
		  const char *text);
struct nlmsghdr *np_rules_request(struct np_nl *nl, const struct np_args *args,
				  bool clear);
int np_rules_explain(const struct np_nl *nl, const char *cmd,
		     const struct np_args *args, int err);
int np_rules_change(const struct np_args *args);

#endif /* NP_RULES_H */
