/* What the kernel says about a process. */
#include <errno.h>
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

static struct process self;

static int
open_self(void **state)
{
	(void)state;
	process_open(&self);
	return self.status >= 0 && self.folder >= 0 ? 0 : -1;
}

static int
close_self(void **state)
{
	(void)state;
	process_close(&self);
	return 0;
}

static void
descriptors_are_those_that_are_open(void **state)
{
	struct process_look before, after;
	int fds[2];

	(void)state;
	process_look(&self, &before);
	assert_true(before.files >= 1);
	assert_int_equal(0, pipe(fds));
	process_look(&self, &after);
	assert_int_equal(before.files + 2, after.files);
	close(fds[0]);
	close(fds[1]);
	process_look(&self, &after);
	assert_int_equal(before.files, after.files);
}

static void
older_kernels_tell_how_many_as_well(void **state)
{
	const struct process older = { .status = self.status, .folder = -1 };
	struct process_look now, then;

	(void)state;
	process_look(&self, &now);
	process_look(&older, &then);
	assert_true(then.files > 3);
	assert_int_equal(now.files, then.files);
}

/* And the limit is the one in force. */
static void
where_there_are_none_left_they_are_counted(void **state)
{
	struct rlimit limit;
	struct process_look p;

	(void)state;
	assert_int_equal(0, getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = 77;
	assert_int_equal(0, setrlimit(RLIMIT_NOFILE, &limit));
	close_range(77, ~0u, 0); /* that whoever started us left open */
	while (dup(0) >= 0)
		;
	assert_int_equal(EMFILE, errno);
	process_look(&self, &p);
	assert_int_equal(77, p.files_max);
	assert_int_equal(77, p.files);
	assert_true(p.resident > 0);
	for (int fd = 3; fd < 77; fd++)
		if (fd != self.status && fd != self.folder)
			close(fd);
}

static void
what_cannot_be_opened_is_not_known(void **state)
{
	const struct process none = { .status = -1, .folder = -1 };
	struct process_look p;

	(void)state;
	process_look(&none, &p);
	assert_int_equal(0, p.files);
	assert_int_equal(0, p.resident);
	assert_true(p.files_max > 0);
}

static void
memory_in_use_is_bytes(void **state)
{
	enum { MUCH = 32 << 20 };
	struct process_look before, after;
	char *much;

	(void)state;
	process_look(&self, &before);
	much = malloc(MUCH);
	assert_non_null(much);
	memset(much, 1, MUCH);
	process_look(&self, &after);
	assert_in_range(after.resident - before.resident, MUCH - MUCH / 8, 2 * MUCH);
	assert_true(after.virtual_size >= after.resident);
	free(much);
}

static void
time_goes_on_where_something_is_done(void **state)
{
	struct process_look before, after;

	(void)state;
	process_look(&self, &before);
	do
		process_look(&self, &after);
	while (after.cpu < before.cpu + 5000);
	assert_in_range(after.cpu, before.cpu + 5000, before.cpu + 60000000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_opened_is_not_known),
		cmocka_unit_test(descriptors_are_those_that_are_open),
		cmocka_unit_test(older_kernels_tell_how_many_as_well),
		cmocka_unit_test(memory_in_use_is_bytes),
		cmocka_unit_test(time_goes_on_where_something_is_done),
		cmocka_unit_test(where_there_are_none_left_they_are_counted),
	};

	return cmocka_run_group_tests(tests, open_self, close_self);
}
