/* SPDX-License-Identifier: GPL-2.0-only */
/* The module's tables by netlink, as the text of the files in debugfs. */
#ifndef NP_NL_TEXT_H
#define NP_NL_TEXT_H

#include <stdbool.h>

#include "np_buf.h"
#include "np_nl.h"

int np_nl_text_stages(struct np_nl *nl, struct np_buf *text);
int np_nl_text_stats(struct np_nl *nl, struct np_buf *text);
int np_nl_text_latency(struct np_nl *nl, struct np_buf *text);
int np_nl_text_buckets(struct np_nl *nl, struct np_buf *text);
int np_nl_text_config(struct np_nl *nl, struct np_buf *text);
int np_nl_text_info(struct np_nl *nl, struct np_buf *text);
bool np_nl_text_is_string(const char *name);

#endif /* NP_NL_TEXT_H */
