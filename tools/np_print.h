/* SPDX-License-Identifier: GPL-2.0-only */
/* One record of any type, to stdout as text or JSON, and counted. */
#ifndef NP_PRINT_H
#define NP_PRINT_H

#include "np_text.h"

/**
 * struct np_totals - what was seen.
 * @packets: packet records
 * @lost: records that were overwritten before they could be read
 * @unknown: records of a type or version that this program does not know
 */
struct np_totals {
	__u64	packets;
	__u64	lost;
	__u64	unknown;
};

/**
 * struct np_print - where records go and how.
 * @fmt: how records are shown
 * @json: as JSON instead of text
 * @out: output not yet written
 * @totals: what was printed
 */
struct np_print {
	struct np_format	fmt;
	bool			json;
	struct np_buf		out;
	struct np_totals	totals;
};

int np_print_record(struct np_print *print, const void *rec, size_t len,
		    unsigned int cpu, const char **why);
int np_print_flush(struct np_print *print);
int np_write_all(int fd, const void *data, size_t len);
void np_totals_add(struct np_totals *totals, const void *rec, size_t len);
void np_totals_warn(const struct np_totals *totals);

#endif /* NP_PRINT_H */
