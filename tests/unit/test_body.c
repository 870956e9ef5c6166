/* body – the little language of payloads: it drives what is let in, and tests what goes out. */
#include "body.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "event.h"
#include "message.h"

static struct json_span
span(const char *text)
{
	return json_root(text, strlen(text));
}

static int
check(const char *body, const char *payload)
{
	char why[128];

	return body_check(body, span(payload), why, sizeof(why));
}

/* A rule nobody can read is our bug: it would refuse or admit everything. */
static bool
is_of_the_language(const char *rule)
{
	static const char *const types[] = { "any", "bool", "object", "id", "text(", "int(", "word(",
		"client" };
	const char *colon = strchr(rule, ':');
	size_t known = 0;

	if (strcmp(rule, "...") == 0)
		return true;
	if (colon == NULL || colon - rule >= 32 || strlen(colon) >= 128)
		return false;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		known += strncmp(colon + 1, types[i], strlen(types[i])) == 0;
	return known == 1;
}

static void
expect_readable(const char *name, const char *text)
{
	char body[1024], *rest = body, *rule;

	assert_true(strlen(text) < sizeof(body));
	snprintf(body, sizeof(body), "%s", text);
	while ((rule = strsep(&rest, " ")) != NULL && *rule != '\0')
		if (!is_of_the_language(rule))
			fail_msg("%s: %s", name, rule);
}

static void
every_body_of_the_tables_is_of_the_language(void **state)
{
	(void)state;
	for (enum event_kind k = 0; k < EVENTS; k++)
		expect_readable(event_table[k].name, event_table[k].body);
	for (enum message m = 0; m < MESSAGES; m++)
		expect_readable(message_table[m].name, message_table[m].payload);
}

/* Which of two counts, readers differ: the broker would decide by the one, and whoever it hands the
 * payload on to would see the other. */
static void
a_field_that_stands_there_twice_is_refused_however_it_is_spelt(void **state)
{
	char payload[256], why[128], expected[128];
	int events = 0;

	(void)state;
	for (enum event_kind k = 0; k < EVENTS; k++) {
		const char *body = event_table[k].body;
		int n = (int)strcspn(body, ":");

		if (body[0] == '\0')
			continue;
		snprintf(payload, sizeof(payload), "{\"%.*s\":null,\"x\":1,\"\\u%04x%.*s\":null}", n,
		    body, (unsigned)body[0], n - 1, body + 1);
		snprintf(expected, sizeof(expected), "%.*s: expected once", n, body);
		assert_int_equal(body_check(body, span(payload), why, sizeof(why)), -1);
		assert_string_equal(why, expected);
		events++;
	}
	assert_true(events > 20);
}

static void
types_accept_what_they_say_and_nothing_else(void **state)
{
	static const struct {
		const char *body, *payload;
		int rc;
	} rows[] = {
		{ "a:any!", "{\"a\":null}", 0 },
		{ "a:any!", "{}", -1 },
		{ "a:bool", "{}", 0 },
		{ "a:bool", "{\"a\":null}", 0 },
		{ "a:bool!", "{\"a\":null}", -1 },
		{ "a:bool!", "{\"a\":false}", 0 },
		{ "a:bool!", "{\"a\":0}", -1 },
		{ "a:object!", "{\"a\":{}}", 0 },
		{ "a:object!", "{\"a\":[]}", -1 },
		{ "a:id!", "{\"a\":\"x\"}", 0 },
		{ "a:id!", "{\"a\":\"\"}", -1 },
		{ "a:id!", "{\"a\":5}", -1 },
		{ "a:text(1-3)!", "{\"a\":\"\\u00e4\\u00e4\xc3\xa4\"}", 0 },
		{ "a:text(1-3)!", "{\"a\":\"abcd\"}", -1 },
		{ "a:text(1-3)!", "{\"a\":\"\"}", -1 },
		{ "a:text(0-3)!", "{\"a\":\"\"}", 0 },
		{ "a:text(1-3)!", "{\"a\":true}", -1 },
		{ "a:int(0-9)!", "{\"a\":9}", 0 },
		{ "a:int(0-9)!", "{\"a\":10}", -1 },
		{ "a:int(0-9)!", "{\"a\":-1}", -1 },
		{ "a:int(0-9)!", "{\"a\":1.0}", -1 },
		{ "a:int(0-9)!", "{\"a\":99999999999999999999999}", -1 },
		{ "a:int(0-9)!", "{\"a\":\"1\"}", -1 },
		{ "a:word(x|yy)!", "{\"a\":\"yy\"}", 0 },
		{ "a:word(x|yy)!", "{\"a\":\"y\"}", -1 },
		{ "a:word(x|yy)!", "{\"a\":\"\"}", -1 },
		{ "a:word(x|yy)!", "{\"a\":\"x|yy\"}", -1 },
		{ "a:bool b:bool!", "{\"a\":true,\"b\":true,\"c\":5}", 0 },
		{ "a:bool b:bool!", "{\"b\":true,\"a\":7}", -1 },
		{ "a:text(1-3)[]!", "{\"a\":[\"x\",\"yy\"]}", 0 },
		{ "a:text(1-3)[]!", "{\"a\":[]}", 0 },
		{ "a:text(1-3)[]!", "{\"a\":[\"x\",\"\"]}", -1 },
		{ "a:text(1-3)[]!", "{\"a\":\"x\"}", -1 },
		{ "a:client!", "{\"a\":{\"clientId\":\"x\",\"displayName\":\"X\"}}", 0 },
		{ "a:client!", "{\"a\":{\"clientId\":\"x\"}}", -1 },
		{ "a:client!", "{\"a\":{\"clientId\":\"x\",\"displayName\":\"X\",\"b\":1}}", -1 },
		{ "a:client[]", "{\"a\":[{\"clientId\":\"x\",\"displayName\":\"X\"}]}", 0 },
		{ "a:client[]", "{\"a\":[{\"clientId\":\"x\",\"displayName\":\"X\"},{}]}", -1 },
		{ "a:client[]", "{\"a\":{}}", -1 },
		{ "a:bool! ...", "{\"a\":true,\"b\":1}", 0 },
		{ "a:bool! ...", "{\"b\":1}", -1 },
		{ "a:bool b:bool", "{\"a\":true,\"b\":true,\"b\":true}", -1 },
		{ "a:any! ...", "{\"a\":1,\"b\":{},\"a\":1}", -1 },
		{ "a:any! ...", "{\"b\":1,\"b\":2,\"a\":{\"a\":1,\"a\":2}}", 0 },
		{ "", "{}", 0 },
		{ "", "[]", -1 },
		{ "", "null", -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (check(rows[i].body, rows[i].payload) != rows[i].rc)
			fail_msg("%s %s: expected %d", rows[i].body, rows[i].payload, rows[i].rc);
}

static void
id_of_256_bytes_is_too_long(void **state)
{
	char payload[300];

	(void)state;
	memset(payload, 'x', sizeof(payload));
	memcpy(payload, "{\"a\":\"", 6);
	memcpy(payload + 6 + 255, "\"}", 3);
	assert_int_equal(check("a:id!", payload), 0);
	memset(payload + 6 + 255, 'x', 1);
	memcpy(payload + 6 + 256, "\"}", 3);
	assert_int_equal(check("a:id!", payload), -1);
}

static void
complaint_names_the_field_and_what_was_expected(void **state)
{
	char why[128];

	(void)state;
	assert_int_equal(body_check("a:bool b:int(1-5)!", span("{\"b\":9}"), why, sizeof(why)), -1);
	assert_string_equal(why, "b: expected int(1-5)");
}

static void
what_we_send_has_no_field_that_is_not_named(void **state)
{
	static const struct {
		const char *body, *payload;
		int rc;
	} rows[] = {
		{ "a:bool b:bool", "{\"a\":true}", 0 },
		{ "a:bool b:bool", "{\"a\":true,\"c\":true}", -1 },
		{ "a:bool b:bool ...", "{\"a\":true,\"c\":true}", 0 },
		{ "a:bool!", "{\"b\":true}", -1 },
		{ "", "{}", 0 },
		{ "", "{\"a\":1}", -1 },
		{ "a:bool", "[{\"a\":true}]", -1 },
		{ "[a:bool! b:int(0-9)]", "[]", 0 },
		{ "[a:bool! b:int(0-9)]", "[{\"a\":true},{\"a\":true,\"b\":9}]", 0 },
		{ "[a:bool! b:int(0-9)]", "[{\"a\":true},{\"a\":true,\"b\":10}]", -1 },
		{ "[a:bool! b:int(0-9)]", "[{\"a\":true},{\"a\":true,\"c\":1}]", -1 },
		{ "[a:bool! b:int(0-9)]", "[{\"a\":true},{\"b\":1}]", -1 },
		{ "[a:bool! b:int(0-9)]", "{\"a\":true}", -1 },
		{ "[a:client[]]", "[{\"a\":[]}]", 0 },
		{ "[a:client[]]", "[{\"a\":[1]}]", -1 },
	};
	char why[128];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (body_check_exactly(rows[i].body, span(rows[i].payload), why, sizeof(why)) != rows[i].rc)
			fail_msg("%s %s: expected %d", rows[i].body, rows[i].payload, rows[i].rc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_body_of_the_tables_is_of_the_language),
		cmocka_unit_test(a_field_that_stands_there_twice_is_refused_however_it_is_spelt),
		cmocka_unit_test(types_accept_what_they_say_and_nothing_else),
		cmocka_unit_test(id_of_256_bytes_is_too_long),
		cmocka_unit_test(complaint_names_the_field_and_what_was_expected),
		cmocka_unit_test(what_we_send_has_no_field_that_is_not_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
