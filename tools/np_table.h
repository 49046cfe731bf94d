/* SPDX-License-Identifier: GPL-2.0-only */
/* Text of lines and cells as a table. */
#ifndef NP_TABLE_H
#define NP_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "np_buf.h"

#define NP_TABLE_COLS	32

/**
 * struct np_table - cells of a table, the headings in row 0.
 * @cells: NUL-terminated, row after row, in the text that was parsed
 * @rows: number of rows
 * @cols: number of columns
 */
struct np_table {
	const char	**cells;
	size_t		rows;
	size_t		cols;
};

int np_table_parse(struct np_table *table, struct np_buf *text);
const char *np_table_cell(const struct np_table *table, size_t row, size_t col);
bool np_table_is_number(const char *cell);
void np_table_print(const struct np_table *table, struct np_buf *out,
		    const char *const units[]);
void np_table_free(struct np_table *table);

#endif /* NP_TABLE_H */
