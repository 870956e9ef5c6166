/* notify: what a service manager hears. */
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

#include "notify.h"

static char folder[] = "/tmp/bk.XXXXXX";
static char path[sizeof folder + sizeof "/notify"];

static int
listen_at(const char *name, size_t len)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	memcpy(at.sun_path, name, len);
	assert_int_equal(0, bind(fd, (struct sockaddr *)&at,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)));
	return fd;
}

static void
heard(int fd, const char *expected)
{
	char text[64] = "";

	assert_int_equal(strlen(expected), recv(fd, text, sizeof text - 1, MSG_DONTWAIT));
	assert_string_equal(expected, text);
}

static int
make_folder(void **state)
{
	(void)state;
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	assert_non_null(mkdtemp(folder));
	strcpy(path, folder);
	strcat(path, "/notify");
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static void
a_path_is_told(void **state)
{
	int fd = listen_at(path, strlen(path));

	(void)state;
	assert_int_equal(0, notify_say(path, "READY=1"));
	heard(fd, "READY=1");
	close(fd);
}

static void
an_abstract_name_is_told(void **state)
{
	char name[sizeof folder + 1] = "@";
	int fd;

	(void)state;
	strcpy(name + 1, folder);
	name[0] = '\0';
	fd = listen_at(name, 1 + strlen(folder));
	name[0] = '@';
	assert_int_equal(0, notify_say(name, "WATCHDOG=1"));
	heard(fd, "WATCHDOG=1");
	close(fd);
}

static void
where_nobody_listens_nothing_is_said(void **state)
{
	(void)state;
	assert_int_equal(0, notify_say(NULL, "READY=1"));
	assert_int_equal(0, notify_say("", "READY=1"));
	assert_int_equal(-1, notify_say(path, "READY=1"));
	assert_int_equal(-1, notify_say("relative", "READY=1"));
}

/* A manager that hears nothing for its whole time kills: half of it is early enough. */
static void
the_watchdog_hears_twice_in_its_time(void **state)
{
	(void)state;
	assert_int_equal(15000, notify_interval("30000000", "77", 77));
	assert_int_equal(15000, notify_interval("30000000", NULL, 77));
	assert_int_equal(1, notify_interval("10", NULL, 77));
}

static void
without_a_watchdog_there_is_no_interval(void **state)
{
	(void)state;
	assert_int_equal(0, notify_interval(NULL, NULL, 77));
	assert_int_equal(0, notify_interval("30000000", "78", 77));
	assert_int_equal(0, notify_interval("soon", NULL, 77));
	assert_int_equal(0, notify_interval("-1", NULL, 77));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		TEST(a_path_is_told),
		TEST(an_abstract_name_is_told),
		TEST(where_nobody_listens_nothing_is_said),
		TEST(the_watchdog_hears_twice_in_its_time),
		TEST(without_a_watchdog_there_is_no_interval),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
