// SPDX-License-Identifier: GPL-2.0-only
/* Rules about which packets the module records, from the command line. */
#include "np_rules.h"

#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "generated/np_stages.h"
#include "np_array.h"
#include "np_ctl.h"
#include "np_names.h"
#include "np_pcap.h"

#define RULES_DIRECTION(id, name)	[NETPATH_DIRECTION_##id] = (name),

/* No text of an option is longer. */
#define RULES_TEXT_MAX	511

static int rules_bad(const char *option, const char *value, const char *what)
{
	fprintf(stderr, "netpath: --%s: '%s' is not %s\n", option, value, what);
	return -EINVAL;
}

/* Return: 0, or -EINVAL when there is no number up to the limit, or more than it. */
static int rules_number(const char *text, unsigned long long max,
			unsigned long long *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 0);
	return isdigit((unsigned char)*text) && !*end && !errno &&
	       *number <= max ? 0 : -EINVAL;
}

/**
 * np_rules_time() - Read a time.
 * @option: name of the option that it is for
 * @text: a number and a unit
 * @ns: receives it, in ns
 *
 * Return: 0, or -EINVAL after a message.
 */
int np_rules_time(const char *option, const char *text, __u64 *ns)
{
	static const struct {
		const char	*name;
		__u64		ns;
	} units[] = {
		{ "ns", 1 }, { "us", 1000 }, { "ms", 1000000 },
		{ "s", 1000000000 },
	};
	unsigned long long number;
	size_t i;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 10);
	for (i = 0; i < ARRAY_SIZE(units); i++) {
		if (!isdigit((unsigned char)*text) || errno ||
		    strcmp(end, units[i].name) || !number ||
		    number > 0x7fffffffffffffffULL / units[i].ns)
			continue;
		*ns = number * units[i].ns;
		return 0;
	}
	return rules_bad(option, text, "a time, such as 500us, 5ms or 2s");
}

static int rules_iface(struct nlmsghdr *nlh, const char *text)
{
	unsigned long long index;

	if (rules_number(text, 0xffffffffULL, &index))
		index = if_nametoindex(text);
	if (!index && strcmp(text, "0"))
		return rules_bad("interface", text,
				 "a device of this network namespace, nor an index");
	mnl_attr_put_u32(nlh, NETPATH_A_RULES_IFINDEX, (__u32)index);
	return 0;
}

static int rules_netns(struct nlmsghdr *nlh, const char *text)
{
	unsigned long long inode;
	char path[256];
	struct stat st;

	if (rules_number(text, 0xffffffffULL, &inode)) {
		snprintf(path, sizeof(path), "%s%s",
			 strchr(text, '/') ? "" : "/run/netns/", text);
		if (stat(path, &st))
			return rules_bad("netns", text,
					 "a namespace that ip netns lists, a path, nor an inode number");
		inode = st.st_ino;
	}
	mnl_attr_put_u32(nlh, NETPATH_A_RULES_NETNS, (__u32)inode);
	return 0;
}

static int rules_direction(struct nlmsghdr *nlh, const char *text)
{
	static const char *const names[] = { NP_DIRECTIONS(RULES_DIRECTION) };
	__u32 i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(names[i], text))
			continue;
		mnl_attr_put_u32(nlh, NETPATH_A_RULES_DIRECTION, i);
		return 0;
	}
	return rules_bad("direction", text, "any, rx or tx");
}

static int rules_mark(struct nlmsghdr *nlh, const char *text)
{
	unsigned long long mark, mask = 0xffffffffULL;
	char value[32];
	char *slash;

	snprintf(value, sizeof(value), "%s", text);
	slash = strchr(value, '/');
	if (slash)
		*slash++ = '\0';
	if (rules_number(value, 0xffffffffULL, &mark) ||
	    (slash && rules_number(slash, 0xffffffffULL, &mask)))
		return rules_bad("mark", text, "VALUE or VALUE/MASK");
	mnl_attr_put_u32(nlh, NETPATH_A_RULES_MARK, (__u32)mark);
	mnl_attr_put_u32(nlh, NETPATH_A_RULES_MARK_MASK, (__u32)mask);
	return 0;
}

static int rules_stage(struct nlmsghdr *nlh, const char *text)
{
	const char *equals = strchr(text, '=');
	struct np_names names;
	__u32 stage;
	__u64 ns;

	np_names_init(&names);
	for (stage = 1; equals && stage < NP_STAGE_CNT; stage++)
		if (strlen(names.stage[stage]) == (size_t)(equals - text) &&
		    !strncmp(names.stage[stage], text, (size_t)(equals - text)))
			break;
	if (!equals || stage == NP_STAGE_CNT)
		return rules_bad("slow-stage", text,
				 "STAGE=TIME, such as sock_wakeup=1ms; netpath stages lists them");
	if (np_rules_time("slow-stage", equals + 1, &ns))
		return -EINVAL;
	mnl_attr_put_u32(nlh, NETPATH_A_RULES_STAGE, stage);
	mnl_attr_put_u64(nlh, NETPATH_A_RULES_STAGE_NS, ns);
	return 0;
}

static int rules_u32(struct nlmsghdr *nlh, __u16 attr, const char *option,
		     const char *text)
{
	unsigned long long number;

	if (rules_number(text, 0xffffffffULL, &number))
		return rules_bad(option, text, "a number");
	mnl_attr_put_u32(nlh, attr, (__u32)number);
	return 0;
}

/**
 * np_rules_text() - Add a text to a request.
 * @nlh: from np_nl_begin()
 * @attr: the attribute
 * @option: name of the option that it is for
 * @text: the text
 *
 * Return: 0, or -EINVAL after a message.
 */
int np_rules_text(struct nlmsghdr *nlh, __u16 attr, const char *option,
		  const char *text)
{
	if (strlen(text) > RULES_TEXT_MAX)
		return rules_bad(option, text, "short enough");
	mnl_attr_put_strz(nlh, attr, text);
	return 0;
}

static int rules_keep(struct nlmsghdr *nlh, const struct np_args *args)
{
	const char *value;
	__u64 ns;
	int err = 0;

	if (args->given & NP_OPT_DROPS)
		mnl_attr_put_u8(nlh, NETPATH_A_RULES_DROPS, 1);
	value = np_args_value(args, NP_OPT_REASON);
	if (value)
		err = np_rules_text(nlh, NETPATH_A_RULES_REASONS, "reason",
				    value);
	value = np_args_value(args, NP_OPT_SLOWER);
	if (!err && value) {
		err = np_rules_time("slower", value, &ns);
		if (!err)
			mnl_attr_put_u64(nlh, NETPATH_A_RULES_SLOWER_NS, ns);
	}
	value = np_args_value(args, NP_OPT_STAGE);
	if (!err && value)
		err = rules_stage(nlh, value);
	value = np_args_value(args, NP_OPT_ONE_IN);
	if (!err && value)
		err = rules_u32(nlh, NETPATH_A_RULES_ONE_IN, "one-in", value);
	return err;
}

static int rules_filter(struct nlmsghdr *nlh, const struct np_args *args)
{
	const char *value;
	int err = 0;

	value = np_args_value(args, NP_OPT_IFACE);
	if (value)
		err = rules_iface(nlh, value);
	value = np_args_value(args, NP_OPT_NETNS);
	if (!err && value)
		err = rules_netns(nlh, value);
	value = np_args_value(args, NP_OPT_DIRECTION);
	if (!err && value)
		err = rules_direction(nlh, value);
	value = np_args_value(args, NP_OPT_PID);
	if (!err && value)
		err = rules_u32(nlh, NETPATH_A_RULES_PID, "pid", value);
	value = np_args_value(args, NP_OPT_MARK);
	if (!err && value)
		err = rules_mark(nlh, value);
	return err;
}

static int rules_program(struct nlmsghdr *nlh, const struct np_args *args)
{
	struct np_program *program;
	int err;

	if (!*args->expression)
		return 0;
	program = malloc(sizeof(*program));
	if (!program) {
		fprintf(stderr, "netpath: out of memory\n");
		return -ENOMEM;
	}
	err = np_pcap_compile(args->expression, program);
	if (!err)
		mnl_attr_put(nlh, NETPATH_A_RULES_FILTER,
			     program->nr * sizeof(program->insns[0]),
			     program->insns);
	free(program);
	return err;
}

/**
 * np_rules_given() - Are there rules on the command line?
 * @args: the command line
 */
bool np_rules_given(const struct np_args *args)
{
	return args->given & NP_OPT_RULES || *args->expression;
}

/**
 * np_rules_request() - The rules of the command line as a request.
 * @nl: open socket
 * @args: the command line
 * @clear: what is not given ends
 *
 * Return: The request; NULL, after a message, when the command line is wrong.
 */
struct nlmsghdr *np_rules_request(struct np_nl *nl, const struct np_args *args,
				  bool clear)
{
	struct nlmsghdr *nlh = np_nl_begin(nl, NETPATH_CMD_RULES_SET, 0);
	int err;

	if (clear)
		mnl_attr_put(nlh, NETPATH_A_RULES_CLEAR, 0, NULL);
	err = rules_filter(nlh, args);
	if (!err)
		err = rules_keep(nlh, args);
	if (!err)
		err = rules_program(nlh, args);
	return err ? NULL : nlh;
}

/**
 * np_rules_explain() - Say why rules were refused, and which.
 * @nl: socket of the request
 * @cmd: the subcommand
 * @args: the command line
 * @err: what np_nl_run() returned
 *
 * Return: @err
 */
int np_rules_explain(const struct np_nl *nl, const char *cmd,
		     const struct np_args *args, int err)
{
	const char *value = NULL;

	if (err && (nl->bad_attr == NETPATH_A_RULES_MARK ||
		    nl->bad_attr == NETPATH_A_RULES_MARK_MASK))
		value = np_args_value(args, NP_OPT_MARK);
	else if (err && nl->bad_attr == NETPATH_A_RULES_REASONS)
		value = np_args_value(args, NP_OPT_REASON);
	else if (err && nl->bad_attr == NETPATH_A_RULES_FILTER)
		value = args->expression;
	if (value)
		fprintf(stderr, "netpath: refused: '%s'\n", value);
	return np_nl_explain(nl, cmd, err);
}

/**
 * np_rules_change() - Change the module's rules; says why it cannot.
 * @args: the command line
 *
 * Return: Exit code.
 */
int np_rules_change(const struct np_args *args)
{
	struct np_nl *nl = np_ctl_open("config");
	struct nlmsghdr *nlh;
	int code = NP_EXIT_USAGE;

	if (!nl)
		return NP_EXIT_ERROR;
	nlh = np_rules_request(nl, args, args->given & NP_OPT_CLEAR);
	if (nlh)
		code = np_rules_explain(nl, "config", args,
					np_nl_run(nl, nlh, NULL)) ?
		       NP_EXIT_ERROR : NP_EXIT_OK;
	np_ctl_close(nl);
	return code;
}
