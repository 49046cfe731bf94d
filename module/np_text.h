/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_TEXT_H
#define NP_TEXT_H

#include <linux/types.h>

/* Enough for the longest record. */
#define NP_TEXT_MAX	8192

size_t np_text_record(char *buf, size_t size, const void *rec, unsigned int cpu);

#endif /* NP_TEXT_H */
