/* adopt – lines of nginx and websocketd as objects, and a handler's object as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "adopt.h"
#include "json.h"

static char text[ADOPTED_MAX + 1];

static const char *
adopted_bytes(const char *line, size_t n)
{
	size_t len = adopt(text, "websocketd", line, n, INT64_C(1795632378123));

	assert_true(len < ADOPTED_MAX);
	assert_int_equal(text[len - 1], '\n');
	assert_true(json_valid(text, len - 1));
	text[len - 1] = '\0';
	return text;
}

static const char *
adopted(const char *line)
{
	return adopted_bytes(line, strlen(line));
}

#define BEFORE "Wed, 25 Nov 2026 19:02:17 +0000 | ERROR  | stderr     | url:'http://b/ws/zoom/r1' " \
	       "id:'1' remote:'127.0.0.1' command:'beckon-handler' origin:'file:' pid:'24021' | "

static void
a_handlers_object_goes_on_as_it_is(void **state)
{
	static const char object[] = "{\"time\":\"2026-11-25T19:02:17.000Z\",\"x\":\"a ' | {?b=c\"}";
	char line[512];

	(void)state;
	strcat(strcpy(line, BEFORE), object);
	assert_string_equal(adopted(line), object);
	assert_string_equal(adopted(object), object);
}

static void
what_only_looks_like_one_is_a_message(void **state)
{
	(void)state;
	assert_non_null(strstr(adopted("{\"time\":\"\xff\"}"), "\"message\":\"{\\\"time\\\":\\\"\\ufffd"));
	assert_non_null(strstr(adopted("{\"time\":\"x\" and more"), "\"message\""));
	assert_non_null(strstr(adopted("x {\"time\":\"x\"}"), "\"message\""));
	assert_non_null(strstr(adopted("{\"time\":\"}"), "\"message\""));
}

static void
nginx_says_its_level_and_its_process(void **state)
{
	(void)state;
	assert_string_equal(adopted("2026/11/25 19:02:17 [crit] 23966#23967: *5 connect() failed"),
	    "{\"time\":\"2026-11-25T18:46:18.123Z\",\"level\":\"crit\",\"program\":\"websocketd\","
	    "\"pid\":23966,\"connection\":\"-\",\"event\":\"line\",\"message\":\"*5 connect() failed\"}");
}

static void
other_lines_are_errors_of_the_program(void **state)
{
	(void)state;
	assert_string_equal(adopted("panic: \"x\"\t\\"),
	    "{\"time\":\"2026-11-25T18:46:18.123Z\",\"level\":\"error\",\"program\":\"websocketd\","
	    "\"pid\":null,\"connection\":\"-\",\"event\":\"line\",\"message\":\"panic: \\\"x\\\"\\u0009\\\\\"}");
	assert_null(strstr(adopted(""), "message"));
	adopted_bytes("a\0b", 3);
}

/* Tokens travel in queries. */
static void
a_query_is_cut_off(void **state)
{
	(void)state;
	assert_null(strstr(adopted("2026/11/25 19:02:17 [error] 1#1: request: \"GET /ws?token=x\""), "tok"));
	assert_null(strstr(adopted("GET /ws?token=x"), "tok"));
	assert_null(strstr(adopted("?token=x"), "tok"));
}

static void
a_line_of_any_length_becomes_one(void **state)
{
	char line[20000];

	(void)state;
	for (size_t n = 1; n <= sizeof(line); n += n < 3000 ? 13 : 5000) {
		memset(line, n % 2 ? 'x' : '\xff', n);
		adopted_bytes(line, n);
	}
	memset(line, 'x', sizeof(line));
	memcpy(line, "{\"time\":\"", 9);
	memcpy(line + 3000 - 2, "\"}", 2);
	assert_non_null(strstr(adopted_bytes(line, 3000), "\"cut\":true"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_handlers_object_goes_on_as_it_is),
		cmocka_unit_test(what_only_looks_like_one_is_a_message),
		cmocka_unit_test(nginx_says_its_level_and_its_process),
		cmocka_unit_test(other_lines_are_errors_of_the_program),
		cmocka_unit_test(a_query_is_cut_off),
		cmocka_unit_test(a_line_of_any_length_becomes_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
