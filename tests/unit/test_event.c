/* event – the table of what clients may send. */
#include "event.h"

#include "bye.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_found_by_name_and_alias_as_decoded),
		cmocka_unit_test(table_is_described_one_line_an_event),
		cmocka_unit_test(bye_codes_are_unique_and_tell_whether_to_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
