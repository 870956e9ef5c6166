/* Workers that lack a key, and the one process that fetches: real processes, as they are in the
 * authorizer. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "bounds.h"
#include "demand.h"

enum { MANY = 8, HALF = MANY / 2 };

static struct demand d;
static pid_t fetcher;
static volatile struct {
	int begun, ended;
} *fetches; /* shared */

static int64_t
clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
start_fetcher(int takes)
{
	fetcher = fork();
	if (fetcher != 0)
		return;
	for (;;) {
		demand_wait(&d);
		fetches->begun++;
		usleep((useconds_t)takes * 1000);
		demand_done(&d, true, -1);
		fetches->ended++;
	}
}

static void
end_fetcher(void)
{
	kill(fetcher, SIGKILL);
	waitpid(fetcher, NULL, 0);
}

static void
wait_for_begun(int n)
{
	while (fetches->begun < n)
		usleep(1000);
}

static void
wait_for_ended(int n)
{
	while (fetches->ended < n)
		usleep(1000);
}

static int
open_demand(void **state)
{
	(void)state;
	fetches = mmap(NULL, sizeof(*fetches), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return demand_open(&d);
}

static int
close_demand(void **state)
{
	(void)state;
	demand_close(&d);
	return munmap((void *)(uintptr_t)fetches, sizeof(*fetches));
}

/* How many of n workers that ask at the same moment are told that there was a fetch. */
static int
ask_all(int n, unsigned most)
{
	int told = 0, status;

	for (int i = 0; i < n; i++)
		if (fork() == 0)
			_exit(demand_ask(&d, most) ? 1 : 0);
	for (int i = 0; i < n; i++) {
		wait(&status);
		told += WEXITSTATUS(status);
	}
	return told;
}

static void
the_first_fetch_is_made_unasked(void **state)
{
	(void)state;
	start_fetcher(0);
	wait_for_ended(1);
	end_fetcher();
	assert_int_equal(fetches->begun, 1);
}

static void
whoever_asks_is_told_when_there_was_a_fetch(void **state)
{
	(void)state;
	start_fetcher(50);
	wait_for_ended(1);
	assert_true(demand_ask(&d, 1));
	end_fetcher();
	assert_int_equal(fetches->begun, 2);
}

/* The point of it all. */
static void
many_workers_that_ask_make_one_fetch_and_most_do_not_wait(void **state)
{
	int told;

	(void)state;
	start_fetcher(100);
	wait_for_ended(1);
	told = ask_all(MANY, HALF);
	assert_in_range(told, 1, HALF);
	for (int i = 0; i < 3; i++)
		assert_int_equal(ask_all(MANY, HALF), 0);
	end_fetcher();
	assert_int_equal(fetches->begun, 2);
}

static void
within_the_minute_the_answer_costs_nothing(void **state)
{
	int64_t began;

	(void)state;
	start_fetcher(0);
	wait_for_ended(1);
	assert_true(demand_ask(&d, 1));
	began = clock_ms();
	for (int i = 0; i < 100000; i++)
		assert_false(demand_ask(&d, 1));
	assert_true(clock_ms() - began < 5000); /* 0.05 ms each; a wait is 1000 */
	end_fetcher();
	assert_int_equal(fetches->begun, 2);
}

static void
a_provider_that_hangs_is_waited_for_a_moment_and_by_few(void **state)
{
	int64_t began = clock_ms();

	(void)state;
	start_fetcher(60000);
	wait_for_begun(1);
	assert_int_equal(ask_all(MANY, HALF), 0);
	assert_true(clock_ms() - began >= JWKS_PATIENCE);
	began = clock_ms();
	for (int i = 0; i < 10; i++) /* places are taken until the fetch ends */
		assert_int_equal(ask_all(MANY, HALF), 0);
	assert_true(clock_ms() - began < 10 * JWKS_PATIENCE);
	end_fetcher();
}

/* Killed in the middle of a fetch, its successor does not begin the next one at once. */
static void
a_fetcher_that_died_in_a_fetch_has_failed_at_it(void **state)
{
	(void)state;
	start_fetcher(60000);
	wait_for_begun(1);
	end_fetcher();
	start_fetcher(0);
	usleep(300000);
	assert_int_equal(fetches->begun, 1);
	end_fetcher();
}

static void
without_a_fetcher_nobody_waits_longer_than_a_moment(void **state)
{
	int64_t began = clock_ms();

	(void)state;
	assert_false(demand_ask(&d, 1));
	assert_true(clock_ms() - began >= JWKS_PATIENCE);
	began = clock_ms();
	assert_false(demand_ask(&d, 1));
	assert_true(clock_ms() - began < JWKS_PATIENCE);
}

/* HUP, perhaps with another address: what was scheduled before is of no interest. */
static void
another_configuration_is_fetched_for_at_once(void **state)
{
	(void)state;
	start_fetcher(0);
	wait_for_ended(1);
	assert_true(demand_ask(&d, 1));
	end_fetcher();
	demand_renew(&d);
	start_fetcher(0);
	wait_for_ended(3);
	assert_true(demand_ask(&d, 1));
	end_fetcher();
	assert_int_equal(fetches->begun, 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_demand, close_demand)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_fetch_is_made_unasked),
		TEST(whoever_asks_is_told_when_there_was_a_fetch),
		TEST(many_workers_that_ask_make_one_fetch_and_most_do_not_wait),
		TEST(within_the_minute_the_answer_costs_nothing),
		TEST(a_provider_that_hangs_is_waited_for_a_moment_and_by_few),
		TEST(a_fetcher_that_died_in_a_fetch_has_failed_at_it),
		TEST(without_a_fetcher_nobody_waits_longer_than_a_moment),
		TEST(another_configuration_is_fetched_for_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
