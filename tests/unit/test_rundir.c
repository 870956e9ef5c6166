/* Two brokers on one folder would each own half of the rooms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "rundir.h"

static char base[32];

static const char *
in(const char *name)
{
	static char path[128];

	snprintf(path, sizeof path, "%s/%s", base, name);
	return path;
}

static int
make_base(void **state)
{
	(void)state;
	strcpy(base, "/tmp/bk.XXXXXX");
	return mkdtemp(base) ? 0 : -1;
}

static int
remove_base(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof command, "rm -r %s", base);
	return system(command);
}

static mode_t
mode_of(const char *name)
{
	struct stat st;

	assert_int_equal(0, stat(in(name), &st));
	return st.st_mode & 0777;
}

static void
folders_are_made_and_others_may_not_list_the_rooms(void **state)
{
	char why[200], folder[64];
	int lock;

	(void)state;
	strcpy(folder, in("run"));
	lock = rundir_open(folder, why, sizeof why);
	assert_true(lock >= 0);
	assert_int_equal(0750, mode_of("run"));
	assert_int_equal(0750, mode_of("run/bus"));
	assert_int_equal(0710, mode_of("run/bus/rooms"));
	rundir_close(lock);
}

static void
second_broker_is_refused_and_told_who_runs(void **state)
{
	char why[200], pid[16];
	int lock = rundir_open(base, why, sizeof why);

	(void)state;
	assert_true(lock >= 0);
	assert_int_equal(-1, rundir_open(base, why, sizeof why));
	snprintf(pid, sizeof pid, "process %d", (int)getpid());
	assert_non_null(strstr(why, "another broker"));
	assert_non_null(strstr(why, pid));
	rundir_close(lock);
	lock = rundir_open(base, why, sizeof why);
	assert_true(lock >= 0);
	rundir_close(lock);
}

/* The authorizer goes on while the broker is started again. */
static void
stale_sockets_are_swept_and_nothing_else(void **state)
{
	enum { STALE = 3, OTHERS = 4 };
	static const char *const files[] = { "bus/broker.sock", "ctl.sock", "bus/rooms/0123.sock",
		"notes", ".sock", "authorizer.sock", "bus/rooms/notes" };
	char why[200];
	int lock;

	(void)state;
	assert_int_equal(0, mkdir(in("bus"), 0700));
	assert_int_equal(0, mkdir(in("bus/rooms"), 0700));
	for (int i = 0; i < STALE + OTHERS; i++)
		close(open(in(files[i]), O_CREAT | O_WRONLY, 0600));
	lock = rundir_open(base, why, sizeof why);
	for (int i = 0; i < STALE + OTHERS; i++)
		assert_int_equal(i < STALE ? -1 : 0, access(in(files[i]), F_OK));
	rundir_close(lock);
}

static void
folder_that_cannot_be_made_is_named(void **state)
{
	char why[200];

	(void)state;
	assert_int_equal(-1, rundir_open("/proc/beckon", why, sizeof why));
	assert_non_null(strstr(why, "/proc/beckon: "));
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, make_base, remove_base)
	const struct CMUnitTest tests[] = {
		T(folders_are_made_and_others_may_not_list_the_rooms),
		T(second_broker_is_refused_and_told_who_runs),
		T(stale_sockets_are_swept_and_nothing_else),
		T(folder_that_cannot_be_made_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
