/* What the kernel says about a process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "process.h"

static void
descriptors_are_those_that_are_open(void **state)
{
	struct process before, after;
	int fds[2];

	(void)state;
	process_look(&before);
	assert_true(before.files >= 1);
	assert_int_equal(0, pipe(fds));
	process_look(&after);
	assert_int_equal(before.files + 2, after.files);
	close(fds[0]);
	close(fds[1]);
	process_look(&after);
	assert_int_equal(before.files, after.files);
}

static void
the_limit_of_descriptors_is_the_one_in_force(void **state)
{
	struct rlimit limit;
	struct process p;

	(void)state;
	assert_int_equal(0, getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = 77;
	assert_int_equal(0, setrlimit(RLIMIT_NOFILE, &limit));
	process_look(&p);
	assert_int_equal(77, p.files_max);
}

static void
memory_in_use_is_bytes(void **state)
{
	enum { MUCH = 32 << 20 };
	struct process before, after;
	char *much;

	(void)state;
	process_look(&before);
	much = malloc(MUCH);
	assert_non_null(much);
	memset(much, 1, MUCH);
	process_look(&after);
	assert_in_range(after.resident - before.resident, MUCH - MUCH / 8, 2 * MUCH);
	assert_true(after.virtual_size >= after.resident);
	free(much);
}

static void
time_goes_on_where_something_is_done(void **state)
{
	struct process before, after;

	(void)state;
	process_look(&before);
	do
		process_look(&after);
	while (after.cpu < before.cpu + 5000);
	assert_in_range(after.cpu, before.cpu + 5000, before.cpu + 60000000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(descriptors_are_those_that_are_open),
		cmocka_unit_test(memory_in_use_is_bytes),
		cmocka_unit_test(time_goes_on_where_something_is_done),
		cmocka_unit_test(the_limit_of_descriptors_is_the_one_in_force),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
