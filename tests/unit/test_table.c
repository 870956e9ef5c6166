/* Text in columns, which is fit for a terminal whatever stands in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "table.h"

static struct table t;
static char printed[4096];

/* Ends the table, and keeps what it prints. */
static size_t
end(void)
{
	FILE *to = tmpfile();
	int out = dup(STDOUT_FILENO);
	size_t rows, n;

	fflush(stdout);
	dup2(fileno(to), STDOUT_FILENO);
	rows = table_end(&t);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	close(out);
	rewind(to);
	n = fread(printed, 1, sizeof(printed) - 1, to);
	printed[n] = '\0';
	fclose(to);
	return rows;
}

static void
columns_are_as_wide_as_their_widest_cell_in_characters(void **state)
{
	static const char *const heads[] = { "SUB", "N", "ROOM", NULL };

	(void)state;
	table_begin(&t, heads);
	table_cell(&t, "z\xc3\xbcrcher");
	table_cell_fmt(&t, "%d", 1234);
	table_cell(&t, "zoom/r1");
	table_cell(&t, "bob");
	table_cell(&t, "");
	table_cell(&t, "chat/x");
	assert_int_equal(2, end());
	assert_string_equal(printed, "SUB      N     ROOM\n"
				     "z\xc3\xbcrcher  1234  zoom/r1\n"
				     "bob      -     chat/x\n");
}

static void
a_table_without_rows_prints_no_heads(void **state)
{
	static const char *const heads[] = { "SUB", NULL };

	(void)state;
	table_begin(&t, heads);
	assert_int_equal(0, end());
	assert_string_equal(printed, "");
}

static void
nothing_in_a_cell_steers_the_terminal(void **state)
{
	static const char *const heads[] = { "NAME", "X", NULL };

	(void)state;
	table_begin(&t, heads);
	table_cell(&t, "a\x1b[31m\nb\xe2\x80\xae");
	table_cell(&t, "x");
	assert_int_equal(1, end());
	assert_null(strchr(printed, '\x1b'));
	assert_null(strstr(printed, "\xe2\x80\xae"));
	assert_non_null(strstr(printed, "a?[31m?b?  x\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_as_wide_as_their_widest_cell_in_characters),
		cmocka_unit_test(a_table_without_rows_prints_no_heads),
		cmocka_unit_test(nothing_in_a_cell_steers_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
