// SPDX-License-Identifier: GPL-2.0-only
/* Text of lines and cells as a table. */
#include "np_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool table_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static char *table_trim(char *text)
{
	size_t len;

	while (table_blank(*text))
		text++;
	len = strlen(text);
	while (len && table_blank(text[len - 1]))
		text[--len] = '\0';
	return text;
}

/* A line with a tab has its cells between tabs, others between blanks. */
static size_t table_split(char *line, const char *cells[], size_t max)
{
	bool tabs;
	char *end;
	size_t nr;

	line = table_trim(line);
	tabs = strchr(line, '\t');
	for (nr = 0; nr < max; nr++) {
		if (!*line && !tabs)
			break;
		end = nr + 1 < max ? strpbrk(line, tabs ? "\t" : " ") : NULL;
		if (end)
			*end++ = '\0';
		cells[nr] = table_trim(line);
		if (!end)
			return nr + 1;
		line = tabs ? end : table_trim(end);
	}
	return nr;
}

static int table_add_row(struct np_table *table, char *line)
{
	const char *row[NP_TABLE_COLS];
	const char **cells;
	size_t max = table->rows ? table->cols : NP_TABLE_COLS;
	size_t nr, i;

	nr = table_split(line, row, max);
	if (!nr)
		return 0;
	if (!table->rows)
		table->cols = nr;
	cells = realloc(table->cells, (table->rows + 1) * table->cols *
			sizeof(*cells));
	if (!cells)
		return -ENOMEM;
	table->cells = cells;
	cells += table->rows * table->cols;
	for (i = 0; i < table->cols; i++)
		cells[i] = i < nr && *row[i] ? row[i] : "-";
	table->rows++;
	return 0;
}

/**
 * np_table_parse() - Find the cells of a text.
 * @table: receives the table; np_table_free() it even after an error
 * @text: the text, headings first; it is changed, and must live as long as
 *	the table
 *
 * Cells that are missing or empty become "-"; the last column takes the rest
 * of its line.
 *
 * Return: 0 or -ENOMEM.
 */
int np_table_parse(struct np_table *table, struct np_buf *text)
{
	char *line;
	char *end;
	int err;

	memset(table, 0, sizeof(*table));
	np_buf_add(text, "", 1);
	if (text->failed)
		return -ENOMEM;
	for (line = text->data; line; line = end) {
		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		err = table_add_row(table, line);
		if (err)
			return err;
	}
	return 0;
}

/**
 * np_table_cell() - One cell.
 * @table: the table
 * @row: its row; 0 is the headings
 * @col: its column
 *
 * Return: The text of the cell.
 */
const char *np_table_cell(const struct np_table *table, size_t row, size_t col)
{
	return table->cells[row * table->cols + col];
}

/**
 * np_table_is_number() - Is this a number, as JSON would have it?
 * @cell: the text
 *
 * Return: true for digits, and for digits with a decimal point among them.
 */
bool np_table_is_number(const char *cell)
{
	size_t digits = strspn(cell, "0123456789");

	if (!digits || (digits > 1 && *cell == '0'))
		return false;
	cell += digits;
	if (!*cell)
		return true;
	return *cell == '.' && cell[1] &&
	       strspn(cell + 1, "0123456789") == strlen(cell + 1);
}

static bool table_is_right(const struct np_table *table, size_t col)
{
	const char *cell;
	size_t row;

	for (row = 1; row < table->rows; row++) {
		cell = np_table_cell(table, row, col);
		if (strcmp(cell, "-") && !np_table_is_number(cell))
			return false;
	}
	return true;
}

static void table_pad(struct np_buf *out, size_t len, size_t width)
{
	for (; len < width; len++)
		np_buf_add(out, " ", 1);
}

static void table_print_row(const struct np_table *table, struct np_buf *out,
			    size_t row, const size_t width[],
			    const char *const units[])
{
	size_t col;

	for (col = 0; col < table->cols; col++) {
		const char *cell = np_table_cell(table, row, col);
		const char *unit = row ? "" : units[col];
		size_t len = strlen(cell) + strlen(unit);
		bool right = table_is_right(table, col);

		if (col)
			np_buf_printf(out, "  ");
		if (right)
			table_pad(out, len, width[col]);
		np_buf_add_clean(out, cell, strlen(cell));
		np_buf_printf(out, "%s", unit);
		if (!right)
			table_pad(out, len, width[col]);
	}
	np_buf_trim(out);
	np_buf_add(out, "\n", 1);
}

/**
 * np_table_print() - Append the table with its columns aligned.
 * @table: the table
 * @out: receives the text
 * @units: what follows each heading, such as "(ns)"
 */
void np_table_print(const struct np_table *table, struct np_buf *out,
		    const char *const units[])
{
	size_t width[NP_TABLE_COLS] = { 0 };
	size_t row, col, len;

	for (row = 0; row < table->rows; row++) {
		for (col = 0; col < table->cols; col++) {
			len = strlen(np_table_cell(table, row, col));
			if (!row)
				len += strlen(units[col]);
			if (len > width[col])
				width[col] = len;
		}
	}
	for (row = 0; row < table->rows; row++)
		table_print_row(table, out, row, width, units);
}

/**
 * np_table_free() - Free the cells.
 * @table: the table
 */
void np_table_free(struct np_table *table)
{
	free(table->cells);
	memset(table, 0, sizeof(*table));
}
