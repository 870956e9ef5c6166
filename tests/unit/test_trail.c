/* Lines of several programs, each with its own idea of a time, become one story. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "trail.h"

static void
each_program_s_time_is_read(void **state)
{
	(void)state;
	assert_int_equal(trail_time("a3d3 2026-11-25T19:52:57+01:00 127.0.0.1 401"), 1795632777000);
	assert_int_equal(trail_time("Wed, 25 Nov 2026 18:52:57 +0000 | ERROR | x"), 1795632777000);
	assert_int_equal(trail_time("{\"time\":\"2026-11-25T18:52:57.250Z\",\"x\":1}"), 1795632777250);
	assert_int_equal(trail_time("1795632777.250123 host beckon-broker[1]: x"), 1795632777250);
	assert_int_equal(trail_time("beckon-broker[1]: a3d3 joined"), -1);
	assert_int_equal(trail_time(""), -1);
}

static void
read_text(struct trail *t, const char *source, const char *text)
{
	FILE *f = fmemopen((char *)(uintptr_t)text, strlen(text), "r");

	trail_read(t, f, source, "a3d3");
	fclose(f);
}

static void
lines_stand_in_the_order_of_a_connection_s_life(void **state)
{
	static const char *const order[] = { "authorizer", "handler", "broker", "handler", "access" };
	struct trail t = { NULL, 0, 0 };

	(void)state;
	read_text(&t, "access", "a3d3 2026-11-25T18:52:59+00:00 101\nb3d3 2026-11-25T18:52:50+00:00\n");
	read_text(&t, "broker", "beckon-broker[1]: a3d3 joined\nbeckon-broker[1]: a3d34 joined\n");
	read_text(&t, "authorizer", "beckon-authorizer[2]: a3d3 admitted\n");
	read_text(&t, "websocketd",
	    "Wed, 25 Nov 2026 18:52:57 +0000 | E | url:'x' | handler[3]: a3d3 opened\n"
	    "Wed, 25 Nov 2026 18:52:58 +0000 | E | url:'x' | handler[3]: a3d3 closed\n");
	trail_sort(&t);
	assert_int_equal(t.count, 5);
	for (size_t i = 0; i < t.count; i++)
		assert_string_equal(t.lines[i].source, order[i]);
	assert_string_equal(t.lines[1].text, "handler[3]: a3d3 opened");
	trail_fini(&t);
}

/* As systemd has them: milliseconds from the journal, and nginx's second from its file. */
static void
the_journal_s_lines_are_those_of_the_programs(void **state)
{
	static const char *const order[][2] = {
		{ "authorizer", "beckon-authorizer[2]: a3d3 admitted" },
		{ "handler", "handler[3]: a3d3 opened" },
		{ "broker", "beckon-broker[7]: a3d3 joined" },
		{ "handler", "handler[3]: a3d3 closed" },
		{ "access", "a3d3 2026-11-25T18:52:57+00:00 101" },
	};
	struct trail t = { NULL, 0, 0 };

	(void)state;
	read_text(&t, "access", "a3d3 2026-11-25T18:52:57+00:00 101\n");
	read_text(&t, "journal",
	    "1795632777.100000 vm beckon-authorizer[2]: beckon-authorizer[2]: a3d3 admitted\n"
	    "1795632777.200000 vm beckon-websocketd@2[9]: Wed, 25 Nov 2026 18:52:57 +0000 | ERROR | "
	    "url:'x' pid:'3' | handler[3]: a3d3 opened\n"
	    "1795632777.300000 vm beckon-broker[7]: beckon-broker[7]: a3d3 joined\n"
	    "1795632777.400000 vm beckon-websocketd@2[9]: Wed, 25 Nov 2026 18:52:57 +0000 | ERROR | "
	    "url:'x' pid:'3' | handler[3]: a3d3 closed\n");
	trail_sort(&t);
	assert_int_equal(t.count, 5);
	for (size_t i = 0; i < t.count; i++) {
		assert_string_equal(t.lines[i].source, order[i][0]);
		assert_string_equal(t.lines[i].text, order[i][1]);
	}
	trail_fini(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_program_s_time_is_read),
		cmocka_unit_test(lines_stand_in_the_order_of_a_connection_s_life),
		cmocka_unit_test(the_journal_s_lines_are_those_of_the_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
