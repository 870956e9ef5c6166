/* What reaches stderr: whole short lines that no stranger's text can forge, and never a wait. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "bounds.h"
#include "log.h"
#include "quote.h"

/* stderr is a pipe (or socket pair) while a test runs; cmocka itself prints to stdout. */
static int reader, saved;

static int
to_pipe(void **state)
{
	int ends[2];

	(void)state;
	if (pipe(ends) != 0)
		return -1;
	saved = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	reader = ends[0];
	fcntl(reader, F_SETFL, O_NONBLOCK);
	log_open("beckon-test");
	log_set_level(LOG_INFO);
	log_name("-");
	return 0;
}

static int
to_socket(void **state)
{
	int ends[2];

	(void)state;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
		return -1;
	saved = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	reader = ends[0];
	fcntl(reader, F_SETFL, O_NONBLOCK);
	log_open("beckon-test");
	log_set_level(LOG_INFO);
	return 0;
}

static int
restore(void **state)
{
	(void)state;
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(reader);
	return 0;
}

/* What was logged since the last call. */
static const char *
logged(void)
{
	static char text[300000];
	size_t len = 0;
	ssize_t n;

	while ((n = read(reader, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	return text;
}

static void
a_line_names_program_process_connection_and_event(void **state)
{
	char expected[128];

	(void)state;
	log_name("0123456789abcdef");
	log_line(LOG_INFO, "opened", "endpoint=%s", "zoom");
	snprintf(expected, sizeof(expected),
	    "beckon-test[%d]: 0123456789abcdef opened endpoint=zoom\n", (int)getpid());
	assert_string_equal(logged(), expected);
}

static void
a_line_may_be_about_another_connection(void **state)
{
	(void)state;
	log_name("mine");
	log_about("theirs", LOG_ERROR, "refused", "word=%s", "banned");
	assert_non_null(strstr(logged(), ": theirs refused word=banned\n"));
}

static void
an_event_without_a_word_about_it_ends_cleanly(void **state)
{
	(void)state;
	log_line(LOG_INFO, "drained", "%s", "");
	assert_non_null(strstr(logged(), " drained\n"));
}

/* A line break in a stranger's text would be a line of its own: a forged one. */
static void
foreign_text_cannot_forge_a_line_or_reach_a_terminal(void **state)
{
	const char *text;

	(void)state;
	log_line(LOG_INFO, "odd", "room=%s", "a\nbeckon[1]: - opened \x1b[31m\\ \xc3\xa9");
	text = logged();
	assert_non_null(strstr(text, "room=a\\x0abeckon[1]: - opened \\x1b[31m\\\\ \\xc3\\xa9\n"));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void
a_line_is_cut_below_the_bound(void **state)
{
	char huge[5000];
	const char *text;

	(void)state;
	for (size_t n = LOG_LINE_MAX - 60; n < sizeof(huge); n += n < LOG_LINE_MAX + 20 ? 1 : 777) {
		memset(huge, 'x', n);
		huge[n] = '\0';
		log_line(LOG_INFO, "huge", "%s", huge);
		text = logged();
		assert_true(strlen(text) < LOG_LINE_MAX);
		assert_int_equal(text[strlen(text) - 1], '\n');
		if (n > LOG_LINE_MAX)
			assert_non_null(strstr(text, "xxx...\n"));
	}
	memset(huge, 1, sizeof(huge) - 1); /* each becomes four */
	huge[sizeof(huge) - 1] = '\0';
	log_line(LOG_INFO, "huge", "%s", huge);
	assert_true(strlen(logged()) < LOG_LINE_MAX);
}

static void
lines_above_the_level_are_not_written(void **state)
{
	(void)state;
	assert_false(log_wants(LOG_DEBUG));
	log_line(LOG_DEBUG, "detail", "x=1");
	assert_string_equal(logged(), "");
	log_set_level(LOG_ERROR);
	assert_false(log_wants(LOG_INFO));
	log_line(LOG_INFO, "opened", "x=1");
	assert_string_equal(logged(), "");
	log_line(LOG_ERROR, "broken", "x=1");
	assert_non_null(strstr(logged(), "broken"));
}

/* websocketd stops reading stderr after one long line: a handler that waited would hang for ever.
 */
static void
a_full_stderr_drops_lines_and_later_says_how_many(void **state)
{
	const char *text;

	(void)state;
	for (int i = 0; i < 20000; i++)
		log_line(LOG_INFO, "flood", "i=%d", i);
	text = logged();
	assert_non_null(strstr(text, "flood i=0\n"));
	assert_null(strstr(text, "i=19999"));
	log_line(LOG_INFO, "after", "x=1");
	text = logged();
	assert_non_null(strstr(text, "after x=1 dropped="));
	log_line(LOG_INFO, "again", "x=1");
	assert_non_null(strstr(logged(), "again x=1\n"));
}

static void
lines_may_be_objects(void **state)
{
	const char *text;

	(void)state;
	log_set_format(LOG_JSON);
	log_about("theirs", LOG_ERROR, "refused", "word=%s n=%d why=\"%s\"", "banned", 3, "a\nb\"");
	log_complain("FILE:1: KEY: expected \"x\"");
	text = logged();
	log_set_format(LOG_TEXT);
	assert_int_equal(strncmp(text, "{\"time\":\"2", 10), 0);
	assert_non_null(strstr(text, ",\"level\":\"error\",\"program\":\"beckon-test\",\"pid\":"));
	assert_non_null(strstr(text, ",\"connection\":\"theirs\",\"event\":\"refused\",\"word\":"
	    "\"banned\",\"n\":3,\"why\":\"a\\u000ab\\\"\"}\n{\"time\":"));
	assert_non_null(strstr(text, "\"event\":\"complaint\",\"message\":\"FILE:1: KEY: expected "
	    "\\\"x\\\"\"}\n"));
	log_complain("for people");
	assert_string_equal(logged(), "for people\n");
}

/* As websocketd does, whose reader is behind at times. */
static void
who_settles_has_been_read(void **state)
{
	char line[LOG_LINE_MAX];
	int unread = -1, status;
	pid_t child;

	(void)state;
	log_line(LOG_INFO, "closed", "reason=x");
	if ((child = fork()) == 0) {
		usleep(20000);
		_exit(read(reader, line, sizeof(line)) > 0 ? 0 : 1);
	}
	log_settle();
	assert_int_equal(ioctl(reader, FIONREAD, &unread), 0);
	assert_int_equal(unread, 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void
errno_survives_a_line(void **state)
{
	(void)state;
	errno = ENOSPC;
	log_line(LOG_INFO, "x", "y=1");
	assert_int_equal(errno, ENOSPC);
}

static void
what_is_quoted_fits_and_says_that_it_was_cut(void **state)
{
	char to[8];

	(void)state;
	assert_string_equal(quote(to, sizeof(to), "seven77"), "seven77");
	assert_string_equal(quote(to, sizeof(to), "eight888"), "eigh...");
	assert_string_equal(quote(to, sizeof(to), "abc\n"), "abc\\x0a");
	assert_string_equal(quote(to, sizeof(to), "abcd\n"), "abcd...");
	assert_string_equal(quote(to, 2, "abcd"), ".");
	assert_int_equal(quote_bytes(to, 1, "abcd", 4), 0);
}

#define WITH_PIPE(test) cmocka_unit_test_setup_teardown(test, to_pipe, restore)
#define WITH_SOCKET(test)                                         \
	{                                                         \
#test " (socket)", test, to_socket, restore, NULL \
	}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PIPE(a_line_names_program_process_connection_and_event),
		WITH_PIPE(a_line_may_be_about_another_connection),
		WITH_PIPE(an_event_without_a_word_about_it_ends_cleanly),
		WITH_PIPE(foreign_text_cannot_forge_a_line_or_reach_a_terminal),
		WITH_PIPE(a_line_is_cut_below_the_bound),
		WITH_PIPE(lines_above_the_level_are_not_written),
		WITH_PIPE(a_full_stderr_drops_lines_and_later_says_how_many),
		WITH_SOCKET(a_full_stderr_drops_lines_and_later_says_how_many),
		WITH_PIPE(lines_may_be_objects),
		WITH_PIPE(who_settles_has_been_read),
		WITH_PIPE(errno_survives_a_line),
		cmocka_unit_test(what_is_quoted_fits_and_says_that_it_was_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
