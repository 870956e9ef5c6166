/* test_tell – the handler's own words: each is one line of JSON that a client can rely on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bounds.h"
#include "tell.h"

static struct outq q;

static int
start(void **state)
{
	(void)state;
	outq_init(&q, -1, OUT_QUEUE_MAX);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	outq_fini(&q);
	return 0;
}

static void
told(const char *expected)
{
	assert_int_equal(q.lines.len, strlen(expected));
	assert_memory_equal(q.lines.at, expected, q.lines.len);
	outq_cut(&q);
}

static struct json_span
id(const char *text)
{
	return (struct json_span){ text, strlen(text) };
}

static void
a_problem_has_a_word_a_reason_and_the_clients_own_id(void **state)
{
	(void)state;
	assert_int_equal(tell_problem(&q, PROBLEM_BAD_JSON, "a \"quote\"", id(""), 17), 0);
	told("{\"event\":\"error\",\"payload\":{\"code\":\"bad_json\",\"message\":"
	    "\"This is not JSON. (a \\\"quote\\\")\",\"event\":null},\"ts\":17}\n");
	assert_int_equal(tell_problem(&q, PROBLEM_BAD_JSON, NULL, id("\"a\\u0062\""), 17), 0);
	told("{\"event\":\"error\",\"payload\":{\"code\":\"bad_json\",\"message\":\"This is not JSON.\","
	    "\"event\":null},\"id\":\"a\\u0062\",\"ts\":17}\n");
}

/* An id that is none is not handed back: it may be a megabyte. */
static void
an_id_outside_the_protocol_is_left_out(void **state)
{
	static const char *const none[] = { "{}", "null", "1.5", "[1]", "true",
		"\"12345678901234567890123456789012345678901234567890123456789012345\"" };
	static const char *const some[] = { "7", "-1", "\"\"",
		"\"1234567890123456789012345678901234567890123456789012345678901234\"" };

	(void)state;
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		tell_problem(&q, PROBLEM_BAD_MESSAGE, NULL, id(none[i]), 1);
		assert_null(memmem(q.lines.at, q.lines.len, ",\"id\":", 6));
		outq_cut(&q);
	}
	for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
		tell_problem(&q, PROBLEM_BAD_MESSAGE, NULL, id(some[i]), 1);
		assert_non_null(memmem(q.lines.at, q.lines.len, ",\"id\":", 6));
		outq_cut(&q);
	}
}

static void
a_bye_says_whether_and_when_to_come_back(void **state)
{
	(void)state;
	assert_int_equal(tell_bye(&q, BYE_SLOW_CONSUMER, "slow_consumer", 1234, 17), 0);
	told("{\"event\":\"bye\",\"payload\":{\"code\":4101,\"reason\":\"slow_consumer\","
	    "\"reconnect\":true,\"retryAfterMs\":1234},\"ts\":17}\n");
	assert_int_equal(tell_bye(&q, BYE_BAD_INPUT, "bad_input", 1234, 17), 0);
	told("{\"event\":\"bye\",\"payload\":{\"code\":4006,\"reason\":\"bad_input\","
	    "\"reconnect\":false,\"retryAfterMs\":0},\"ts\":17}\n");
}

/* The upgrade was answered with 101, so a refusal can only be a bye: one that tells a client right
 * whether another try makes sense. */
static void
each_refusal_ends_in_the_bye_that_fits(void **state)
{
	static const struct {
		enum refusal why;
		int code;
		const char *reason;
	} rows[] = {
		{ REFUSED_NOT_FOUND, 4003, "not_found" },
		{ REFUSED_BAD_ROOM, 4003, "bad_room" },
		{ REFUSED_ORIGIN, 4003, "origin_not_allowed" },
		{ REFUSED_TOKEN_MISSING, 4003, "token_missing" },
		{ REFUSED_TOKEN_INVALID, 4003, "token_invalid" },
		{ REFUSED_TOKEN_EXPIRED, 4104, "expired" },
		{ REFUSED_ROOM_FORBIDDEN, 4003, "room_forbidden" },
		{ REFUSED_BANNED, 4002, "banned" },
		{ REFUSED_DENIED, 4003, "denied" },
		{ REFUSED_LOCKED, 4003, "room_locked" },
		{ REFUSED_FULL, 4003, "room_full" },
		{ REFUSED_TOO_MANY, 4103, "unavailable" },
		{ REFUSED_UNAVAILABLE, 4103, "unavailable" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(bye_table[tell_bye_for(rows[i].why)].code, rows[i].code);
		assert_string_equal(tell_reason_for(rows[i].why), rows[i].reason);
	}
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
	const struct CMUnitTest tests[] = {
		TEST(a_problem_has_a_word_a_reason_and_the_clients_own_id),
		TEST(an_id_outside_the_protocol_is_left_out),
		TEST(a_bye_says_whether_and_when_to_come_back),
		TEST(each_refusal_ends_in_the_bye_that_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
