// SPDX-License-Identifier: GPL-2.0-only
/* netpath - reads what the netpath kernel module records. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <linux/netpath.h>

#include "np_array.h"
#include "np_rules.h"
#include "np_version.h"

/* Options of what can be read by netlink and by files. */
#define CMD_READ \
	(NP_OPT_JSON | NP_OPT_HELP | NP_OPT_DEBUGFS | NP_OPT_VERBOSE)

static const struct np_cmd cmd_table[] = {
	{
		.name		= "watch",
		.expression	= true,
		.opts		= NP_OPT_ONELINE | NP_OPT_COUNT | NP_OPT_ALL |
				  NP_OPT_RULES | CMD_READ,
		.summary	= "Print packets and the stages they passed, live.",
		.run		= np_cmd_watch,
	}, {
		.name		= "record",
		.expression	= true,
		.required	= NP_OPT_OUTPUT,
		.opts		= NP_OPT_OUTPUT | NP_OPT_COUNT | NP_OPT_ALL |
				  NP_OPT_RULES | CMD_READ,
		.summary	= "Write packets to a file for netpath show.",
		.run		= np_cmd_record,
	}, {
		.name		= "show",
		.operand	= "FILE",
		.opts		= NP_OPT_ONELINE | NP_OPT_WALL | NP_OPT_TREE |
				  NP_OPT_JSON | NP_OPT_HELP,
		.summary	= "Print packets from a file; - is stdin.",
		.run		= np_cmd_show,
	}, {
		.name		= "stages",
		.opts		= NP_OPT_SET | CMD_READ,
		.summary	= "List the stages and how each is watched, or choose them.",
		.run		= np_cmd_stages,
	}, {
		.name		= "stats",
		.opts		= CMD_READ,
		.summary	= "Print counters, among them all that was not recorded.",
		.run		= np_cmd_stats,
	}, {
		.name		= "latency",
		.opts		= NP_OPT_BUCKETS | CMD_READ,
		.summary	= "Print the time from each stage to the packet's next one.",
		.run		= np_cmd_latency,
	}, {
		.name		= "doctor",
		.opts		= NP_OPT_JSON | NP_OPT_HELP,
		.summary	= "Say whether netpath can work on this kernel, and how.",
		.run		= np_cmd_doctor,
	}, {
		.name		= "config",
		.expression	= true,
		.opts		= NP_OPT_SET | NP_OPT_RULES | NP_OPT_CLEAR |
				  NP_OPT_JSON | NP_OPT_HELP,
		.summary	= "Print or change configuration, --set NAME=VALUE,..., and rules.",
		.run		= np_cmd_config,
	}, {
		.name		= "clear",
		.operand	= "latency|records",
		.opts		= NP_OPT_HELP,
		.summary	= "Make the histograms or the rings empty.",
		.run		= np_cmd_clear,
	}, {
		.name		= "freeze",
		.opts		= NP_OPT_ON_DROP | NP_OPT_SLOWER |
				  NP_OPT_AFTER | NP_OPT_HELP,
		.summary	= "Keep what the rings hold, now or when something happens.",
		.run		= np_cmd_freeze,
	}, {
		.name		= "thaw",
		.opts		= NP_OPT_HELP,
		.summary	= "Record again.",
		.run		= np_cmd_thaw,
	}, {
		.name		= "info",
		.opts		= NP_OPT_JSON | NP_OPT_HELP,
		.summary	= "Print what the loaded module is.",
		.run		= np_cmd_info,
	},
};

#define CMD_END	(cmd_table + ARRAY_SIZE(cmd_table))

static const struct np_cmd main_cmd = {
	.name	= "",
	.opts	= NP_OPT_JSON | NP_OPT_HELP | NP_OPT_VERSION,
};

static void main_help(void)
{
	const struct np_cmd *cmd;

	printf("usage: netpath COMMAND [OPTION]...\n\n"
	       "Shows the way of packets through the network stack, as recorded by the\n"
	       "netpath kernel module. netpath COMMAND -h explains a command.\n\n");
	for (cmd = cmd_table; cmd < CMD_END; cmd++)
		printf("  %-8s  %s\n", cmd->name, cmd->summary);
	printf("\n");
	np_opt_help_list(main_cmd.opts);
}

static int main_usage(const char *unknown)
{
	const struct np_cmd *cmd;

	if (unknown)
		fprintf(stderr, "netpath: unknown command '%s'\n", unknown);
	else
		fprintf(stderr, "netpath: no command given\n");
	fprintf(stderr, "netpath accepts:");
	for (cmd = cmd_table; cmd < CMD_END; cmd++)
		fprintf(stderr, " %s", cmd->name);
	fprintf(stderr, "; netpath -h explains them\n");
	return NP_EXIT_USAGE;
}

static int main_run(const struct np_cmd *cmd, int argc, char **argv,
		    struct np_args *args)
{
	if (np_opt_parse(cmd, argc, argv, args) < 0)
		return NP_EXIT_USAGE;
	if (args->given & NP_OPT_HELP) {
		np_opt_help(cmd);
		return NP_EXIT_OK;
	}
	return cmd->run(args);
}

/**
 * main() - Find the subcommand and run it.
 * @argc: number of arguments
 * @argv: arguments
 *
 * Return: Exit code: 0, 1 after a failure, 2 after a wrong command line.
 */
int main(int argc, char **argv)
{
	struct np_args args = { .count = ~0ULL };
	const struct np_cmd *cmd;
	int used;

	/* writing to a closed pipe is an end like any other, see EPIPE */
	signal(SIGPIPE, SIG_IGN);

	if (argc < 1)
		return main_usage(NULL);
	argc--;
	argv++;
	used = np_opt_parse(&main_cmd, argc, argv, &args);
	if (used < 0)
		return NP_EXIT_USAGE;
	if (args.given & NP_OPT_HELP) {
		main_help();
		return NP_EXIT_OK;
	}
	if (args.given & NP_OPT_VERSION) {
		printf("netpath %s, records of version %d\n", NP_VERSION,
		       NETPATH_RECORD_VERSION);
		return NP_EXIT_OK;
	}
	if (used == argc)
		return main_usage(NULL);

	for (cmd = cmd_table; cmd < CMD_END; cmd++)
		if (!strcmp(cmd->name, argv[used]))
			return main_run(cmd, argc - used - 1, argv + used + 1,
					&args);
	return main_usage(argv[used]);
}
