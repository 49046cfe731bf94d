/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of stages and outcomes. */
#ifndef NP_NAMES_H
#define NP_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#define NP_NAME_LEN	28
#define NP_NR_STAGES	256

/**
 * struct np_names - what the stages of one source of records are called.
 * @stage: name by stage id, NUL-terminated; never empty
 * @known: the name is a real one and not "stage-N"
 *
 * A newer module or file knows stages that this program was not built with,
 * hence every source brings its own table.
 */
struct np_names {
	char	stage[NP_NR_STAGES][NP_NAME_LEN];
	bool	known[NP_NR_STAGES];
};

void np_names_init(struct np_names *names);
void np_names_set(struct np_names *names, unsigned long id, const char *name,
		  size_t max);
void np_names_parse(struct np_names *names, const char *text, size_t len);
const char *np_names_label(unsigned int stage);
const char *np_names_outcome(unsigned int outcome);

#endif /* NP_NAMES_H */
