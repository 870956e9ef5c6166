/* kick – an operator's TERM, and the one that comes with the end of everything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "kick.h"

enum { NOW = 5000, SOON = NOW + 199, LATER = NOW + 200 };

static int fds[2]; /* of the handler, of the gateway */

static int
open_pipe(void **state)
{
	(void)state;
	return pipe(fds);
}

static int
open_socket(void **state)
{
	(void)state;
	return socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
}

static int
close_both(void **state)
{
	(void)state;
	close(fds[0]);
	close(fds[1]);
	return 0;
}

static void
nobody_is_kicked_without_a_signal(void **state)
{
	struct kick k = { 0 };

	(void)state;
	assert_int_equal(kick_check(&k, fds[0], NOW), KICK_NOTHING);
	assert_int_equal(kick_wait(&k, NOW), -1);
}

static void
a_signal_is_a_kick_after_a_moment_and_once(void **state)
{
	struct kick k = { 0 };

	(void)state;
	kick_take(&k, NOW);
	assert_int_equal(kick_wait(&k, NOW), 200);
	kick_take(&k, NOW + 100); /* does not put it off */
	assert_int_equal(kick_check(&k, fds[0], SOON), KICK_NOTHING);
	assert_int_equal(kick_wait(&k, SOON), 1);
	assert_int_equal(kick_check(&k, fds[0], LATER), KICK_NOW);
	assert_int_equal(kick_check(&k, fds[0], LATER), KICK_NOTHING);
	assert_int_equal(kick_wait(&k, LATER), -1);
}

/* Even where what the client sent before has not been read yet. */
static void
a_gateway_that_ends_kicks_nobody(void **state)
{
	struct kick k = { 0 };

	(void)state;
	assert_int_equal(write(fds[1], "x", 1), 1);
	kick_take(&k, NOW);
	assert_int_equal(kick_check(&k, fds[0], SOON), KICK_NOTHING);
	close(fds[1]);
	assert_int_equal(kick_check(&k, fds[0], LATER), KICK_GONE);
}

int
main(void)
{
#define WITH(set_up, test) { #test " (" #set_up ")", test, set_up, close_both, NULL }
	const struct CMUnitTest tests[] = {
		WITH(open_pipe, nobody_is_kicked_without_a_signal),
		WITH(open_pipe, a_signal_is_a_kick_after_a_moment_and_once),
		WITH(open_socket, a_signal_is_a_kick_after_a_moment_and_once),
		WITH(open_pipe, a_gateway_that_ends_kicks_nobody),
		WITH(open_socket, a_gateway_that_ends_kicks_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
