// SPDX-License-Identifier: GPL-2.0-only
/* What the running kernel has of the functions and tracepoints to be hooked. */
#include "np_facts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "compat/np_compat_points.h"
#include "np_array.h"

/**
 * struct facts_key - a hook, to be found by its name.
 * @name: name of the function or tracepoint, without module
 * @hook: the hook
 * @fact: its facts
 */
struct facts_key {
	const char		*name;
	const struct np_hook	*hook;
	unsigned char		*fact;
};

/**
 * struct facts_keys - all hooks, sorted by name.
 * @key: the hooks
 * @nr: their number
 */
struct facts_keys {
	struct facts_key	key[NP_NR_POINTS * NP_NR_HOOKS];
	size_t			nr;
};

static int facts_compare(const void *a, const void *b)
{
	const struct facts_key *one = a, *other = b;

	return strcmp(one->name, other->name);
}

static void facts_index(struct np_facts *facts, struct facts_keys *keys)
{
	struct np_point *point;
	const char *colon;
	unsigned int i;

	keys->nr = 0;
	for (point = facts->points; point < facts->points + NP_NR_POINTS; point++) {
		for (i = 0; i < NP_NR_HOOKS && point->hooks[i].kind; i++) {
			colon = strchr(point->hooks[i].symbol, ':');
			keys->key[keys->nr++] = (struct facts_key) {
				.name	= colon ? colon + 1 : point->hooks[i].symbol,
				.hook	= &point->hooks[i],
				.fact	= &point->fact[i],
			};
		}
	}
	qsort(keys->key, keys->nr, sizeof(keys->key[0]), facts_compare);
}

/* Does a hook that names a module mean this one?  "" is the kernel itself, where it may be, too. */
static bool facts_of_module(const struct np_hook *hook, const char *module)
{
	size_t len = strcspn(hook->symbol, ":");

	return !hook->symbol[len] || !*module ||
	       (strlen(module) == len && !strncmp(hook->symbol, module, len));
}

static enum np_fact facts_built_in(const struct np_hook *hook, const char *module)
{
	return !*module && strchr(hook->symbol, ':') ? NP_FACT_BUILT_IN : 0;
}

/* Set a fact of every hook of this name. */
static void facts_set(const struct facts_keys *keys, bool tracepoint,
		      const char *name, const char *module, enum np_fact fact)
{
	const struct facts_key want = { .name = name };
	const struct facts_key *end = keys->key + keys->nr;
	const struct facts_key *key;

	key = bsearch(&want, keys->key, keys->nr, sizeof(*key), facts_compare);
	if (!key)
		return;
	while (key > keys->key && !strcmp(key[-1].name, name))
		key--;
	for (; key < end && !strcmp(key->name, name); key++) {
		bool is_tracepoint = key->hook->kind == NP_HOOK_TP;

		if (is_tracepoint == tracepoint &&
		    facts_of_module(key->hook, module))
			*key->fact |= fact | facts_built_in(key->hook, module);
	}
}

/* Cut "name [module]" in two. */
static const char *facts_module(char *name)
{
	size_t len = strcspn(name, " \t");
	char *module;

	if (!name[len])
		return "";
	name[len] = '\0';
	module = name + len + 1;
	module += strspn(module, " \t[");
	module[strcspn(module, "]")] = '\0';
	return module;
}

typedef void facts_line(const struct facts_keys *keys, char *line);

/* Read a file line by line: 0, or -errno, which is -ENODATA when it is empty. */
static int facts_lines(const char *dir, const char *name, facts_line *each,
		       const struct facts_keys *keys)
{
	char path[128];
	char *line = NULL;
	size_t size = 0;
	int err = -ENODATA;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	while (getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		each(keys, line);
		err = 0;
	}
	free(line);
	fclose(file);
	return err;
}

/* system:name */
static void facts_event(const struct facts_keys *keys, char *line)
{
	char *name = strchr(line, ':');

	if (name)
		facts_set(keys, true, name + 1, "", NP_FACT_EVENT);
}

/* name, perhaps [module] */
static void facts_ftrace(const struct facts_keys *keys, char *line)
{
	const char *module = facts_module(line);

	facts_set(keys, false, line, module, NP_FACT_FTRACE);
}

/* address type name, perhaps [module] */
static void facts_function(const struct facts_keys *keys, char *line)
{
	char *type = strchr(line, ' ');
	const char *module;

	if (!type || !type[1] || !strchr("tTwW", type[1]) || type[2] != ' ')
		return;
	module = facts_module(type + 3);
	facts_set(keys, false, type + 3, module, NP_FACT_FUNCTION);
}

/* start-end, tab, name, perhaps [module] */
static void facts_no_kprobe(const struct facts_keys *keys, char *line)
{
	char *name = strchr(line, '\t');
	const char *module;

	if (!name)
		return;
	module = facts_module(name + 1);
	facts_set(keys, false, name + 1, module, NP_FACT_NO_KPROBE);
}

static void facts_kernel(struct np_facts *facts)
{
	unsigned int major, minor;
	struct utsname name;

	if (uname(&name))
		return;
	snprintf(facts->release, sizeof(facts->release), "%s", name.release);
	snprintf(facts->machine, sizeof(facts->machine), "%s", name.machine);
	if (sscanf(name.release, "%u.%u", &major, &minor) == 2)
		facts->version = np_version(major, minor);
}

/**
 * np_facts_read() - Ask the running kernel.
 * @facts: receives what it said
 */
void np_facts_read(struct np_facts *facts)
{
	static const char *const dirs[] = {
		"/sys/kernel/tracing", "/sys/kernel/debug/tracing",
	};
	struct facts_keys keys;
	size_t i;
	int err;

	memset(facts, 0, sizeof(*facts));
	facts_kernel(facts);
	np_plan_points(facts->points, facts->version);
	facts_index(facts, &keys);
	for (i = 0; i < ARRAY_SIZE(dirs) && !facts->tracefs; i++) {
		err = facts_lines(dirs[i], "available_events", facts_event, &keys);
		if (!err)
			facts->tracefs = dirs[i];
		else if (err == -EPERM)
			facts->hidden = true;
	}
	if (facts->tracefs)
		facts_lines(facts->tracefs, "available_filter_functions",
			    facts_ftrace, &keys);
	facts_lines("/proc", "kallsyms", facts_function, &keys);
	facts_lines("/sys/kernel/debug/kprobes", "blacklist", facts_no_kprobe,
		    &keys);
}
