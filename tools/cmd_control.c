// SPDX-License-Identifier: GPL-2.0-only
/* netpath stages --set, config --set, clear: what changes something. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netpath.h>

#include "generated/np_stages.h"
#include "np_array.h"
#include "np_control.h"
#include "np_ctl.h"
#include "np_names.h"
#include "np_nl_text.h"

/* What the module accepts of settings that have a range. */
static const struct control_range {
	__u16		id;
	unsigned long	min, max;
} control_ranges[] = {
	{ NETPATH_A_CONFIG_ENABLE, 0, 1 },
	{ NETPATH_A_CONFIG_TABLE_SLOTS, NETPATH_TABLE_SLOTS_MIN,
	  NETPATH_TABLE_SLOTS_MAX },
	{ NETPATH_A_CONFIG_RING_KIB, NETPATH_RING_KIB_MIN,
	  NETPATH_RING_KIB_MAX },
	{ NETPATH_A_CONFIG_EXPIRE_MS, NETPATH_EXPIRE_MS_MIN,
	  NETPATH_EXPIRE_MS_MAX },
	{ NETPATH_A_CONFIG_KPROBES, 0, 1 },
};

/* Types of attributes, as the generated lists have them. */
enum control_type {
	U8,
	U32,
};

struct control_value {
	__u16			id;
	const char		*name;
	enum control_type	type;
};

#define CONTROL_VALUE(ID, NAME, TYPE)	{ NETPATH_A_##ID, (NAME), (TYPE) },

static const struct control_value control_values[] = {
	NP_CONFIG_ATTRS(CONTROL_VALUE)
};

#define CONTROL_END	(control_values + ARRAY_SIZE(control_values))

static int control_result(const char *cmd, struct np_nl *nl, int err)
{
	const struct control_value *value;
	size_t i;

	if (err && nl->bad_attr && !strcmp(cmd, "config"))
		for (value = control_values; value < CONTROL_END; value++)
			if (value->id == nl->bad_attr)
				fprintf(stderr, "netpath: refused: %s\n",
					value->name);
	for (i = 0; err == -ERANGE && i < ARRAY_SIZE(control_ranges); i++)
		if (control_ranges[i].id == nl->bad_attr && !strcmp(cmd, "config"))
			fprintf(stderr, "netpath: it must be from %lu to %lu\n",
				control_ranges[i].min, control_ranges[i].max);
	np_nl_explain(nl, cmd, err);
	np_ctl_close(nl);
	return err ? NP_EXIT_ERROR : NP_EXIT_OK;
}

static int control_put(struct nlmsghdr *nlh, const char *name, const char *text)
{
	const struct control_value *value;
	unsigned long number;
	char *end;

	for (value = control_values; value < CONTROL_END; value++)
		if (!strcmp(value->name, name))
			break;
	if (value == CONTROL_END) {
		fprintf(stderr, "netpath: there is no setting '%s'; there are:",
			name);
		for (value = control_values; value < CONTROL_END; value++)
			fprintf(stderr, " %s", value->name);
		fprintf(stderr, "\n");
		return -EINVAL;
	}
	errno = 0;
	number = strtoul(text ? text : "", &end, 10);
	if (!text || *text < '0' || *text > '9' || *end || errno ||
	    number > (value->type == U8 ? 0xffUL : 0xffffffffUL)) {
		fprintf(stderr, "netpath: %s: '%s' is not a number that can be set\n",
			name, text ? text : "");
		return -EINVAL;
	}
	if (value->type == U8)
		mnl_attr_put_u8(nlh, value->id, (__u8)number);
	else
		mnl_attr_put_u32(nlh, value->id, (__u32)number);
	return 0;
}

/**
 * np_control_config() - Change the configuration, all of it or nothing.
 * @list: NAME=VALUE, separated by commas; changed
 *
 * Return: Exit code.
 */
int np_control_config(char *list)
{
	struct np_nl *nl = np_ctl_open("config");
	struct nlmsghdr *nlh;
	char *name, *value;
	int err = 0;

	if (!nl)
		return NP_EXIT_ERROR;
	nlh = np_nl_begin(nl, NETPATH_CMD_CONFIG_SET, 0);
	while (!err && (name = strsep(&list, ","))) {
		value = strchr(name, '=');
		if (value)
			*value++ = '\0';
		err = control_put(nlh, name, value);
	}
	if (err) {
		np_ctl_close(nl);
		return NP_EXIT_USAGE;
	}
	return control_result("config", nl, np_nl_run(nl, nlh, NULL));
}

/**
 * struct control_set - stages being looked up by name.
 * @name: the name; "default" and "all" are sets
 * @wanted: by stage: it fits this name or one before
 * @nr: how many fit this name
 * @id: stage of the message at hand
 * @fits: it fits
 */
struct control_set {
	const char	*name;
	bool		wanted[NP_NR_STAGES];
	unsigned int	nr;
	__u32		id;
	bool		fits;
};

static int control_stage_attr(const struct nlattr *attr, void *arg)
{
	struct control_set *set = arg;

	switch (mnl_attr_get_type(attr)) {
	case NETPATH_A_STAGE_ID:
		set->id = mnl_attr_get_u32(attr);
		break;
	case NETPATH_A_STAGE_NAME:
		set->fits |= !strcmp(set->name, mnl_attr_get_str(attr)) ||
			     !strcmp(set->name, "all");
		break;
	case NETPATH_A_STAGE_DEFAULT:
		set->fits |= mnl_attr_get_u8(attr) &&
			     !strcmp(set->name, "default");
		break;
	}
	return 0;
}

static int control_stage_end(void *arg)
{
	struct control_set *set = arg;

	if (set->fits && set->id < NP_NR_STAGES) {
		set->wanted[set->id] = true;
		set->nr++;
	}
	set->fits = false;
	return 0;
}

/**
 * np_control_stages() - Replace the set of stages that are watched.
 * @list: names as the module parameter takes them, separated by commas; changed
 *
 * Return: Exit code.
 */
int np_control_stages(char *list)
{
	struct np_nl *nl = np_ctl_open("stages");
	struct control_set set = { 0 };
	const struct np_nl_answer answer = {
		control_stage_attr, control_stage_end, &set
	};
	struct nlmsghdr *nlh;
	__u32 id;
	int err;

	if (!nl)
		return NP_EXIT_ERROR;
	while ((set.name = strsep(&list, ","))) {
		set.nr = 0;
		err = np_nl_call(nl, NETPATH_CMD_STAGE_GET, NLM_F_DUMP,
				 &answer);
		if (err)
			return control_result("stages", nl, err);
		if (!set.nr) {
			fprintf(stderr, "netpath: no stage '%s'; netpath stages lists them\n",
				set.name);
			np_ctl_close(nl);
			return NP_EXIT_USAGE;
		}
	}
	nlh = np_nl_begin(nl, NETPATH_CMD_STAGE_SET, 0);
	for (id = 0; id < NP_NR_STAGES; id++)
		if (set.wanted[id])
			mnl_attr_put_u32(nlh, NETPATH_A_STAGE_SET, id);
	return control_result("stages", nl, np_nl_run(nl, nlh, NULL));
}

/**
 * np_cmd_clear() - Make histograms or rings empty.
 * @args: the command line
 *
 * Return: Exit code.
 */
int np_cmd_clear(const struct np_args *args)
{
	struct nlmsghdr *nlh;
	struct np_nl *nl;
	__u32 what;

	if (!strcmp(args->file, "latency")) {
		what = NETPATH_WHAT_LATENCY;
	} else if (!strcmp(args->file, "records")) {
		what = NETPATH_WHAT_RECORDS;
	} else {
		fprintf(stderr, "netpath: clear: '%s' is not latency or records\n",
			args->file);
		return NP_EXIT_USAGE;
	}
	nl = np_ctl_open("clear");
	if (!nl)
		return NP_EXIT_ERROR;
	nlh = np_nl_begin(nl, NETPATH_CMD_CLEAR, 0);
	mnl_attr_put_u32(nlh, NETPATH_A_CLEAR_WHAT, what);
	return control_result("clear", nl, np_nl_run(nl, nlh, NULL));
}
