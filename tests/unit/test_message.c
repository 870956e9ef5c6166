/* message – the table of what clients are told, and the list of words beside it. That every message
 * is of a row and of its form is looked at by room_world.h, in all tests of rooms. */
#include "message.h"

#include "bye.h"
#include "problem.h"
#include "refusal.h"
#include "words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
messages_are_found_by_name(void **state)
{
	(void)state;
	for (enum message m = 0; m < MESSAGES; m++) {
		char text[64];

		snprintf(text, sizeof(text), "\"%s\"", message_table[m].name);
		assert_int_equal(message_find(json_root(text, strlen(text))), m);
	}
	assert_int_equal(message_find(json_root("\"Bye\"", 5)), MESSAGES);
}

/* Clients know an event by one name, whichever way it goes. */
static void
an_event_is_handed_on_by_its_own_name(void **state)
{
	size_t relayed = 0;

	(void)state;
	for (enum event_kind k = 0; k < EVENTS; k++) {
		char text[64];
		enum message m;

		snprintf(text, sizeof(text), "\"%s\"", event_table[k].name);
		m = message_find(json_root(text, strlen(text)));
		if (m == MESSAGES || m == MESSAGE_PING || m == MESSAGE_PONG)
			continue;
		assert_int_equal(message_relaying(k), m);
		relayed++;
	}
	assert_int_equal(relayed, MESSAGES - MESSAGE_OFFER);
}

static void
expect_lines(void (*describe)(struct buf *to), size_t rows)
{
	struct buf b = BUF_INIT;
	size_t lines = 0, tabs = 0;

	describe(&b);
	for (size_t at = 0; at < b.len; at++) {
		lines += b.at[at] == '\n';
		tabs += b.at[at] == '\t';
	}
	assert_int_equal(lines, rows + 1);
	assert_int_equal(tabs, 3 * (rows + 1));
	buf_fini(&b);
}

static void
tables_are_described_one_line_a_row(void **state)
{
	(void)state;
	expect_lines(message_describe, MESSAGES);
	expect_lines(words_describe, PROBLEMS - 1 + BYES + REFUSALS - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_found_by_name),
		cmocka_unit_test(an_event_is_handed_on_by_its_own_name),
		cmocka_unit_test(tables_are_described_one_line_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
