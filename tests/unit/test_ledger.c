/* ledger – what was written is read back; what was cut short ends the reading and spoils nothing
 * before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <signal.h>

#include <cmocka.h>

#include "buf.h"
#include "ledger.h"

static char folder[32], path[64];
static struct buf seen;
static size_t lost; /* bytes, at the last reading */

static int
start(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/bk.XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/ledger", folder);
	return 0;
}

static int
stop(void **state)
{
	char command[64];

	(void)state;
	buf_fini(&seen);
	snprintf(command, sizeof command, "rm -r %s", folder);
	return system(command);
}

static int
note(void *context, const void *record, size_t len)
{
	(void)context;
	buf_add(&seen, record, len);
	buf_char(&seen, '|');
	return len == 4 && memcmp(record, "stop", 4) == 0 ? -1 : 0;
}

static const char *
reread(void)
{
	buf_reset(&seen);
	ledger_read(path, 1, note, NULL, &lost);
	buf_add(&seen, "", 1);
	return seen.at;
}

static struct ledger *
open_with(const char *snapshot)
{
	char why[256];
	struct ledger *l = ledger_open(path, 1, snapshot, strlen(snapshot), why, sizeof why);

	assert_non_null(l);
	return l;
}

static void
append(struct ledger *l, const char *record)
{
	assert_int_equal(0, ledger_append(l, record, strlen(record)));
}

static void
records_come_back_in_order(void **state)
{
	struct ledger *l = open_with("all");
	struct stat st;

	(void)state;
	append(l, "one");
	append(l, "");
	append(l, "three");
	assert_string_equal("all|one||three|", reread()); /* while it is open, too */
	assert_int_equal(0, lost);
	ledger_close(l);
	assert_string_equal("all|one||three|", reread());
	assert_int_equal(0, stat(path, &st));
	assert_int_equal(0600, st.st_mode & 0777);
}

static void
a_torn_tail_ends_the_reading_wherever_it_is_torn(void **state)
{
	struct ledger *l = open_with("all");
	struct stat whole, before;

	(void)state;
	append(l, "one");
	assert_int_equal(0, stat(path, &before));
	append(l, "a longer record at the end");
	ledger_close(l);
	assert_int_equal(0, stat(path, &whole));
	for (off_t size = whole.st_size - 1; size >= before.st_size; size--) {
		assert_int_equal(0, truncate(path, size));
		assert_string_equal("all|one|", reread());
		assert_int_equal(size - before.st_size, lost);
	}
}

static void
a_damaged_record_ends_the_reading(void **state)
{
	struct ledger *l = open_with("all");
	FILE *f;

	(void)state;
	append(l, "one");
	append(l, "two");
	ledger_close(l);
	f = fopen(path, "r+");
	assert_non_null(f);
	fseek(f, -1, SEEK_END);
	fputc('x', f);
	fclose(f);
	assert_string_equal("all|one|", reread());
}

static void
another_format_and_no_file_are_nothing(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(0, ledger_read(path, 1, note, NULL, &lost));
	assert_int_equal(0, lost);
	ledger_close(open_with("all"));
	assert_int_equal(0, stat(path, &st));
	assert_int_equal(1, ledger_read(path, 1, note, NULL, &lost));
	assert_int_equal(0, lost);
	assert_int_equal(0, ledger_read(path, 2, note, NULL, &lost));
	assert_int_equal(st.st_size, lost);
}

static void
a_reader_who_has_enough_is_heard(void **state)
{
	struct ledger *l = open_with("all");

	(void)state;
	append(l, "stop");
	append(l, "more");
	ledger_close(l);
	assert_int_equal(-1, ledger_read(path, 1, note, NULL, &lost));
}

static void
a_snapshot_takes_the_place_of_what_outgrew_it(void **state)
{
	struct ledger *l = open_with("all");
	char *much = calloc(1, 1 << 20);

	(void)state;
	for (int i = 0; i < 8; i++) {
		assert_false(ledger_is_long(l));
		assert_int_equal(0, ledger_append(l, much, 1 << 20));
	}
	assert_true(ledger_is_long(l));
	ledger_close(l);
	l = open_with("anew");
	assert_false(ledger_is_long(l));
	append(l, "one");
	ledger_close(l);
	assert_string_equal("anew|one|", reread());
	free(much);
}

static void
a_full_disk_is_reported(void **state)
{
	struct rlimit old, small;
	struct ledger *l = open_with("all");
	char *much = calloc(1, 1 << 20);

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(0, getrlimit(RLIMIT_FSIZE, &old));
	small = old;
	small.rlim_cur = 4096;
	assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &small));
	assert_int_equal(-1, ledger_append(l, much, 1 << 20));
	assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &old));
	ledger_close(l);
	assert_string_equal("all|", reread());
	ledger_remove(path);
	assert_int_equal(0, ledger_read(path, 1, note, NULL, &lost));
	free(much);
}

int
main(void)
{
#define RULE(name) cmocka_unit_test_setup_teardown(name, start, stop)
	const struct CMUnitTest tests[] = {
		RULE(records_come_back_in_order),
		RULE(a_torn_tail_ends_the_reading_wherever_it_is_torn),
		RULE(a_damaged_record_ends_the_reading),
		RULE(another_format_and_no_file_are_nothing),
		RULE(a_reader_who_has_enough_is_heard),
		RULE(a_snapshot_takes_the_place_of_what_outgrew_it),
		RULE(a_full_disk_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
