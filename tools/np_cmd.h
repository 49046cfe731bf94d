/* SPDX-License-Identifier: GPL-2.0-only */
/* Subcommands and their options. */
#ifndef NP_CMD_H
#define NP_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

/* Exit codes */
#define NP_EXIT_OK	0
#define NP_EXIT_ERROR	1
#define NP_EXIT_USAGE	2

/**
 * enum np_opt - bits of the options that a command takes or was given.
 * @NP_OPT_HELP: print help
 * @NP_OPT_VERSION: print the version
 * @NP_OPT_JSON: print JSON
 * @NP_OPT_ONELINE: one line per packet
 * @NP_OPT_COUNT: stop after so many packets
 * @NP_OPT_ALL: begin with what the rings hold
 * @NP_OPT_OUTPUT: file to write
 * @NP_OPT_WALL: show the time of day
 * @NP_OPT_SET: change something
 * @NP_OPT_BUCKETS: print histograms
 * @NP_OPT_DEBUGFS: read the files in debugfs
 * @NP_OPT_VERBOSE: say by which way the module is read
 * @NP_OPT_TREE: families together
 * @NP_OPT_IFACE: packets on a device
 * @NP_OPT_NETNS: packets in a network namespace
 * @NP_OPT_DIRECTION: packets received or sent
 * @NP_OPT_PID: packets of a process
 * @NP_OPT_MARK: packets with a mark
 * @NP_OPT_DROPS: dropped packets only
 * @NP_OPT_REASON: packets dropped for a reason
 * @NP_OPT_SLOWER: packets that took longer
 * @NP_OPT_STAGE: packets that took longer from a stage on
 * @NP_OPT_ONE_IN: one flow in so many
 * @NP_OPT_CLEAR: without what was set before
 * @NP_OPT_ON_DROP: freeze at a drop
 * @NP_OPT_AFTER: freeze after so many records
 */
enum np_opt {
	NP_OPT_HELP	= 1 << 0,
	NP_OPT_VERSION	= 1 << 1,
	NP_OPT_JSON	= 1 << 2,
	NP_OPT_ONELINE	= 1 << 3,
	NP_OPT_COUNT	= 1 << 4,
	NP_OPT_ALL	= 1 << 5,
	NP_OPT_OUTPUT	= 1 << 6,
	NP_OPT_WALL	= 1 << 7,
	NP_OPT_SET	= 1 << 8,
	NP_OPT_BUCKETS	= 1 << 9,
	NP_OPT_DEBUGFS	= 1 << 10,
	NP_OPT_VERBOSE	= 1 << 11,
	NP_OPT_TREE	= 1 << 12,
	NP_OPT_IFACE	= 1 << 13,
	NP_OPT_NETNS	= 1 << 14,
	NP_OPT_DIRECTION = 1 << 15,
	NP_OPT_PID	= 1 << 16,
	NP_OPT_MARK	= 1 << 17,
	NP_OPT_DROPS	= 1 << 18,
	NP_OPT_REASON	= 1 << 19,
	NP_OPT_SLOWER	= 1 << 20,
	NP_OPT_STAGE	= 1 << 21,
	NP_OPT_ONE_IN	= 1 << 22,
	NP_OPT_CLEAR	= 1 << 23,
	NP_OPT_ON_DROP	= 1 << 24,
	NP_OPT_AFTER	= 1 << 25,
};

/**
 * struct np_args - a parsed command line.
 * @given: &enum np_opt bits of the options that were given
 * @count: how many packets; ~0: no limit
 * @output: file to write
 * @file: the operand: file to read, or what to clear
 * @set: what to change, and to what
 * @value: values of the other options, by the number of their bit
 * @expression: operands of a command that takes an expression, one blank between
 */
struct np_args {
	unsigned int	given;
	__u64		count;
	const char	*output;
	const char	*file;
	char		*set;
	const char	*value[32];
	char		expression[4096];
};

/**
 * struct np_cmd - a subcommand.
 * @name: what the user types
 * @operand: name of its one operand; NULL: it takes none
 * @expression: all its operands are a pcap expression, which may be missing
 * @required: &enum np_opt bits of the options it cannot do without
 * @opts: &enum np_opt bits of the options it takes
 * @summary: what it does
 * @run: does it; returns an exit code
 */
struct np_cmd {
	const char	*name;
	const char	*operand;
	bool		expression;
	unsigned int	required;
	unsigned int	opts;
	const char	*summary;
	int		(*run)(const struct np_args *args);
};

/**
 * np_args_value() - What was given with an option.
 * @args: the command line
 * @opt: the option
 *
 * Return: The value, NULL when it was not given.
 */
static inline const char *np_args_value(const struct np_args *args,
					enum np_opt opt)
{
	return args->value[__builtin_ctz(opt)];
}

int np_opt_parse(const struct np_cmd *cmd, int argc, char **argv,
		 struct np_args *args);
void np_opt_help(const struct np_cmd *cmd);
void np_opt_help_list(unsigned int opts);

int np_cmd_watch(const struct np_args *args);
int np_cmd_record(const struct np_args *args);
int np_cmd_show(const struct np_args *args);
int np_cmd_stages(const struct np_args *args);
int np_cmd_stats(const struct np_args *args);
int np_cmd_latency(const struct np_args *args);
int np_cmd_doctor(const struct np_args *args);
int np_cmd_config(const struct np_args *args);
int np_cmd_info(const struct np_args *args);
int np_cmd_clear(const struct np_args *args);
int np_cmd_freeze(const struct np_args *args);
int np_cmd_thaw(const struct np_args *args);

#endif /* NP_CMD_H */
