/* A process that was told so leaves nothing behind and shows nothing. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "dump.h"

/* In a child that nobody can look into from then on: 0 where fn says so. */
static int
in_child(int (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		dump_forbid();
		_exit(fn());
	}
	waitpid(pid, &status, 0);
	return status;
}

static int
limits(void)
{
	struct rlimit core;

	getrlimit(RLIMIT_CORE, &core);
	return core.rlim_cur != 0 || core.rlim_max != 0 || prctl(PR_GET_DUMPABLE) != 0;
}

static int
crash(void)
{
	abort();
}

static void
a_crash_leaves_no_core(void **state)
{
	int status;

	(void)state;
	assert_int_equal(in_child(limits), 0);
	status = in_child(crash);
	assert_true(WIFSIGNALED(status));
	assert_false(WCOREDUMP(status));
}

/* Also those of the same user may not; root may, so the one who looks must not be root. */
static int
look_as_nobody(void)
{
	char path[64];
	pid_t child;
	int fd;

	if (geteuid() == 0 && (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534)))
		return 2;
	prctl(PR_SET_DUMPABLE, 1);
	child = fork();
	if (child == 0) {
		dump_forbid();
		sleep(60);
		_exit(0);
	}
	snprintf(path, sizeof(path), "/proc/%d/environ", (int)child);
	for (int i = 0; i < 5000; i++) {
		fd = open(path, O_RDONLY);
		if (fd < 0)
			break;
		close(fd);
		usleep(1000);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return fd < 0 ? 0 : 1;
}

static void
nobody_of_the_same_user_may_look_into_it(void **state)
{
	(void)state;
	assert_int_equal(in_child(look_as_nobody), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_crash_leaves_no_core),
		cmocka_unit_test(nobody_of_the_same_user_may_look_into_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
