/* table – text in columns, as wide as what stands in them. Private to beckonctl.
 *
 * Cells are texts from elsewhere, and made fit for a terminal. A failed allocation ends the
 * program: there is nothing else to print. Implemented in table.c. */
#ifndef BECKON_TABLE_H
#define BECKON_TABLE_H

#include <stddef.h>

struct table {
	size_t columns, count, cap;
	char **cells; /* row by row; the first are the heads */
};

/* heads: NULL at the end; they are printed where there is any row. */
void table_begin(struct table *t, const char *const heads[]);
void table_cell(struct table *t, const char *text);
void table_cell_fmt(struct table *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void table_cell_time(struct table *t, double ms); /* since 1970; in local time */

/* Prints and frees. Returns how many rows there were, without the heads. */
size_t table_end(struct table *t);

#endif
