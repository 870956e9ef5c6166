/* listener – whoever is accepted on it is given up when it does not answer. */
#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cmocka.h>

enum { PATIENCE = 12345 };

static char why[256];

/* Connects to where it listens; returns the accepted side. */
static int
accept_one(int listener, int *client)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof a;

	assert_int_equal(0, getsockname(listener, (struct sockaddr *)&a, &len));
	*client = socket(a.ss_family, SOCK_STREAM, 0);
	assert_int_equal(0, connect(*client, (struct sockaddr *)&a, len));
	return accept(listener, NULL, NULL);
}

static unsigned
user_timeout(int fd)
{
	unsigned ms = 0;
	socklen_t len = sizeof ms;

	assert_int_equal(0, getsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, &len));
	return ms;
}

/* The whole idea: Linux passes it on, and documents it nowhere. */
static void
accepted_connections_inherit_the_timeout(void **state)
{
	static const char *const addresses[] = { "127.0.0.1:0", "[::1]:0", "localhost:0" };

	(void)state;
	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
		int client, accepted, fd = listener_open(addresses[i], PATIENCE, why, sizeof why);

		if (fd < 0 && errno == EADDRNOTAVAIL)
			continue; /* a machine without IPv6 */
		assert_true(fd >= 0);
		accepted = accept_one(fd, &client);
		assert_true(accepted >= 0);
		assert_int_equal(PATIENCE, user_timeout(accepted));
		assert_int_equal(0, user_timeout(client));
		close(accepted);
		close(client);
		close(fd);
	}
}

static void
descriptor_is_for_the_next_program(void **state)
{
	int fd = listener_open("127.0.0.1:0", PATIENCE, why, sizeof why);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(0, fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
}

/* Of two workers that are told of one client, the slower must not wait for the next one. */
static void
accepting_where_nobody_waits_does_not_block(void **state)
{
	int fd = listener_open("127.0.0.1:0", PATIENCE, why, sizeof why);

	(void)state;
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_int_equal(-1, accept(fd, NULL, NULL));
	assert_int_equal(EAGAIN, errno);
	close(fd);
}

static void
taken_port_is_named(void **state)
{
	int other, fd = listener_open("127.0.0.1:0", PATIENCE, why, sizeof why);
	struct sockaddr_in a;
	socklen_t len = sizeof a;
	char address[64];

	(void)state;
	assert_int_equal(0, getsockname(fd, (struct sockaddr *)&a, &len));
	snprintf(address, sizeof address, "127.0.0.1:%u", ntohs(a.sin_port));
	other = listener_open(address, PATIENCE, why, sizeof why);
	assert_int_equal(-1, other);
	assert_int_equal(EADDRINUSE, errno);
	assert_non_null(strstr(why, address));
	close(fd);
}

static void
what_is_no_address_is_refused(void **state)
{
	static const char *const wrong[] = { "", ":", "8080", "127.0.0.1", "127.0.0.1:", ":8080",
		"127.0.0.1:http", "127.0.0.1:70000x", "[::1]", "256.1.1.1:80", "a b:80" };

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		why[0] = '\0';
		assert_int_equal(-1, listener_open(wrong[i], PATIENCE, why, sizeof why));
		assert_int_equal(EINVAL, errno);
		assert_true(why[0] != '\0');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepted_connections_inherit_the_timeout),
		cmocka_unit_test(descriptor_is_for_the_next_program),
		cmocka_unit_test(accepting_where_nobody_waits_does_not_block),
		cmocka_unit_test(taken_port_is_named),
		cmocka_unit_test(what_is_no_address_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
