/* How often a broker was started here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "starts.h"

static char folder[32], path[64];

static int
make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/bs.XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/starts", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static void
put(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
each_is_one_more(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= 12; i++)
		assert_int_equal(i, starts_count(folder));
}

static void
what_is_no_number_is_none(void **state)
{
	(void)state;
	put("nonsense, and a lot of it, so that it does not fit");
	assert_int_equal(1, starts_count(folder));
	put("");
	assert_int_equal(1, starts_count(folder));
	put("99\n");
	assert_int_equal(100, starts_count(folder));
	assert_int_equal(101, starts_count(folder));
}

static void
a_link_leads_nowhere(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(0, symlink("/tmp/bs-elsewhere", path));
	assert_int_equal(1, starts_count(folder));
	assert_int_equal(-1, stat("/tmp/bs-elsewhere", &st));
}

static void
a_folder_that_is_not_there_is_no_reason_not_to_start(void **state)
{
	(void)state;
	assert_int_equal(1, starts_count("/nowhere/at/all"));
}

int
main(void)
{
#define RULE(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		RULE(each_is_one_more),
		RULE(what_is_no_number_is_none),
		RULE(a_link_leads_nowhere),
		RULE(a_folder_that_is_not_there_is_no_reason_not_to_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
