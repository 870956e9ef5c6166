/* table – see table.h. */
#include "table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl.h"

enum { GAP = 2 };

void
table_begin(struct table *t, const char *const heads[])
{
	*t = (struct table){ 0 };
	while (heads[t->columns])
		table_cell(t, heads[t->columns++]);
}

void
table_cell(struct table *t, const char *text)
{
	if (t->count == t->cap) {
		t->cap = t->cap ? 2 * t->cap : 64;
		t->cells = reallocarray(t->cells, t->cap, sizeof(*t->cells));
		if (!t->cells)
			abort();
	}
	t->cells[t->count] = strdup(*text ? text : "-");
	if (!t->cells[t->count++])
		abort();
}

void
table_cell_fmt(struct table *t, const char *format, ...)
{
	char text[200];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	table_cell(t, text);
}

void
table_cell_time(struct table *t, double ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm local;
	char text[32];

	if (!localtime_r(&seconds, &local) || !strftime(text, sizeof(text), "%F %T", &local))
		text[0] = '\0';
	table_cell(t, text);
}

/* Characters; those that are twice as wide count once. */
static int
width_of(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

static int
column_width(const struct table *t, size_t column)
{
	int widest = 0, width;

	for (size_t i = column; i < t->count; i += t->columns)
		if ((width = width_of(t->cells[i])) > widest)
			widest = width;
	return widest;
}

static void
print_row(const struct table *t, size_t first, const int *widths)
{
	for (size_t i = 0; i < t->columns; i++) {
		const char *cell = t->cells[first + i];

		ctl_print(cell);
		if (i + 1 < t->columns)
			printf("%*s", widths[i] - width_of(cell) + GAP, "");
	}
	putchar('\n');
}

size_t
table_end(struct table *t)
{
	size_t rows = t->count / t->columns - 1;
	int *widths = calloc(t->columns, sizeof(*widths));

	if (!widths)
		abort();
	for (size_t i = 0; i < t->columns; i++)
		widths[i] = column_width(t, i);
	for (size_t first = 0; rows > 0 && first < t->count; first += t->columns)
		print_row(t, first, widths);
	for (size_t i = 0; i < t->count; i++)
		free(t->cells[i]);
	free(t->cells);
	free(widths);
	return rows;
}
