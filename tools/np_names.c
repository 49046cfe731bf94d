// SPDX-License-Identifier: GPL-2.0-only
/* Names of stages and outcomes. */
#include "np_names.h"

#include <stdio.h>
#include <string.h>

#include <linux/netpath.h>

#include "generated/np_stages.h"
#include "np_array.h"

#define NP_STAGE_NAME(id, name, dir, layer, label)	[NETPATH_STAGE_##id] = (name),
#define NP_STAGE_LABEL(id, name, dir, layer, label)	[NETPATH_STAGE_##id] = (label),
#define NP_OUTCOME_NAME(id, name)		[NETPATH_OUTCOME_##id] = (name),

static const char *const stage_names[] = { NP_STAGES(NP_STAGE_NAME) };
static const char *const stage_labels[] = { NP_STAGES(NP_STAGE_LABEL) };
static const char *const outcome_names[] = { NP_OUTCOMES(NP_OUTCOME_NAME) };

/**
 * np_names_init() - Fill in the names this program was built with.
 * @names: the table
 */
void np_names_init(struct np_names *names)
{
	size_t i;

	memset(names, 0, sizeof(*names));
	for (i = 0; i < NP_NR_STAGES; i++)
		snprintf(names->stage[i], NP_NAME_LEN, "stage-%zu", i);
	for (i = 0; i < ARRAY_SIZE(stage_names); i++)
		if (stage_names[i])
			np_names_set(names, i, stage_names[i], NP_NAME_LEN);
}

/**
 * np_names_set() - Name one stage.
 * @names: the table
 * @id: stage id; one that does not fit a record is ignored
 * @name: the name, cut to fit, '?' for what is not printable; an empty one is
 *	ignored
 * @max: bytes of @name that may be read
 */
void np_names_set(struct np_names *names, unsigned long id, const char *name,
		  size_t max)
{
	size_t len = strnlen(name, max);
	size_t i;

	if (id >= NP_NR_STAGES || !len)
		return;
	if (len > NP_NAME_LEN - 1)
		len = NP_NAME_LEN - 1;
	for (i = 0; i < len; i++) {
		bool printable = name[i] > ' ' && name[i] <= '~';

		names->stage[id][i] = printable ? name[i] : '?';
	}
	names->stage[id][len] = '\0';
	names->known[id] = true;
}

static void names_parse_line(struct np_names *names, const char *line,
			     size_t len)
{
	const char *end = line + len;
	unsigned long id = 0;
	const char *name;

	if (!len || *line < '0' || *line > '9')
		return;
	for (; line < end && *line >= '0' && *line <= '9'; line++) {
		id = id * 10 + (unsigned long)(*line - '0');
		if (id >= NP_NR_STAGES)
			return;
	}
	if (line == end || *line != '\t')
		return;
	name = ++line;
	while (line < end && *line != '\t')
		line++;
	np_names_set(names, id, name, (size_t)(line - name));
}

/**
 * np_names_parse() - Take the names from the text of the file "stages".
 * @names: the table
 * @text: lines that start with an id, a tab, a name and a tab; others, such
 *	as the heading, are ignored
 * @len: length of @text in bytes
 */
void np_names_parse(struct np_names *names, const char *text, size_t len)
{
	while (len) {
		const char *end = memchr(text, '\n', len);
		size_t line = end ? (size_t)(end - text) : len;

		names_parse_line(names, text, line);
		if (!end)
			return;
		text += line + 1;
		len -= line + 1;
	}
}

/**
 * np_names_label() - What the detail of a stage's stamps is.
 * @stage: &enum netpath_stage
 *
 * Return: The name, empty when the stage has none or is not known.
 */
const char *np_names_label(unsigned int stage)
{
	if (stage >= ARRAY_SIZE(stage_labels) || !stage_labels[stage])
		return "";
	return stage_labels[stage];
}

/**
 * np_names_outcome() - How a packet ended, in a word.
 * @outcome: &enum netpath_outcome
 *
 * Return: The name, or NULL when this program does not know the number.
 */
const char *np_names_outcome(unsigned int outcome)
{
	if (outcome >= ARRAY_SIZE(outcome_names))
		return NULL;
	return outcome_names[outcome];
}
