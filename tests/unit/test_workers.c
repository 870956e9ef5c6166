/* workers – a master that keeps its workers running, and leaves nothing behind. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "workers.h"

enum { COUNT = 2, PATIENCE = 5000 };

/* Each worker says its pid once and then waits for TERM; a stubborn one ignores it. */
struct crew {
	int pipe[2];
	int stubborn;
	int reload_says;
	int has_aside;
	bool wants_aside; /* turned over by each reload */
	int aside_pipe[2];
	pid_t master;
};

static volatile sig_atomic_t over;

static void
on_term(int signo)
{
	(void)signo;
	over = 1;
}

static int
work(void *context)
{
	struct crew *c = context;
	pid_t pid = getpid();

	signal(SIGTERM, c->stubborn ? SIG_IGN : on_term);
	(void)!write(c->pipe[1], &pid, sizeof(pid));
	while (!over)
		poll(NULL, 0, 20);
	return 0;
}

/* What is aside says its pid as well, and need not know about TERM. */
static int
aside(void *context)
{
	struct crew *c = context;
	pid_t pid = getpid();

	(void)!write(c->aside_pipe[1], &pid, sizeof(pid));
	while (pause() != 0)
		;
	return 0;
}

static bool
aside_wanted(void *context)
{
	return ((struct crew *)context)->wants_aside;
}

static int
reload(void *context)
{
	struct crew *c = context;

	c->wants_aside = !c->wants_aside;
	return c->reload_says;
}

static void
crew_start(struct crew *c)
{
	struct workers w = { .count = COUNT, .work = work, .reload = reload, .context = c };

	if (c->has_aside) {
		w.aside = aside;
		w.aside_wanted = aside_wanted;
	}
	assert_int_equal(pipe(c->pipe), 0);
	assert_int_equal(pipe(c->aside_pipe), 0);
	c->master = fork();
	if (c->master == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM); /* should the test fail */
		(void)!freopen("/dev/null", "w", stderr);
		_exit(workers_run(&w) == 0 ? 0 : 1);
	}
	close(c->pipe[1]);
	close(c->aside_pipe[1]);
}

/* The next pid from a pipe. 0: none in time; -1: nobody is left who could. */
static pid_t
next_from(int fd, int patience)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	pid_t pid;

	if (poll(&p, 1, patience) == 0)
		return 0;
	return read(fd, &pid, sizeof(pid)) == sizeof(pid) ? pid : -1;
}

/* Of the next worker that started. */
static pid_t
crew_next(struct crew *c, int patience)
{
	return next_from(c->pipe[0], patience);
}

/* All workers have started; who is told to end before may not have said so. */
static void
crew_all(struct crew *c)
{
	for (int i = 0; i < COUNT; i++)
		assert_true(crew_next(c, PATIENCE) > 0);
}

static pid_t
crew_aside(struct crew *c, int patience)
{
	return next_from(c->aside_pipe[0], patience);
}

static void
crew_end(struct crew *c)
{
	int status;

	kill(c->master, SIGTERM);
	assert_int_equal(waitpid(c->master, &status, 0), c->master);
	assert_int_equal(status, 0);
	assert_int_equal(crew_next(c, PATIENCE), -1);
	assert_int_equal(crew_aside(c, PATIENCE), -1);
	close(c->pipe[0]);
	close(c->aside_pipe[0]);
}

static void
term_ends_master_and_workers(void **state)
{
	struct crew c = { 0 };

	(void)state;
	crew_start(&c);
	assert_true(crew_next(&c, PATIENCE) > 0);
	assert_true(crew_next(&c, PATIENCE) > 0);
	crew_end(&c);
}

static void
a_worker_that_was_killed_is_replaced(void **state)
{
	struct crew c = { 0 };
	pid_t first, other, next;

	(void)state;
	crew_start(&c);
	first = crew_next(&c, PATIENCE);
	other = crew_next(&c, PATIENCE);
	kill(first, SIGKILL);
	next = crew_next(&c, PATIENCE);
	assert_true(next > 0 && next != first && next != other);
	crew_end(&c);
}

static void
hup_replaces_all_workers(void **state)
{
	struct crew c = { 0 };

	(void)state;
	crew_start(&c);
	for (int i = 0; i < COUNT; i++)
		assert_true(crew_next(&c, PATIENCE) > 0);
	kill(c.master, SIGHUP);
	for (int i = 0; i < COUNT; i++)
		assert_true(crew_next(&c, PATIENCE) > 0);
	crew_end(&c);
}

/* A configuration gone bad must not end a service that runs. */
static void
hup_with_a_bad_configuration_changes_nothing(void **state)
{
	struct crew c = { .reload_says = -1 };

	(void)state;
	crew_start(&c);
	for (int i = 0; i < COUNT; i++)
		assert_true(crew_next(&c, PATIENCE) > 0);
	kill(c.master, SIGHUP);
	assert_int_equal(crew_next(&c, 200), 0);
	crew_end(&c);
}

static void
workers_that_ignore_term_are_killed(void **state)
{
	struct crew c = { .stubborn = 1 };

	(void)state;
	crew_start(&c);
	for (int i = 0; i < COUNT; i++)
		assert_true(crew_next(&c, PATIENCE) > 0);
	crew_end(&c);
}

static void
workers_do_not_survive_their_master(void **state)
{
	struct crew c = { 0 };

	(void)state;
	crew_start(&c);
	for (int i = 0; i < COUNT; i++)
		assert_true(crew_next(&c, PATIENCE) > 0);
	kill(c.master, SIGKILL);
	waitpid(c.master, NULL, 0);
	assert_int_equal(crew_next(&c, PATIENCE), -1);
	close(c.pipe[0]);
}

static void
the_one_aside_is_kept_running_like_a_worker(void **state)
{
	struct crew c = { .has_aside = 1, .wants_aside = true };
	pid_t first, next;

	(void)state;
	crew_start(&c);
	first = crew_aside(&c, PATIENCE);
	assert_true(first > 0);
	kill(first, SIGKILL);
	next = crew_aside(&c, PATIENCE);
	assert_true(next > 0 && next != first);
	for (int i = 0; i < COUNT; i++)
		assert_true(crew_next(&c, PATIENCE) > 0);
	assert_int_equal(crew_next(&c, 200), 0);
	crew_end(&c);
}

static void
hup_may_give_the_one_aside_work_and_take_it(void **state)
{
	struct crew c = { .has_aside = 1 };
	pid_t pid;

	(void)state;
	crew_start(&c);
	crew_all(&c);
	assert_int_equal(crew_aside(&c, 200), 0);
	kill(c.master, SIGHUP);
	pid = crew_aside(&c, PATIENCE);
	assert_true(pid > 0);
	crew_all(&c);
	kill(c.master, SIGHUP);
	for (int i = 0; kill(pid, 0) == 0 && i < PATIENCE; i++)
		poll(NULL, 0, 1);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(crew_aside(&c, 200), 0);
	crew_all(&c);
	crew_end(&c);
}

static void
there_are_two_at_least_unless_one_is_asked_for(void **state)
{
	(void)state;
	assert_true(workers_count(0) >= 2);
	assert_int_equal(workers_count(1), 1);
	assert_int_equal(workers_count(64), 64);
	assert_int_equal(workers_count(1000), 64);
}

/* --- the socket ----------------------------------------------------------- */

static void
a_stale_socket_is_replaced_and_the_new_one_is_for_the_group(void **state)
{
	char folder[] = "/tmp/bk.XXXXXX", path[64];
	struct stat st;
	int first, second;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/s", folder);
	first = workers_listen(path);
	close(first);
	second = workers_listen(path);
	assert_true(second >= 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_int_equal(fcntl(second, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(second);
	unlink(path);
	rmdir(folder);
}

static void
a_path_that_no_socket_can_have_is_an_error(void **state)
{
	char path[200];

	(void)state;
	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(workers_listen(path), -1);
	assert_int_equal(errno, ENAMETOOLONG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(term_ends_master_and_workers),
		cmocka_unit_test(a_worker_that_was_killed_is_replaced),
		cmocka_unit_test(hup_replaces_all_workers),
		cmocka_unit_test(hup_with_a_bad_configuration_changes_nothing),
		cmocka_unit_test(workers_that_ignore_term_are_killed),
		cmocka_unit_test(workers_do_not_survive_their_master),
		cmocka_unit_test(the_one_aside_is_kept_running_like_a_worker),
		cmocka_unit_test(hup_may_give_the_one_aside_work_and_take_it),
		cmocka_unit_test(there_are_two_at_least_unless_one_is_asked_for),
		cmocka_unit_test(a_stale_socket_is_replaced_and_the_new_one_is_for_the_group),
		cmocka_unit_test(a_path_that_no_socket_can_have_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
