/* test_cgi – from the gateway's environment to the broker's JOIN, and nothing secret left behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cgi.h"
#include "frame.h"

static struct cgi c;

/* A copy that may be written to, as a process's environment may. */
static char **
environment_of(const char *const *variables)
{
	static char *copy[16];
	size_t n = 0;

	for (; variables[n] != NULL; n++)
		copy[n] = strdup(variables[n]);
	copy[n] = NULL;
	return copy;
}

static void
environment_free(char **environment)
{
	for (; *environment != NULL; environment++)
		free(*environment);
}

static enum refusal
read_from(const char *const *variables)
{
	char **environment = environment_of(variables);
	enum refusal why = cgi_read(&c, environment, 4711);

	environment_free(environment);
	return why;
}
#define READ(...) read_from((const char *const[]){ __VA_ARGS__, NULL })

static void
the_join_says_what_the_gateway_said(void **state)
{
	static const struct {
		enum field field;
		const char *value;
	} expected[] = {
		{ FIELD_ENDPOINT, "chat" }, { FIELD_ROOM, "r1" }, { FIELD_TOKEN, "aa.bb.cc" },
		{ FIELD_ORIGIN, "http://localhost:3000" }, { FIELD_CONNECTION, "0123456789abcdef" },
		{ FIELD_CAPS, "batch,delta" }, { FIELD_RESUME, "e1.17" },
		{ FIELD_ADDRESS, "2001:db8::7" },
	};
	struct buf join = BUF_INIT;
	struct fields fields;
	struct frame f;

	(void)state;
	assert_int_equal(READ("PATH_INFO=/ws/chat/r1", "HTTP_ORIGIN=http://localhost:3000",
	    "QUERY_STRING=token=aa.bb.cc&caps=delta,batch&resume=e1.17",
	    "HTTP_X_REQUEST_ID=0123456789abcdef", "UNIQUE_ID=17",
	    "HTTP_X_REAL_IP=2001:db8::7\nx"), REFUSED_NOT);
	cgi_put_join(&c, &join);
	const uint8_t *at = (const uint8_t *)join.at;
	size_t len = join.len;
	assert_int_equal(frame_next(&at, &len, &f), 1);
	assert_int_equal(f.kind, FRAME_JOIN);
	assert_int_equal(fields_read(&fields, f.body, f.len), 0);
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
		char value[64];
		assert_true(field_copy(&fields, expected[i].field, value, sizeof value) >= 0);
		assert_string_equal(value, expected[i].value);
	}
	assert_int_equal(len, 0);
	buf_fini(&join);
}

static void
the_largest_request_still_makes_one_join(void **state)
{
	static char query[TOKEN_MAX + 200] = "QUERY_STRING=caps=batch,delta&resume="
	    "12345678901234567890123456789012.18446744073709551615&token=";
	static char path[32 + ROOM_ID_MAX] = "PATH_INFO=/ws/screenshare/", origin[ORIGIN_MAX + 32];
	struct buf join = BUF_INIT;

	(void)state;
	memset(query + strlen(query), 'a', TOKEN_MAX);
	memset(path + strlen(path), 'r', ROOM_ID_MAX);
	snprintf(origin, sizeof origin, "HTTP_ORIGIN=%0*d", ORIGIN_MAX, 0);
	assert_int_equal(READ(path, query, origin, "HTTP_X_REQUEST_ID=01234567890123456789012345678901"),
	    REFUSED_NOT);
	cgi_put_join(&c, &join);
	assert_false(buf_failed(&join));
	/* Grown later, it would have left a copy of the token behind. */
	assert_int_equal(join.cap, FRAME_HEAD + TOKEN_MAX + 1024);
	buf_fini(&join);
}

static void
what_has_no_form_is_refused_before_the_broker_is_asked(void **state)
{
	static char origin[ORIGIN_MAX + 32];

	(void)state;
	snprintf(origin, sizeof origin, "HTTP_ORIGIN=%0*d", ORIGIN_MAX + 1, 0);
	assert_int_equal(READ("QUERY_STRING=token=a"), REFUSED_NOT_FOUND);
	assert_int_equal(READ("PATH_INFO=/ws/chat/a b", "QUERY_STRING=token=a"), REFUSED_BAD_ROOM);
	assert_int_equal(READ("PATH_INFO=/ws/chat/r"), REFUSED_TOKEN_MISSING);
	assert_int_equal(READ("PATH_INFO=/ws/chat/r", "QUERY_STRING=", "HTTP_AUTHORIZATION=Bearer a.b"),
	    REFUSED_NOT);
	assert_int_equal(READ("PATH_INFO=/ws/chat/r", "QUERY_STRING=token=a", origin), REFUSED_ORIGIN);
}

/* It stands in every log line, so no client may write there what it likes. */
static void
a_connection_always_has_a_harmless_name(void **state)
{
	(void)state;
	READ("HTTP_X_REQUEST_ID=ab12\nforged line", "UNIQUE_ID=17");
	assert_string_equal(c.connection, "ab12");
	READ("HTTP_X_REQUEST_ID= x", "UNIQUE_ID=1469041934");
	assert_string_equal(c.connection, "1469041934");
	READ("PATH_INFO=/");
	assert_string_equal(c.connection, "4711");
	READ("HTTP_X_REQUEST_ID=0123456789012345678901234567890123456789");
	assert_int_equal(strlen(c.connection), CONNECTION_ID_MAX);
}

static void
nothing_stays_in_the_environment(void **state)
{
	static const char *const variables[] = { "PATH_INFO=/ws/chat/r1", "QUERY_STRING=token=se.cr.et",
		"REQUEST_URI=/ws/chat/r1?token=se%2Ecr.et", "HTTP_AUTHORIZATION=Bearer other",
		"HTTP_COOKIE=last=se.cr.et; x", "HTTP_USER_AGENT=curl", NULL };
	char **environment = environment_of(variables);

	(void)state;
	assert_int_equal(cgi_read(&c, environment, 1), REFUSED_NOT);
	cgi_wipe(&c, environment);
	for (size_t i = 0; variables[i] != NULL; i++)
		for (size_t at = 0; at < strlen(variables[i]); at++)
			assert_int_equal(environment[i][at], 0);
	assert_string_equal(c.request.token, "");
	environment_free(environment);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_join_says_what_the_gateway_said),
		cmocka_unit_test(the_largest_request_still_makes_one_join),
		cmocka_unit_test(what_has_no_form_is_refused_before_the_broker_is_asked),
		cmocka_unit_test(a_connection_always_has_a_harmless_name),
		cmocka_unit_test(nothing_stays_in_the_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
