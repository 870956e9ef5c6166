/* event – the table, and the little language of its bodies. */
#include "event.h"

#include "bye.h"
#include "notice.h"
#include "problem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct json_span
span(const char *text)
{
	return json_root(text, strlen(text));
}

static int
check(const char *body, const char *payload)
{
	char why[128];

	return event_body_check(body, span(payload), why, sizeof(why));
}

static void
events_are_found_by_name_and_alias_as_decoded(void **state)
{
	(void)state;
	for (enum event_kind k = 0; k < EVENTS; k++) {
		char text[64];

		snprintf(text, sizeof(text), "\"%s\"", event_table[k].name);
		assert_int_equal(event_find(span(text)), k);
		if (event_table[k].alias == NULL)
			continue;
		snprintf(text, sizeof(text), "\"%s\"", event_table[k].alias);
		assert_int_equal(event_find(span(text)), k);
	}
	assert_int_equal(event_find(span("\"\\u006fffer\"")), EVENT_OFFER);
	assert_int_equal(event_find(span("\"Offer\"")), EVENTS);
	assert_int_equal(event_find(span("\"\"")), EVENTS);
}

/* A row nobody can read is our bug: it would refuse or admit everything. */
static void
every_body_is_of_the_language(void **state)
{
	static const char *const types[] = { "any", "bool", "object", "id", "text(", "int(", "word(" };

	(void)state;
	for (enum event_kind k = 0; k < EVENTS; k++) {
		char body[256], *rest = body, *rule;

		snprintf(body, sizeof(body), "%s", event_table[k].body);
		while ((rule = strsep(&rest, " ")) != NULL && *rule != '\0') {
			const char *colon = strchr(rule, ':');
			size_t known = 0;

			assert_non_null(colon);
			assert_true(colon - rule < 32 && strlen(colon) < 64);
			for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
				known += strncmp(colon + 1, types[i], strlen(types[i])) == 0;
			assert_int_equal(known, 1);
		}
	}
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
	assert_int_equal(event_body_check("a:bool b:int(1-5)!", span("{\"b\":9}"), why, sizeof(why)), -1);
	assert_string_equal(why, "b: expected int(1-5)");
}

static void
table_is_described_one_line_an_event(void **state)
{
	struct buf b = BUF_INIT;
	size_t lines = 0, tabs = 0;

	(void)state;
	event_describe(&b);
	for (size_t i = 0; i < b.len; i++) {
		lines += b.at[i] == '\n';
		tabs += b.at[i] == '\t';
	}
	assert_int_equal(lines, EVENTS + 1);
	assert_int_equal(tabs, 5 * (EVENTS + 1));
	buf_fini(&b);
}

/* The protocol's ranges: 40xx do not come back, 41xx come back. */
static void
bye_codes_are_unique_and_tell_whether_to_come_back(void **state)
{
	(void)state;
	for (enum bye b = 0; b < BYES; b++) {
		assert_true(bye_table[b].code >= 4000 && bye_table[b].code < 4200);
		assert_int_equal(bye_table[b].reconnect, bye_table[b].code >= 4100);
		for (enum bye other = 0; other < b; other++)
			assert_int_not_equal(bye_table[b].code, bye_table[other].code);
	}
}

static void
words_are_described_one_line_each(void **state)
{
	static void (*const describe[])(struct buf *) = { notice_describe, problem_describe,
		bye_describe };
	const size_t rows[] = { notice_count, PROBLEMS - 1, BYES };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct buf b = BUF_INIT;
		size_t lines = 0;

		describe[i](&b);
		for (size_t at = 0; at < b.len; at++)
			lines += b.at[at] == '\n';
		assert_int_equal(lines, rows[i] + 1);
		buf_fini(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_found_by_name_and_alias_as_decoded),
		cmocka_unit_test(every_body_is_of_the_language),
		cmocka_unit_test(types_accept_what_they_say_and_nothing_else),
		cmocka_unit_test(id_of_256_bytes_is_too_long),
		cmocka_unit_test(complaint_names_the_field_and_what_was_expected),
		cmocka_unit_test(table_is_described_one_line_an_event),
		cmocka_unit_test(bye_codes_are_unique_and_tell_whether_to_come_back),
		cmocka_unit_test(words_are_described_one_line_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
