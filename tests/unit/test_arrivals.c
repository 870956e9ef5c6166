/* Connections that wait until their FastCGI request is complete. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "arrivals.h"

#define BEGIN "\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0"
#define PARAM "\1\4\0\1\0\4\1\0\1\1ab0"
#define PARAMS_END "\1\4\0\1\0\0\0\0"
#define STDIN_END "\1\5\0\1\0\0\0\0"
#define WHOLE BEGIN PARAM PARAMS_END STDIN_END
#define BYTES(text) (const uint8_t *)(text), sizeof(text) - 1

static void
only_all_of_a_request_is_complete(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof WHOLE - 1; i++)
		assert_int_equal(0, arrival_state((const uint8_t *)WHOLE, i));
	assert_int_equal(1, arrival_state(BYTES(WHOLE)));
	assert_int_equal(1, arrival_state(BYTES(BEGIN PARAMS_END "\1\5\0\1\0\2\0\0xy" STDIN_END)));
}

/* Of these libfcgi would pass something over, and wait for what never comes. */
static void
what_will_not_be_a_request_is_not_waited_for(void **state)
{
	(void)state;
	assert_int_equal(-1, arrival_state(BYTES(PARAMS_END STDIN_END)));
	assert_int_equal(-1, arrival_state(BYTES(BEGIN "\1\4\0\2\0\0\0\0" STDIN_END)));
	assert_int_equal(-1, arrival_state(BYTES(BEGIN PARAMS_END "\1\5\0\2\0\0\0\0")));
	assert_int_equal(-1, arrival_state(BYTES(BEGIN BEGIN)));
	assert_int_equal(-1, arrival_state(BYTES(BEGIN STDIN_END PARAMS_END)));
	assert_int_equal(-1, arrival_state(BYTES("GET / HTTP/1.1")));
}

static char folder[32];
static struct sockaddr_un address;
static struct arrivals arrivals;
static int listener;

static int
set_up(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/bk.XXXXXX");
	assert_non_null(mkdtemp(folder));
	address.sun_family = AF_UNIX;
	strcat(strcpy(address.sun_path, folder), "/s");
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(0, bind(listener, (struct sockaddr *)&address, sizeof address));
	assert_int_equal(0, listen(listener, 200));
	return arrivals_init(&arrivals, listener);
}

static int
tear_down(void **state)
{
	(void)state;
	arrivals_fini(&arrivals);
	close(listener);
	unlink(address.sun_path);
	return rmdir(folder);
}

static int
connect_saying(const char *bytes, size_t len)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_int_equal(0, connect(fd, (struct sockaddr *)&address, sizeof address));
	assert_int_equal(len, write(fd, bytes, len));
	return fd;
}

/* More of them than there are places: then the oldest goes. */
static void
halves_of_requests_do_not_keep_out_a_whole_one(void **state)
{
	enum { HALVES = ARRIVALS_MAX + 20 };
	int halves[HALVES], honest, fd;
	char bytes[sizeof WHOLE];

	(void)state;
	for (int i = 0; i < HALVES; i++)
		halves[i] = connect_saying(WHOLE, sizeof WHOLE - 2);
	honest = connect_saying(WHOLE, sizeof WHOLE - 1);
	fd = arrivals_next(&arrivals);
	assert_true(fd >= 0);
	assert_int_equal(sizeof WHOLE - 1, recv(fd, bytes, sizeof bytes, 0)); /* all is there yet */
	arrival_end(fd);
	assert_int_equal(0, recv(honest, bytes, 1, 0));
	assert_int_equal(-1, recv(halves[0], bytes, 1, MSG_DONTWAIT));
	assert_int_equal(ECONNRESET, errno); /* it gave its place */
	assert_int_equal(-1, recv(halves[HALVES - 1], bytes, 1, MSG_DONTWAIT));
	assert_int_equal(EAGAIN, errno);
	assert_int_equal(1, write(halves[HALVES - 1], "", 1)); /* its rest: the last byte is a 0 */
	fd = arrivals_next(&arrivals);
	assert_true(fd >= 0);
	arrival_end(fd);
	for (int i = 0; i < HALVES; i++)
		close(halves[i]);
	close(honest);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_all_of_a_request_is_complete),
		cmocka_unit_test(what_will_not_be_a_request_is_not_waited_for),
		cmocka_unit_test_setup_teardown(halves_of_requests_do_not_keep_out_a_whole_one, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
