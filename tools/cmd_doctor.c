// SPDX-License-Identifier: GPL-2.0-only
/* netpath doctor: can the module work on the running kernel, and what not? */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <linux/netpath.h>

#include "generated/np_stages.h"
#include "np_checks.h"
#include "np_cmd.h"
#include "np_json.h"
#include "np_print.h"
#include "np_table.h"

static const char *const doctor_verdicts[] = { "ok", "warn", "FAIL" };

/* "armable", "partial" or "unavailable": can the stage be armed? */
static const char *doctor_state(const struct np_facts *facts,
				const struct np_plan *plan)
{
	if (!facts->tracefs)
		return "unknown";
	if (!plan->gap)
		return "armable";
	return plan->hooked ? "partial" : "unavailable";
}

/* The tracepoint without which no packet's end is seen; NULL: none, or it cannot be known. */
static const char *doctor_missing(const struct np_facts *facts)
{
	return facts->tracefs ? np_plan_missing(facts->points) : NULL;
}

/* Without tracefs nothing is known of any stage. */
static void doctor_plan(const struct np_facts *facts, unsigned int stage,
			struct np_plan *plan)
{
	if (facts->tracefs)
		np_plan_stage(facts->points, stage, plan);
	else
		memset(plan, 0, sizeof(*plan));
}

static void doctor_table(struct np_buf *text, struct np_buf *out)
{
	static const char *const units[NP_TABLE_COLS] = {
		"", "", "", "", "", "", "", "",
	};
	struct np_table table;

	if (np_table_parse(&table, text))
		out->failed = true;
	else
		np_table_print(&table, out, units);
	np_table_free(&table);
	np_buf_free(text);
}

static void doctor_text(const struct np_facts *facts,
			const struct np_check checks[NP_NR_CHECKS],
			struct np_buf *out)
{
	struct np_buf text = { 0 };
	struct np_plan plan;
	unsigned int stage;
	size_t i;

	np_buf_printf(&text, "check\tverdict\tfound\n");
	for (i = 0; i < NP_NR_CHECKS; i++)
		np_buf_printf(&text, "%s\t%s\t%s\n", checks[i].name,
			      doctor_verdicts[checks[i].verdict],
			      checks[i].text);
	doctor_table(&text, out);
	np_buf_printf(out, "\n");
	np_buf_printf(&text, "stage\tstate\tvia\tsymbol\tmissing\n");
	for (stage = NETPATH_STAGE_NONE + 1; stage < NP_STAGE_CNT; stage++) {
		doctor_plan(facts, stage, &plan);
		np_buf_printf(&text, "%s\t%s\t%s\t%s\t%s%s%s\n",
			      np_plan_name(stage), doctor_state(facts, &plan),
			      plan.via, plan.symbols,
			      plan.gap ? plan.gap : "", plan.gap ? ": " : "",
			      plan.gap ? plan.why : "");
	}
	doctor_table(&text, out);
}

static void doctor_add(struct json_object *obj, const char *key,
		       const char *text)
{
	json_object_object_add(obj, key, np_json_clean(text, strlen(text)));
}

static struct json_object *doctor_json_stages(const struct np_facts *facts)
{
	struct json_object *list = json_object_new_array();
	struct json_object *obj;
	struct np_plan plan;
	unsigned int stage;

	for (stage = NETPATH_STAGE_NONE + 1; stage < NP_STAGE_CNT; stage++) {
		doctor_plan(facts, stage, &plan);
		obj = json_object_new_object();
		doctor_add(obj, "name", np_plan_name(stage));
		doctor_add(obj, "state", doctor_state(facts, &plan));
		doctor_add(obj, "via", plan.via);
		doctor_add(obj, "symbol", plan.symbols);
		if (plan.gap) {
			doctor_add(obj, "missing", plan.gap);
			doctor_add(obj, "why", plan.why);
		}
		json_object_array_add(list, obj);
	}
	return list;
}

static void doctor_json(const struct np_facts *facts,
			const struct np_check checks[NP_NR_CHECKS], bool works,
			struct np_buf *out)
{
	struct json_object *doc = json_object_new_object();
	struct json_object *list = json_object_new_array();
	struct json_object *obj;
	size_t i;

	doctor_add(doc, "kernel", facts->release);
	json_object_object_add(doc, "works", json_object_new_boolean(works));
	for (i = 0; i < NP_NR_CHECKS; i++) {
		obj = json_object_new_object();
		doctor_add(obj, "name", checks[i].name);
		doctor_add(obj, "verdict",
			   checks[i].verdict == NP_VERDICT_FAIL ? "fail" :
			   doctor_verdicts[checks[i].verdict]);
		doctor_add(obj, "found", checks[i].text);
		json_object_array_add(list, obj);
	}
	json_object_object_add(doc, "checks", list);
	json_object_object_add(doc, "stages", doctor_json_stages(facts));
	np_json_line(out, doc);
}

static bool doctor_works(const struct np_facts *facts,
			 const struct np_check checks[NP_NR_CHECKS])
{
	size_t i;

	for (i = 0; i < NP_NR_CHECKS; i++)
		if (checks[i].verdict == NP_VERDICT_FAIL)
			return false;
	return !doctor_missing(facts);
}

/**
 * np_cmd_doctor() - Say whether and how netpath can work on this system.
 * @args: the command line
 *
 * Return: Exit code; NP_EXIT_ERROR when it cannot.
 */
int np_cmd_doctor(const struct np_args *args)
{
	struct np_print print = { .json = args->given & NP_OPT_JSON };
	struct np_check checks[NP_NR_CHECKS];
	struct np_facts facts;
	const char *missing;
	bool works;
	int err;

	np_facts_read(&facts);
	np_checks_run(&facts, checks);
	works = doctor_works(&facts, checks);
	missing = doctor_missing(&facts);
	if (print.json) {
		doctor_json(&facts, checks, works, &print.out);
	} else {
		doctor_text(&facts, checks, &print.out);
		if (missing)
			np_buf_printf(&print.out,
				      "\n%s is missing: the ends of packets cannot be seen.",
				      missing);
		np_buf_printf(&print.out, "\nnetpath %s on this system.\n",
			      works ? "can work" : "cannot work");
	}
	err = np_print_flush(&print);
	np_buf_free(&print.out);
	return works && (!err || err == -EPIPE) ? NP_EXIT_OK : NP_EXIT_ERROR;
}
