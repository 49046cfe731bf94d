// SPDX-License-Identifier: GPL-2.0-only
/* netpath stages, stats, latency, config, info: the module's tables. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "np_cmd.h"
#include "np_control.h"
#include "np_ctl.h"
#include "np_json.h"
#include "np_nl_text.h"
#include "np_rules.h"
#include "np_print.h"
#include "np_table.h"

/**
 * struct table_desc - one of the module's tables.
 * @name: name of the command, and of the file unless @netlink
 * @fetch: how to ask for it by netlink
 * @netlink: there is no such file
 * @headings: the headings, if the file has none
 * @unit: unit of every column but those in @plain; NULL: they have none
 * @plain: NULL-terminated headings of columns without a unit
 */
struct table_desc {
	const char	*name;
	np_ctl_fetch_fn	fetch;
	bool		netlink;
	const char	*headings;
	const char	*unit;
	const char	*plain[3];
};

static bool table_has_unit(const struct table_desc *desc, const char *heading)
{
	const char *const *plain;

	for (plain = desc->plain; *plain; plain++)
		if (!strcmp(*plain, heading))
			return false;
	return desc->unit;
}

/* A number, if it looks like one. */
static struct json_object *table_json_value(const char *cell)
{
	unsigned long long value;

	if (!strcmp(cell, "-"))
		return NULL;
	if (!np_table_is_number(cell))
		return np_json_clean(cell, strlen(cell));
	if (strchr(cell, '.'))
		return json_object_new_double_s(strtod(cell, NULL), cell);
	errno = 0;
	value = strtoull(cell, NULL, 10);
	if (errno)
		return json_object_new_string(cell);
	return json_object_new_uint64(value);
}

static struct json_object *table_json_row(const struct np_table *table,
					  const struct table_desc *desc,
					  size_t row)
{
	struct json_object *obj = json_object_new_object();
	char key[128];
	size_t col;

	for (col = 0; col < table->cols; col++) {
		const char *heading = np_table_cell(table, 0, col);
		bool unit = table_has_unit(desc, heading);

		snprintf(key, sizeof(key), "%s%s%s", heading, unit ? "_" : "",
			 unit ? desc->unit : "");
		json_object_object_add(obj, key,
				       table_json_value(np_table_cell(table,
								      row,
								      col)));
	}
	return obj;
}

static struct json_object *table_json_named(const char *name, const char *cell)
{
	if (strcmp(cell, "-") && np_nl_text_is_string(name))
		return np_json_clean(cell, strlen(cell));
	return table_json_value(cell);
}

/* A table that came without headings is a list of names and values. */
static void table_json(const struct np_table *table, struct np_buf *out,
		       const struct table_desc *desc)
{
	struct json_object *obj;
	const char *name;
	size_t row;

	if (desc->headings)
		obj = json_object_new_object();
	else
		obj = json_object_new_array();
	for (row = 1; row < table->rows; row++) {
		name = np_table_cell(table, row, 0);
		if (desc->headings)
			json_object_object_add(obj, name,
					       table_json_named(name,
								np_table_cell(table, row, 1)));
		else
			json_object_array_add(obj,
					      table_json_row(table, desc, row));
	}
	np_json_line(out, obj);
}

static void table_text(const struct np_table *table, struct np_buf *out,
		       const struct table_desc *desc)
{
	const char *units[NP_TABLE_COLS];
	char unit[16];
	size_t col;

	snprintf(unit, sizeof(unit), "(%s)", desc->unit ? desc->unit : "");
	for (col = 0; col < table->cols; col++)
		units[col] = table_has_unit(desc, np_table_cell(table, 0, col)) ?
			     unit : "";
	np_table_print(table, out, units);
}

static int table_show(const struct table_desc *desc, struct np_buf *text,
		      bool json)
{
	struct np_print print = { .json = json };
	struct np_table table;
	int err;

	err = np_table_parse(&table, text);
	if (!err && !table.rows) {
		fprintf(stderr, "netpath: %s: the module sent nothing\n",
			desc->name);
		err = -ENODATA;
	} else if (err) {
		fprintf(stderr, "netpath: out of memory\n");
	} else {
		if (json)
			table_json(&table, &print.out, desc);
		else
			table_text(&table, &print.out, desc);
		err = np_print_flush(&print);
	}
	np_table_free(&table);
	np_buf_free(&print.out);
	return err;
}

static int table_run(const struct table_desc *desc, const struct np_args *args)
{
	struct np_buf text = { 0 };
	struct np_nl *nl;
	int err;

	if (desc->headings)
		np_buf_printf(&text, "%s\n", desc->headings);
	if (desc->netlink) {
		nl = np_ctl_open(desc->name);
		err = -ENOENT;
		if (nl)
			err = np_nl_explain(nl, desc->name,
					    desc->fetch(nl, &text));
		np_ctl_close(nl);
	} else {
		err = np_ctl_read(desc->name, args, desc->fetch, desc->name,
				  &text);
	}
	if (!err)
		err = table_show(desc, &text, args->given & NP_OPT_JSON);
	np_buf_free(&text);
	return err && err != -EPIPE ? NP_EXIT_ERROR : NP_EXIT_OK;
}

/**
 * np_cmd_stages() - List the stages.
 * @args: the command line
 *
 * Return: Exit code.
 */
int np_cmd_stages(const struct np_args *args)
{
	static const struct table_desc desc = {
		.name	= "stages",
		.fetch	= np_nl_text_stages,
	};

	if (args->given & NP_OPT_SET)
		return np_control_stages(args->set);
	return table_run(&desc, args);
}

/**
 * np_cmd_stats() - Print the counters.
 * @args: the command line
 *
 * Return: Exit code.
 */
int np_cmd_stats(const struct np_args *args)
{
	static const struct table_desc desc = {
		.name		= "stats",
		.fetch		= np_nl_text_stats,
		.headings	= "name value",
	};

	return table_run(&desc, args);
}

/**
 * np_cmd_latency() - Print the latencies of the stages.
 * @args: the command line
 *
 * Return: Exit code.
 */
int np_cmd_latency(const struct np_args *args)
{
	static const struct table_desc desc = {
		.name	= "latency",
		.fetch	= np_nl_text_latency,
		.unit	= "ns",
		.plain	= { "name", "count" },
	};
	static const struct table_desc buckets = {
		.name	 = "latency",
		.fetch	 = np_nl_text_buckets,
		.netlink = true,
		.unit	 = "ns",
		.plain	 = { "name", "count" },
	};

	if (args->given & NP_OPT_BUCKETS)
		return table_run(&buckets, args);
	return table_run(&desc, args);
}

/**
 * np_cmd_config() - Print the configuration, or change it.
 * @args: the command line
 *
 * Return: Exit code.
 */
int np_cmd_config(const struct np_args *args)
{
	static const struct table_desc desc = {
		.name		= "config",
		.fetch		= np_nl_text_config,
		.netlink	= true,
		.headings	= "name value",
	};

	if (np_rules_given(args) || args->given & NP_OPT_CLEAR) {
		int code = np_rules_change(args);

		if (code || !(args->given & NP_OPT_SET))
			return code;
	}
	if (args->given & NP_OPT_SET)
		return np_control_config(args->set);
	return table_run(&desc, args);
}

/**
 * np_cmd_info() - Print what the module is.
 * @args: the command line
 *
 * Return: Exit code.
 */
int np_cmd_info(const struct np_args *args)
{
	static const struct table_desc desc = {
		.name		= "info",
		.fetch		= np_nl_text_info,
		.netlink	= true,
		.headings	= "name value",
	};

	return table_run(&desc, args);
}
