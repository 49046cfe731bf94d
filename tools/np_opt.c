// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options: one table, from which both parsing and help follow.
 *
 * Not getopt_long(): it accepts abbreviations, and every abbreviation that
 * somebody uses in a script forbids a new option.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "np_array.h"
#include "np_cmd.h"

struct opt_desc {
	enum np_opt	bit;
	char		letter;
	const char	*name;
	const char	*value;
	const char	*help;
};

static const struct opt_desc opt_table[] = {
	{ NP_OPT_OUTPUT, 'o', "output", "FILE",
	  "write to FILE; - is stdout" },
	{ NP_OPT_COUNT, 'n', "count", "COUNT",
	  "stop after COUNT packets" },
	{ NP_OPT_ALL, 'a', "all", NULL,
	  "begin with what the rings hold already" },
	{ NP_OPT_ONELINE, 0, "oneline", NULL,
	  "one line per packet; stages with their offset in us" },
	{ NP_OPT_WALL, 0, "wall", NULL,
	  "time of day instead of time since boot" },
	{ NP_OPT_TREE, 0, "tree", NULL,
	  "what was made from a packet, or went into it, below it" },
	{ NP_OPT_SET, 's', "set", "LIST",
	  "change instead of print; LIST is separated by commas" },
	{ NP_OPT_IFACE, 'i', "interface", "DEVICE",
	  "packets that were on DEVICE: name here, or index" },
	{ NP_OPT_NETNS, 0, "netns", "NAME",
	  "packets in this network namespace: name, path or inode" },
	{ NP_OPT_DIRECTION, 0, "direction", "DIR",
	  "packets received, rx, or sent, tx" },
	{ NP_OPT_PID, 'p', "pid", "PID",
	  "packets that this process wrote or read" },
	{ NP_OPT_MARK, 0, "mark", "VALUE/MASK",
	  "packets with this mark" },
	{ NP_OPT_DROPS, 0, "drops", NULL,
	  "dropped packets only" },
	{ NP_OPT_REASON, 0, "reason", "LIST",
	  "packets dropped for a reason; LIST is joined by +" },
	{ NP_OPT_SLOWER, 0, "slower", "TIME",
	  "packets that took longer, such as 5ms" },
	{ NP_OPT_STAGE, 0, "slow-stage", "STAGE=TIME",
	  "packets that took longer from STAGE to the next" },
	{ NP_OPT_ONE_IN, 0, "one-in", "N",
	  "one flow in N" },
	{ NP_OPT_CLEAR, 0, "clear", NULL,
	  "end rules that are not given" },
	{ NP_OPT_ON_DROP, 0, "on-drop", "REASON",
	  "freeze at the first drop for REASON, or any" },
	{ NP_OPT_AFTER, 0, "after", "N",
	  "write N more records before it freezes" },
	{ NP_OPT_BUCKETS, 'b', "buckets", NULL,
	  "the histograms behind the table" },
	{ NP_OPT_DEBUGFS, 0, "debugfs", NULL,
	  "read the files in debugfs, not netlink" },
	{ NP_OPT_VERBOSE, 'v', "verbose", NULL,
	  "say by which way the module is read" },
	{ NP_OPT_JSON, 'j', "json", NULL,
	  "print JSON" },
	{ NP_OPT_HELP, 'h', "help", NULL,
	  "print this help" },
	{ NP_OPT_VERSION, 'V', "version", NULL,
	  "print the version" },
};

#define OPT_END	(opt_table + ARRAY_SIZE(opt_table))

static void opt_print_one(FILE *file, const struct opt_desc *opt)
{
	if (opt->letter)
		fprintf(file, "-%c", opt->letter);
	else
		fprintf(file, "--%s", opt->name);
	if (opt->value)
		fprintf(file, " %s", opt->value);
}

static const char *opt_blank(const struct np_cmd *cmd)
{
	return *cmd->name ? " " : "";
}

static int opt_usage(const struct np_cmd *cmd)
{
	const struct opt_desc *opt;

	fprintf(stderr, "netpath%s%s accepts:", opt_blank(cmd), cmd->name);
	for (opt = opt_table; opt < OPT_END; opt++) {
		if (!(cmd->opts & opt->bit))
			continue;
		fprintf(stderr, " ");
		opt_print_one(stderr, opt);
		if (opt->letter)
			fprintf(stderr, "|--%s", opt->name);
	}
	if (cmd->operand)
		fprintf(stderr, " %s", cmd->operand);
	if (cmd->expression)
		fprintf(stderr, " EXPRESSION");
	fprintf(stderr, "\n");
	return -EINVAL;
}

static const struct opt_desc *opt_find(const struct np_cmd *cmd, char letter,
				       const char *name, size_t len)
{
	const struct opt_desc *opt;

	for (opt = opt_table; opt < OPT_END; opt++) {
		if (!(cmd->opts & opt->bit))
			continue;
		if (letter && opt->letter == letter)
			return opt;
		if (!letter && strlen(opt->name) == len &&
		    !strncmp(opt->name, name, len))
			return opt;
	}
	return NULL;
}

static int opt_count(const char *text, __u64 *count)
{
	unsigned long long value;
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || *end || !value)
		return -EINVAL;
	*count = value;
	return 0;
}

static int opt_store(const struct opt_desc *opt, char *value,
		     struct np_args *args)
{
	args->given |= opt->bit;
	if (!value)
		return 0;
	args->value[__builtin_ctz(opt->bit)] = value;
	if (opt->bit == NP_OPT_OUTPUT) {
		args->output = value;
	} else if (opt->bit == NP_OPT_SET) {
		args->set = value;
	} else if (opt->bit == NP_OPT_COUNT && opt_count(value, &args->count)) {
		fprintf(stderr, "netpath: '%s' is not a count of packets, 1 or more\n",
			value);
		return -EINVAL;
	}
	return 0;
}

/* Return: arguments used, or -EINVAL. */
static int opt_long(const struct np_cmd *cmd, char **argv, struct np_args *args)
{
	const char *name = argv[0] + 2;
	char *equals = strchr(argv[0] + 2, '=');
	const struct opt_desc *opt;
	size_t len;

	len = equals ? (size_t)(equals - name) : strlen(name);
	opt = opt_find(cmd, 0, name, len);
	if (!opt) {
		fprintf(stderr, "netpath: unknown option '--%.*s'\n", (int)len,
			name);
		return opt_usage(cmd);
	}
	if (!opt->value && equals) {
		fprintf(stderr, "netpath: option --%s takes no value\n",
			opt->name);
		return opt_usage(cmd);
	}
	if (!opt->value)
		return opt_store(opt, NULL, args) ? -EINVAL : 1;
	if (!equals && !argv[1]) {
		fprintf(stderr, "netpath: option --%s needs a %s\n", opt->name,
			opt->value);
		return opt_usage(cmd);
	}
	if (opt_store(opt, equals ? equals + 1 : argv[1], args))
		return -EINVAL;
	return equals ? 1 : 2;
}

/* Return: arguments used, or -EINVAL. */
static int opt_letters(const struct np_cmd *cmd, char **argv,
		       struct np_args *args)
{
	const struct opt_desc *opt;
	char *letter;

	for (letter = argv[0] + 1; *letter; letter++) {
		opt = opt_find(cmd, *letter, NULL, 0);
		if (!opt) {
			fprintf(stderr, "netpath: unknown option '-%c'\n",
				*letter);
			return opt_usage(cmd);
		}
		if (!opt->value) {
			opt_store(opt, NULL, args);
			continue;
		}
		if (letter[1])
			return opt_store(opt, letter + 1, args) ? -EINVAL : 1;
		if (!argv[1]) {
			fprintf(stderr, "netpath: option -%c needs a %s\n",
				*letter, opt->value);
			return opt_usage(cmd);
		}
		return opt_store(opt, argv[1], args) ? -EINVAL : 2;
	}
	return 1;
}

static int opt_check(const struct np_cmd *cmd, const struct np_args *args)
{
	const struct opt_desc *opt;

	if (args->given & NP_OPT_HELP)
		return 0;
	for (opt = opt_table; opt < OPT_END; opt++) {
		if (!(cmd->required & opt->bit & ~args->given))
			continue;
		fprintf(stderr, "netpath: %s needs -%c %s\n", cmd->name,
			opt->letter, opt->value);
		return opt_usage(cmd);
	}
	if (cmd->operand && !args->file) {
		fprintf(stderr, "netpath: %s needs a %s\n", cmd->name,
			cmd->operand);
		return opt_usage(cmd);
	}
	if (args->given & NP_OPT_JSON &&
	    args->given & (NP_OPT_ONELINE | NP_OPT_WALL)) {
		fprintf(stderr, "netpath: --oneline and --wall are for text, not for JSON\n");
		return opt_usage(cmd);
	}
	return 0;
}

static int opt_operand(const struct np_cmd *cmd, const char *text,
		       struct np_args *args)
{
	size_t len = strlen(args->expression);

	if (!cmd->expression) {
		if (!cmd->operand || args->file) {
			fprintf(stderr, "netpath: unexpected argument '%s'\n",
				text);
			return opt_usage(cmd);
		}
		args->file = text;
		return 0;
	}
	if (len + strlen(text) + 2 > sizeof(args->expression)) {
		fprintf(stderr, "netpath: the expression is longer than %zu characters\n",
			sizeof(args->expression) - 1);
		return -EINVAL;
	}
	snprintf(args->expression + len, sizeof(args->expression) - len,
		 "%s%s", len ? " " : "", text);
	return 0;
}

/**
 * np_opt_parse() - Parse the command line of a subcommand.
 * @cmd: the subcommand; with an empty name, parsing ends at the first operand
 * @argc: number of arguments after the name of the subcommand
 * @argv: the arguments, followed by NULL
 * @args: receives what was given; may hold what was given before
 *
 * Return: Number of arguments used, or -EINVAL after a message.
 */
int np_opt_parse(const struct np_cmd *cmd, int argc, char **argv,
		 struct np_args *args)
{
	bool operands_only = false;
	int used, i;

	for (i = 0; i < argc; i += used) {
		used = 1;
		if (operands_only || argv[i][0] != '-' || !argv[i][1]) {
			if (!*cmd->name)
				return i;
			if (opt_operand(cmd, argv[i], args))
				return -EINVAL;
		} else if (!strcmp(argv[i], "--")) {
			operands_only = true;
		} else {
			if (argv[i][1] == '-')
				used = opt_long(cmd, argv + i, args);
			else
				used = opt_letters(cmd, argv + i, args);
			if (used < 0)
				return used;
		}
	}
	return opt_check(cmd, args) ? -EINVAL : argc;
}

/**
 * np_opt_help_list() - Print what some options mean.
 * @opts: &enum np_opt bits of the options
 */
void np_opt_help_list(unsigned int opts)
{
	const struct opt_desc *opt;
	char text[64];

	for (opt = opt_table; opt < OPT_END; opt++) {
		if (!(opts & opt->bit))
			continue;
		snprintf(text, sizeof(text), "%c%c%c --%s%s%s",
			 opt->letter ? '-' : ' ',
			 opt->letter ? opt->letter : ' ',
			 opt->letter ? ',' : ' ', opt->name,
			 opt->value ? " " : "", opt->value ? opt->value : "");
		printf("  %-27s  %s\n", text, opt->help);
	}
}

/**
 * np_opt_help() - Print the help of a subcommand.
 * @cmd: the subcommand
 */
void np_opt_help(const struct np_cmd *cmd)
{
	const struct opt_desc *opt;

	printf("usage: netpath %s", cmd->name);
	for (opt = opt_table; opt < OPT_END; opt++) {
		if (!(cmd->opts & opt->bit))
			continue;
		printf(cmd->required & opt->bit ? " " : " [");
		opt_print_one(stdout, opt);
		printf(cmd->required & opt->bit ? "" : "]");
	}
	if (cmd->operand)
		printf(" %s", cmd->operand);
	if (cmd->expression)
		printf(" [EXPRESSION]");
	printf("\n\n%s\n\n", cmd->summary);
	np_opt_help_list(cmd->opts);
	if (cmd->expression)
		printf("\nEXPRESSION: packets, as tcpdump takes it, such as udp port 53.\n"
		       "A packet must meet it and all rules that are given.\n");
}
