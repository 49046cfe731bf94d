// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's tables by netlink, as the text of the files in debugfs, so that
 * whatever reads the one reads the other.
 */
#include "np_nl_text.h"

#include <string.h>

#include <linux/filter.h>

#include "generated/np_stages.h"
#include "np_array.h"

/* Types and enums of attributes, as the generated lists have them. */
enum text_type {
	U8,
	U32,
	U64,
	STRING,
	BINARY,
	FLAG,
	STAGE,
	DIRECTION,
	FREEZE_STATE,
};

/**
 * struct text_attr - an attribute that becomes a line or a cell.
 * @id: its number
 * @name: what it is called in the text
 * @type: &enum text_type
 */
struct text_attr {
	__u16		id;
	const char	*name;
	enum text_type	type;
};

#define TEXT_STAGE(id, name, dir, layer, label)	[NETPATH_STAGE_##id] = (name),
#define TEXT_DIRECTION(id, name)	[NETPATH_DIRECTION_##id] = (name),
#define TEXT_FREEZE_STATE(id, name)	[NETPATH_FREEZE_STATE_##id] = (name),
#define TEXT_ATTR(ID, NAME, TYPE)	{ NETPATH_A_##ID, (NAME), (TYPE) },

static const struct text_attr stats_attrs[] = { NP_STATS_ATTRS(TEXT_ATTR) };
static const struct text_attr config_attrs[] = { NP_CONFIG_ATTRS(TEXT_ATTR) };
static const struct text_attr rules_attrs[] = { NP_RULES_ATTRS(TEXT_ATTR) };
static const struct text_attr info_attrs[] = { NP_INFO_ATTRS(TEXT_ATTR) };
static const struct text_attr owner_attrs[] = {
	{ NETPATH_A_RULES_GENERATION, "rules_generation", U32 },
	{ NETPATH_A_RULES_OWNER_PID, "rules_owner_pid", U32 },
};

static const struct text_attr freeze_attrs[] = {
	{ NETPATH_A_FREEZE_STATE, "freeze_state", FREEZE_STATE },
	{ NETPATH_A_FREEZE_ON_DROP, "freeze_on_drop", STRING },
	{ NETPATH_A_FREEZE_SLOWER_NS, "freeze_slower_ns", U64 },
	{ NETPATH_A_FREEZE_AFTER, "freeze_after", U32 },
	{ NETPATH_A_FREEZE_LEFT, "freeze_left", U32 },
};

/**
 * struct text - a text being made of answers.
 * @out: the text
 * @attrs: attributes that become lines
 * @nr: how many
 * @value: values of the message at hand, by attribute; 0: absent
 * @string: those that are strings
 * @last_id: stage of the message before
 */
struct text {
	struct np_buf		*out;
	const struct text_attr	*attrs;
	size_t			nr;
	__u64			value[NETPATH_A_STATS_MAX + 1];
	const char		*string[NETPATH_A_STATS_MAX + 1];
	__u64			last_id;
};

static __u64 text_number(const struct nlattr *attr)
{
	switch (mnl_attr_get_payload_len(attr)) {
	case 1:
		return mnl_attr_get_u8(attr);
	case 4:
		return mnl_attr_get_u32(attr);
	case 8:
		return mnl_attr_get_u64(attr);
	default:
		return 0;
	}
}

/* Return: the name of a value of an enum; NULL when it is not one, or has none. */
static const char *text_enum(enum text_type type, __u64 value)
{
	static const char *const directions[] = {
		NP_DIRECTIONS(TEXT_DIRECTION)
	};
	static const char *const states[] = {
		NP_FREEZE_STATES(TEXT_FREEZE_STATE)
	};
	static const char *const stages[] = { NP_STAGES(TEXT_STAGE) };

	if (type == STAGE && value < ARRAY_SIZE(stages))
		return value ? stages[value] : "-";
	if (type == DIRECTION && value < ARRAY_SIZE(directions))
		return directions[value];
	if (type == FREEZE_STATE && value < ARRAY_SIZE(states))
		return states[value];
	return NULL;
}

static int text_line(const struct nlattr *attr, void *arg)
{
	struct text *text = arg;
	size_t i;

	for (i = 0; i < text->nr; i++) {
		const struct text_attr *desc = &text->attrs[i];
		const char *name = text_enum(desc->type, text_number(attr));

		if (desc->id != mnl_attr_get_type(attr))
			continue;
		if (desc->type == STRING)
			np_buf_printf(text->out, "%s %s\n", desc->name,
				      *mnl_attr_get_str(attr) ?
				      mnl_attr_get_str(attr) : "-");
		else if (desc->type == BINARY)
			np_buf_printf(text->out, "%s_instructions %zu\n",
				      desc->name,
				      mnl_attr_get_payload_len(attr) /
				      sizeof(struct sock_filter));
		else if (name)
			np_buf_printf(text->out, "%s %s\n", desc->name, name);
		else
			np_buf_printf(text->out, "%s %llu\n", desc->name,
				      text_number(attr));
	}
	return 0;
}

static int text_lines(struct np_nl *nl, __u8 cmd, struct np_buf *out,
		      const struct text_attr *attrs, size_t nr)
{
	struct text text = { .out = out, .attrs = attrs, .nr = nr };
	const struct np_nl_answer answer = { text_line, NULL, &text };

	return np_nl_call(nl, cmd, 0, &answer);
}

/**
 * np_nl_text_stats() - The counters.
 * @nl: open socket
 * @text: receives them, one per line
 *
 * Return: As np_nl_run().
 */
int np_nl_text_stats(struct np_nl *nl, struct np_buf *text)
{
	return text_lines(nl, NETPATH_CMD_STATS_GET, text, stats_attrs,
			  ARRAY_SIZE(stats_attrs));
}

/**
 * np_nl_text_config() - The configuration.
 * @nl: open socket
 * @text: receives it, one value per line
 *
 * Return: As np_nl_run().
 */
int np_nl_text_config(struct np_nl *nl, struct np_buf *text)
{
	int err;

	err = text_lines(nl, NETPATH_CMD_CONFIG_GET, text,
			 config_attrs, ARRAY_SIZE(config_attrs));
	if (!err)
		err = text_lines(nl, NETPATH_CMD_RULES_GET, text,
				 rules_attrs, ARRAY_SIZE(rules_attrs));
	if (!err)
		err = text_lines(nl, NETPATH_CMD_RULES_GET, text,
				 owner_attrs, ARRAY_SIZE(owner_attrs));
	if (!err)
		err = text_lines(nl, NETPATH_CMD_FREEZE_GET, text,
				 freeze_attrs, ARRAY_SIZE(freeze_attrs));
	return err;
}

/**
 * np_nl_text_info() - What the module is.
 * @nl: open socket
 * @text: receives it, one value per line
 *
 * Return: As np_nl_run().
 */
int np_nl_text_info(struct np_nl *nl, struct np_buf *text)
{
	return text_lines(nl, NETPATH_CMD_INFO, text, info_attrs,
			  ARRAY_SIZE(info_attrs));
}

/**
 * np_nl_text_is_string() - Is this value a text, also where it looks like a number?
 * @name: what it is called in a text of names and values
 *
 * Return: true for a string, such as a version.
 */
bool np_nl_text_is_string(const char *name)
{
	static const struct {
		const struct text_attr	*attrs;
		size_t			nr;
	} lists[] = {
		{ stats_attrs, ARRAY_SIZE(stats_attrs) },
		{ config_attrs, ARRAY_SIZE(config_attrs) },
		{ rules_attrs, ARRAY_SIZE(rules_attrs) },
		{ owner_attrs, ARRAY_SIZE(owner_attrs) },
		{ freeze_attrs, ARRAY_SIZE(freeze_attrs) },
		{ info_attrs, ARRAY_SIZE(info_attrs) },
	};
	size_t i, nr;

	for (i = 0; i < ARRAY_SIZE(lists); i++)
		for (nr = 0; nr < lists[i].nr; nr++)
			if (!strcmp(lists[i].attrs[nr].name, name))
				return lists[i].attrs[nr].type == STRING;
	return false;
}

/* Keep an attribute until the end of its message. */
static int text_keep(const struct nlattr *attr, void *arg)
{
	__u16 type = mnl_attr_get_type(attr);
	struct text *text = arg;

	if (type >= ARRAY_SIZE(text->value))
		return 0;
	if (!mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
		text->string[type] = mnl_attr_get_str(attr);
	text->value[type] = text_number(attr);
	return 0;
}

static const char *text_string(const struct text *text, unsigned int id)
{
	return text->string[id] ? text->string[id] : "-";
}

static int text_stage(void *arg)
{
	static const char *const via[] = { "tracepoint", "ftrace", "kprobe",
					   "kretprobe" };
	static const char *const states[] = {
		[NETPATH_STATE_OFF]		= "off",
		[NETPATH_STATE_ARMED]		= "armed",
		[NETPATH_STATE_PARTIAL]		= "partial: ",
		[NETPATH_STATE_UNAVAILABLE]	= "unavailable: ",
	};
	struct text *text = arg;
	__u64 state = text->value[NETPATH_A_STAGE_STATE];
	const char *comma = "";
	size_t i;

	np_buf_printf(text->out, "%llu\t%s\t%s\t%s\t",
		      text->value[NETPATH_A_STAGE_ID],
		      text_string(text, NETPATH_A_STAGE_NAME),
		      text_string(text, NETPATH_A_STAGE_LAYER),
		      text_string(text, NETPATH_A_STAGE_DIR));
	for (i = 0; i < ARRAY_SIZE(via); i++) {
		if (!(text->value[NETPATH_A_STAGE_VIA] & 1U << i))
			continue;
		np_buf_printf(text->out, "%s%s", comma, via[i]);
		comma = ",";
	}
	np_buf_printf(text->out, "%s\t%s\t%s%s\t%llu\t%llu\n",
		      *comma ? "" : "-",
		      text_string(text, NETPATH_A_STAGE_SYMBOLS),
		      state < ARRAY_SIZE(states) ? states[state] : "unknown",
		      text->string[NETPATH_A_STAGE_REASON] ?
		      text->string[NETPATH_A_STAGE_REASON] : "",
		      text->value[NETPATH_A_STAGE_HITS],
		      text->value[NETPATH_A_STAGE_MISSED]);
	memset(text->value, 0, sizeof(text->value));
	memset(text->string, 0, sizeof(text->string));
	return 0;
}

/**
 * np_nl_text_stages() - The stages.
 * @nl: open socket
 * @text: receives the table, headings first
 *
 * Return: As np_nl_run().
 */
int np_nl_text_stages(struct np_nl *nl, struct np_buf *text)
{
	struct text state = { .out = text };
	const struct np_nl_answer answer = { text_keep, text_stage, &state };

	np_buf_printf(text, "id\tname\tlayer\tdir\tvia\tsymbol\tstate\thits\tmissed\n");
	return np_nl_call(nl, NETPATH_CMD_STAGE_GET, NLM_F_DUMP, &answer);
}

/* Further messages about the same stage have only buckets. */
static int text_latency(void *arg)
{
	static const __u16 columns[] = {
		NETPATH_A_LATENCY_COUNT, NETPATH_A_LATENCY_MIN_NS,
		NETPATH_A_LATENCY_P50_NS, NETPATH_A_LATENCY_P90_NS,
		NETPATH_A_LATENCY_P99_NS, NETPATH_A_LATENCY_P999_NS,
		NETPATH_A_LATENCY_MAX_NS,
	};
	struct text *text = arg;
	size_t i;

	if (text->value[NETPATH_A_LATENCY_ID] != text->last_id) {
		np_buf_printf(text->out, "%s",
			      text_string(text, NETPATH_A_LATENCY_NAME));
		for (i = 0; i < ARRAY_SIZE(columns); i++)
			np_buf_printf(text->out, "\t%llu",
				      text->value[columns[i]]);
		np_buf_printf(text->out, "\n");
	}
	text->last_id = text->value[NETPATH_A_LATENCY_ID];
	return 0;
}

/**
 * np_nl_text_latency() - The latencies of the stages.
 * @nl: open socket
 * @text: receives the table, headings first
 *
 * Return: As np_nl_run().
 */
int np_nl_text_latency(struct np_nl *nl, struct np_buf *text)
{
	struct text state = { .out = text };
	const struct np_nl_answer answer = { text_keep, text_latency, &state };

	np_buf_printf(text, "name\tcount\tmin\tp50\tp90\tp99\tp999\tmax\n");
	return np_nl_call(nl, NETPATH_CMD_LATENCY_GET, NLM_F_DUMP, &answer);
}

static int text_bucket(const struct nlattr *attr, void *arg)
{
	__u64 value[NETPATH_A_BUCKET_MAX + 1] = { 0 };
	const struct nlattr *sub;
	struct text *text = arg;

	if (mnl_attr_get_type(attr) != NETPATH_A_LATENCY_BUCKET)
		return text_keep(attr, arg);
	mnl_attr_for_each_nested(sub, attr)
		if (mnl_attr_get_type(sub) <= NETPATH_A_BUCKET_MAX)
			value[mnl_attr_get_type(sub)] = text_number(sub);
	np_buf_printf(text->out, "%s\t%llu\t%llu\t%llu\n",
		      text_string(text, NETPATH_A_LATENCY_NAME),
		      value[NETPATH_A_BUCKET_COUNT],
		      value[NETPATH_A_BUCKET_LOWER_NS],
		      value[NETPATH_A_BUCKET_UPPER_NS]);
	return 0;
}

/**
 * np_nl_text_buckets() - The histograms behind the latencies.
 * @nl: open socket
 * @text: receives the table, headings first
 *
 * Return: As np_nl_run().
 */
int np_nl_text_buckets(struct np_nl *nl, struct np_buf *text)
{
	struct text state = { .out = text };
	const struct np_nl_answer answer = { text_bucket, NULL, &state };

	np_buf_printf(text, "name\tcount\tlower\tupper\n");
	return np_nl_call(nl, NETPATH_CMD_LATENCY_GET, NLM_F_DUMP, &answer);
}
