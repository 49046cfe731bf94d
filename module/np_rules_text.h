/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_RULES_TEXT_H
#define NP_RULES_TEXT_H

#include <linux/filter.h>
#include <linux/types.h>

#include "np_freeze.h"
#include "np_rules.h"

/* Room for the text of rules or of the flight recorder, in bytes. */
#define NP_RULES_TEXT	2048
/* Room for what is wrong with some. */
#define NP_RULES_ERROR	192

/**
 * struct np_refused - why a text was refused.
 * @text: the value and what would be accepted; empty: nothing was refused
 */
struct np_refused {
	char text[NP_RULES_ERROR];
};

int np_rules_text_insns(const char *text, struct sock_filter *insns, unsigned int *nr,
			struct np_refused *why);
int np_rules_text_parse(char *text, struct np_rule_set *set, struct np_refused *why);
int np_rules_text_reasons(char *list, struct np_rule_set *set, struct np_refused *why);
int np_rules_text_on_drop(const char *value, struct np_freeze_plan *plan,
			  struct np_refused *why);
size_t np_rules_text_print_reasons(char *buf, size_t size, const struct np_rule_set *set);
size_t np_rules_text_print_on_drop(char *buf, size_t size, const struct np_freeze_plan *plan);
size_t np_rules_text_print(char *buf, size_t size, const struct np_rule_set *set);
int np_rules_text_freeze(char *text, struct np_freeze_plan *plan, bool *thaw,
			 struct np_refused *why);
size_t np_rules_text_print_freeze(char *buf, size_t size, enum np_freeze_state state,
				  const struct np_freeze_plan *plan, u32 left);

#endif /* NP_RULES_TEXT_H */
