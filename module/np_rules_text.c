// SPDX-License-Identifier: GPL-2.0-only
/* Filter, rules and flight recorder as text. */
#include "np_rules_text.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "compat/np_compat.h"
#include "np_stage.h"

/* Drop reasons of the kernel are numbered by subsystem. */
#define NP_REASON_SUBSYS	16
#define NP_REASON_EACH		256

static const char * const np_direction_names[NP_NR_DIRS] = {
	[NP_DIR_ANY]	= "any",
	[NP_DIR_RX]	= "rx",
	[NP_DIR_TX]	= "tx",
};

static int np_refuse(struct np_refused *why, const char *what, const char *value,
		     const char *accepted)
{
	int len = min_t(size_t, strcspn(value, "\n"), 40);

	snprintf(why->text, sizeof(why->text), "%s \"%.*s\": %s", what, len, value, accepted);
	return -EINVAL;
}

/* Words are separated by blanks and whatever else of ",;\n"; NULL at the end. */
static char *np_text_word(char **text)
{
	char *word;

	do {
		word = strsep(text, " \t,;\n");
	} while (word && !*word);
	return word;
}

static const char *np_text_number(const char *text, u32 *value)
{
	unsigned int len;

	text += strspn(text, " \t,\n");
	if (sscanf(text, "%u%n", value, &len) != 1)
		return NULL;
	return text + len;
}

static const char *np_text_insn(const char *text, struct sock_filter *insn)
{
	u32 value[4], i;

	for (i = 0; i < ARRAY_SIZE(value) && text; i++)
		text = np_text_number(text, &value[i]);
	if (!text || value[0] > U16_MAX || value[1] > U8_MAX || value[2] > U8_MAX)
		return NULL;
	*insn = (struct sock_filter)BPF_JUMP(value[0], value[3], value[1], value[2]);
	return text;
}

/**
 * np_rules_text_insns() - Read a program as "tcpdump -ddd" prints it.
 * @text: text, perhaps only the beginning of it
 * @insns: takes the instructions, room for BPF_MAXINSNS
 * @nr: set to their number
 * @why: set when it is refused
 *
 * Context: Process.
 * Return: 0, -EAGAIN when the end is missing, or -EINVAL.
 */
int np_rules_text_insns(const char *text, struct sock_filter *insns, unsigned int *nr,
			struct np_refused *why)
{
	unsigned int i, lines = 0;
	const char *at;

	for (at = text; *at; at++)
		lines += *at == '\n' || *at == ',';
	text += strspn(text, " \t,\n");
	*nr = 0;
	if (!*text)
		return 0;
	at = np_text_number(text, nr);
	if (!at || *nr > BPF_MAXINSNS)
		return np_refuse(why, "filter: number of instructions", text,
				 "must be 0 to 4096, as tcpdump -ddd prints it");
	/* all lines, each with its end */
	if (*nr && lines <= *nr)
		return -EAGAIN;
	for (i = 0; i < *nr; i++) {
		text = at;
		at = np_text_insn(text, &insns[i]);
		if (!at)
			return np_refuse(why, "filter: instruction", text,
					 "must be four numbers, as tcpdump -ddd prints them");
	}
	at += strspn(at, " \t,\n");
	if (*at)
		return np_refuse(why, "filter: behind the last instruction", at,
				 "must be nothing");
	return 0;
}

static int np_text_u64(const char *what, const char *value, u64 max, u64 *result,
		       struct np_refused *why)
{
	if (value && !kstrtoull(value, 0, result) && *result <= max)
		return 0;
	snprintf(why->text, sizeof(why->text), "%s \"%.40s\": must be a number up to %llu", what,
		 value ?: "", max);
	return -EINVAL;
}

static int np_text_u32(const char *what, const char *value, u32 *result, struct np_refused *why)
{
	u64 number;
	int err = np_text_u64(what, value, U32_MAX, &number, why);

	if (!err)
		*result = number;
	return err;
}

static bool np_text_is_reason(u32 reason, const char *name)
{
	bool is;

	rcu_read_lock();
	is = *name && !strcmp(np_drop_reason_name(reason), name);
	rcu_read_unlock();
	return is;
}

static int np_text_reason(const char *what, const char *value, u32 *result,
			  struct np_refused *why)
{
	u32 subsys, i;

	if (value && !kstrtou32(value, 0, result) && *result)
		return 0;
	for (subsys = 0; value && subsys < NP_REASON_SUBSYS; subsys++) {
		for (i = 0; i < NP_REASON_EACH; i++) {
			*result = subsys << 16 | i;
			if (np_text_is_reason(*result, value))
				return 0;
		}
	}
	return np_refuse(why, what, value ?: "",
			 "must be the name or number of a drop reason of this kernel");
}

/**
 * np_rules_text_reasons() - Read a list of drop reasons.
 * @list: names or numbers joined by "+"; changed; empty or "-": none
 * @set: takes them
 * @why: set when it is refused
 *
 * Context: Process.
 * Return: 0 or -EINVAL.
 */
int np_rules_text_reasons(char *list, struct np_rule_set *set, struct np_refused *why)
{
	char *reason;
	int err = 0;

	set->nr_reasons = 0;
	memset(set->reasons, 0, sizeof(set->reasons));
	if (!*list || !strcmp(list, "-"))
		return 0;
	while (!err && (reason = strsep(&list, "+"))) {
		if (set->nr_reasons == NP_RULE_REASONS)
			return np_refuse(why, "reasons", reason, "must be 8 at most");
		err = np_text_reason("reasons", reason, &set->reasons[set->nr_reasons++], why);
	}
	return err;
}

static int np_text_reasons(char *list, struct np_rule_set *set, struct np_refused *why)
{
	return list ? np_rules_text_reasons(list, set, why) :
	       np_refuse(why, "reasons", "", "must be names joined by +, or -");
}

static int np_text_direction(const char *value, struct np_rule_set *set, struct np_refused *why)
{
	int dir = value ? match_string(np_direction_names, NP_NR_DIRS, value) : -1;

	if (dir < 0)
		return np_refuse(why, "direction", value ?: "", "must be any, rx or tx");
	set->direction = dir;
	return 0;
}

static int np_text_mark(char *value, struct np_rule_set *set, struct np_refused *why)
{
	char *mask = value;
	int err;

	value = strsep(&mask, "/");
	err = np_text_u32("mark", value, &set->mark, why);
	if (err)
		return err;
	if (mask)
		return np_text_u32("mark", mask, &set->mark_mask, why);
	set->mark_mask = U32_MAX;
	return 0;
}

static int np_text_stage(const char *name, char **text, struct np_rule_set *set,
			 struct np_refused *why)
{
	unsigned int stage;

	set->stage = NETPATH_STAGE_NONE;
	set->stage_ns = 0;
	if (name && !strcmp(name, "-"))
		return 0;
	for (stage = NETPATH_STAGE_NONE + 1; name && stage < NP_STAGE_CNT; stage++) {
		if (strcmp(np_stage_name(stage), name))
			continue;
		set->stage = stage;
		return np_text_u64("stage", np_text_word(text), S64_MAX, &set->stage_ns, why);
	}
	return np_refuse(why, "stage", name ?: "",
			 "must be a stage and a time in ns, as \"sock_enqueue 1000\", or -");
}

static int np_text_rule(const char *name, char **text, struct np_rule_set *set,
			struct np_refused *why)
{
	u32 number;
	int err;

	if (!strcmp(name, "clear")) {
		memset(set, 0, sizeof(*set));
		return 0;
	}
	if (!strcmp(name, "ifindex"))
		return np_text_u32(name, np_text_word(text), &set->ifindex, why);
	if (!strcmp(name, "netns"))
		return np_text_u32(name, np_text_word(text), &set->netns, why);
	if (!strcmp(name, "pid"))
		return np_text_u32(name, np_text_word(text), &set->pid, why);
	if (!strcmp(name, "one_in"))
		return np_text_u32(name, np_text_word(text), &set->one_in, why);
	if (!strcmp(name, "slower_ns"))
		return np_text_u64(name, np_text_word(text), S64_MAX, &set->total_ns, why);
	if (!strcmp(name, "direction"))
		return np_text_direction(np_text_word(text), set, why);
	if (!strcmp(name, "mark"))
		return np_text_mark(np_text_word(text), set, why);
	if (!strcmp(name, "stage"))
		return np_text_stage(np_text_word(text), text, set, why);
	if (!strcmp(name, "reasons"))
		return np_text_reasons(np_text_word(text), set, why);
	if (strcmp(name, "drops"))
		return np_refuse(why, "rule", name,
				 "must be clear, ifindex, netns, direction, pid, mark, drops, reasons, slower_ns, stage or one_in");
	err = np_text_u32(name, np_text_word(text), &number, why);
	if (!err && number > 1)
		return np_refuse(why, name, "", "must be 0 or 1");
	set->drops = number;
	return err;
}

/**
 * np_rules_text_parse() - Read rules.
 * @text: names and values; changed
 * @set: rules that apply where @text says nothing; changed
 * @why: set when it is refused
 *
 * Context: Process.
 * Return: 0 or -EINVAL.
 */
int np_rules_text_parse(char *text, struct np_rule_set *set, struct np_refused *why)
{
	const char *bad, *what;
	char *name;
	int err;

	while ((name = np_text_word(&text))) {
		err = np_text_rule(name, &text, set, why);
		if (err)
			return err;
	}
	bad = np_rules_check(set, &what);
	return bad ? np_refuse(why, what, "", bad) : 0;
}

static size_t np_text_print_reason(char *buf, size_t size, const char *before, u32 reason)
{
	const char *name;
	size_t len;

	rcu_read_lock();
	name = np_drop_reason_name(reason);
	len = *name ? scnprintf(buf, size, "%s%s", before, name) :
	      scnprintf(buf, size, "%s%u", before, reason);
	rcu_read_unlock();
	return len;
}

/**
 * np_rules_text_print_reasons() - Write a list of drop reasons.
 * @buf: where to
 * @size: of it in bytes, NP_RULES_TEXT suffices
 * @set: rules
 *
 * Context: Any.
 * Return: Bytes written, without the terminating NUL.
 */
size_t np_rules_text_print_reasons(char *buf, size_t size, const struct np_rule_set *set)
{
	unsigned int i;
	size_t n = 0;

	*buf = '\0';
	for (i = 0; i < set->nr_reasons; i++)
		n += np_text_print_reason(buf + n, size - n, i ? "+" : "", set->reasons[i]);
	return n;
}

/**
 * np_rules_text_print() - Write rules.
 * @buf: where to
 * @size: of it in bytes, NP_RULES_TEXT suffices
 * @set: rules
 *
 * Context: Any.
 * Return: Bytes written, without the terminating NUL.
 */
size_t np_rules_text_print(char *buf, size_t size, const struct np_rule_set *set)
{
	size_t n;

	n = scnprintf(buf, size,
		      "ifindex %u\nnetns %u\ndirection %s\npid %u\nmark 0x%x/0x%x\ndrops %u\nreasons ",
		      set->ifindex, set->netns, np_direction_names[set->direction], set->pid,
		      set->mark, set->mark_mask, set->drops);
	n += np_rules_text_print_reasons(buf + n, size - n, set);
	n += scnprintf(buf + n, size - n, "%s\nslower_ns %llu\n", set->nr_reasons ? "" : "-",
		       set->total_ns);
	if (set->stage)
		n += scnprintf(buf + n, size - n, "stage %s %llu\n", np_stage_name(set->stage),
			       set->stage_ns);
	else
		n += scnprintf(buf + n, size - n, "stage -\n");
	return n + scnprintf(buf + n, size - n, "one_in %u\n", set->one_in);
}

/**
 * np_rules_text_on_drop() - Read which drop triggers.
 * @value: name or number of a reason, or "any"
 * @plan: takes it
 * @why: set when it is refused
 *
 * Context: Process.
 * Return: 0 or -EINVAL.
 */
int np_rules_text_on_drop(const char *value, struct np_freeze_plan *plan,
			  struct np_refused *why)
{
	plan->on_drop = true;
	plan->reason = 0;
	return value && !strcmp(value, "any") ? 0 :
	       np_text_reason("on_drop", value, &plan->reason, why);
}

/**
 * np_rules_text_freeze() - Read what the flight recorder is to do.
 * @text: "thaw", or "freeze" and perhaps "on_drop REASON", "slower_ns N", "after N"; changed
 * @plan: set to when to freeze
 * @thaw: set to true for "thaw"
 * @why: set when it is refused
 *
 * Context: Process.
 * Return: 0 or -EINVAL.
 */
int np_rules_text_freeze(char *text, struct np_freeze_plan *plan, bool *thaw,
			 struct np_refused *why)
{
	char *word = np_text_word(&text), *value;
	int err = 0;

	*plan = (struct np_freeze_plan) { };
	*thaw = word && !strcmp(word, "thaw");
	if (!word || (!*thaw && strcmp(word, "freeze")))
		return np_refuse(why, "freeze", word ?: "", "must be freeze or thaw");
	while (!err && (word = np_text_word(&text))) {
		value = *thaw ? NULL : np_text_word(&text);
		if (*thaw || (strcmp(word, "on_drop") && strcmp(word, "slower_ns") &&
			      strcmp(word, "after")))
			return np_refuse(why, "freeze", word,
					 "must be on_drop, slower_ns or after, with a value");
		if (!strcmp(word, "after")) {
			err = np_text_u32(word, value, &plan->after, why);
			if (!err && plan->after > S32_MAX)
				return np_refuse(why, word, value, "must be 2147483647 at most");
		} else if (!strcmp(word, "slower_ns")) {
			err = np_text_u64(word, value, S64_MAX, &plan->slower_ns, why);
		} else {
			err = np_rules_text_on_drop(value, plan, why);
		}
	}
	return err;
}

/**
 * np_rules_text_print_on_drop() - Write which drop triggers.
 * @buf: where to
 * @size: of it in bytes, 160 suffices
 * @plan: plan
 *
 * Context: Any.
 * Return: Bytes written, without the terminating NUL.
 */
size_t np_rules_text_print_on_drop(char *buf, size_t size, const struct np_freeze_plan *plan)
{
	if (plan->on_drop && plan->reason)
		return np_text_print_reason(buf, size, "", plan->reason);
	return scnprintf(buf, size, "%s", plan->on_drop ? "any" : "");
}

/**
 * np_rules_text_print_freeze() - Write how it stands with the flight recorder.
 * @buf: where to
 * @size: of it in bytes, NP_RULES_TEXT suffices
 * @state: its state
 * @plan: its plan
 * @left: records that it will still write
 *
 * Context: Any.
 * Return: Bytes written, without the terminating NUL.
 */
size_t np_rules_text_print_freeze(char *buf, size_t size, enum np_freeze_state state,
				  const struct np_freeze_plan *plan, u32 left)
{
	size_t n;

	n = scnprintf(buf, size, "state %s\non_drop %s", np_freeze_name(state),
		      plan->on_drop ? "" : "-");
	n += np_rules_text_print_on_drop(buf + n, size - n, plan);
	return n + scnprintf(buf + n, size - n, "\nslower_ns %llu\nafter %u\nleft %u\n",
			     plan->slower_ns, plan->after, left);
}
