/* title – written over arguments and environment, and over nothing else; whatever it says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bounds.h"
#include "title.h"

/* As the kernel puts them: the strings of both, one behind the other; then what is not ours. */
struct stack {
	char bytes[1024];
	size_t arguments, all;
	char *argv[4], *environment[4];
};

static char *
push(struct stack *s, size_t *at, const char *text)
{
	char *to = s->bytes + *at;

	strcpy(to, text);
	*at += strlen(text) + 1;
	return to;
}

static void
begin(struct stack *s, bool with_environment)
{
	size_t at = 0;

	*s = (struct stack){ 0 };
	memset(s->bytes, '#', sizeof(s->bytes));
	s->argv[0] = push(s, &at, "/usr/lib/beckon/beckon-handler");
	s->argv[1] = push(s, &at, "-c");
	s->argv[2] = push(s, &at, "FILE");
	s->arguments = at;
	s->environment[0] = push(s, &at, "PATH_INFO=/ws/zoom/r1");
	s->environment[1] = push(s, &at, "QUERY_STRING=token=abc");
	s->all = at;
	title_allow(true);
	title_begin(s->argv, with_environment ? s->environment : NULL);
}

static void
is_clean_from(const struct stack *s, size_t at, size_t end)
{
	for (; at < end; at++)
		assert_int_equal(s->bytes[at], 0);
	assert_int_equal(s->bytes[end], '#');
}

static void
a_title_takes_the_place_of_all_there_was(void **state)
{
	struct stack s;

	(void)state;
	begin(&s, true);
	title_set("handler: %s/%d", "zoom", 1);
	assert_string_equal(s.bytes, "handler: zoom/1");
	is_clean_from(&s, strlen(s.bytes), s.all);
	title_set("x");
	assert_string_equal(s.bytes, "x");
	is_clean_from(&s, 1, s.all);
}

static void
the_environment_stays_where_it_is_still_needed(void **state)
{
	char title[500];
	struct stack s;

	(void)state;
	memset(title, 'x', sizeof(title) - 1);
	title[sizeof(title) - 1] = '\0';
	begin(&s, false);
	title_set("%s", title);
	assert_string_equal(s.environment[0], "PATH_INFO=/ws/zoom/r1");
	assert_true(strlen(s.bytes) < s.arguments);
	assert_string_equal(s.bytes + strlen(s.bytes) - 3, "...");
}

/* A terminal shows it, and a title must not pass for two processes. */
static void
foreign_bytes_are_escaped_and_cut(void **state)
{
	char title[500];
	struct stack s;

	(void)state;
	begin(&s, true);
	title_set("h: %s", "a\n\x1b[1m\\\xc3\xa4");
	assert_string_equal(s.bytes, "h: a\\x0a\\x1b[1m\\\\\\xc3\\xa4");
	memset(title, '\n', sizeof(title) - 1);
	title[sizeof(title) - 1] = '\0';
	title_set("%s", title);
	assert_true(strlen(s.bytes) < s.all);
	is_clean_from(&s, strlen(s.bytes), s.all);
}

/* A program may have been started with strings that lie anywhere. */
static void
strings_that_lie_elsewhere_are_left_alone(void **state)
{
	char elsewhere[] = "ELSEWHERE=1";
	struct stack s;

	(void)state;
	begin(&s, true);
	s.environment[1] = elsewhere;
	title_begin(s.argv, s.environment);
	title_set("x");
	assert_string_equal(elsewhere, "ELSEWHERE=1");
	assert_string_equal(s.bytes + s.arguments + sizeof("PATH_INFO=/ws/zoom/r1"),
	    "QUERY_STRING=token=abc");
}

static void
where_titles_are_forbidden_nothing_changes(void **state)
{
	struct stack s;

	(void)state;
	begin(&s, true);
	title_allow(false);
	title_set("x");
	assert_string_equal(s.bytes, "/usr/lib/beckon/beckon-handler");
	s.argv[0] = NULL;
	title_begin(s.argv, s.environment);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_title_takes_the_place_of_all_there_was),
		cmocka_unit_test(the_environment_stays_where_it_is_still_needed),
		cmocka_unit_test(foreign_bytes_are_escaped_and_cut),
		cmocka_unit_test(strings_that_lie_elsewhere_are_left_alone),
		cmocka_unit_test(where_titles_are_forbidden_nothing_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
