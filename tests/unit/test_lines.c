/* test_lines – what a client may write in one piece or in many, and how its next message survives a
 * broken one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bounds.h"
#include "lines.h"

/* What was told, one line each: `ok MESSAGE` or `WORD`. */
static void
note(struct buf *to, const struct line *told)
{
	if (told->kind == LINE_MESSAGE) {
		buf_str(to, "ok ");
		json_compact(to, told->message);
	} else {
		buf_str(to, problem_table[told->problem].word);
		if (told->id.len > 0) {
			buf_str(to, " id=");
			buf_add(to, told->id.at, told->id.len);
		}
	}
	buf_char(to, '\n');
}

static void
feed(struct lines *l, const char *bytes, size_t n, size_t piece, struct buf *to)
{
	for (size_t from = 0; from < n; from += piece) {
		/* On the heap and exact: a sanitizer sees a read past the piece. */
		size_t len = n - from < piece ? n - from : piece;
		char *copy = memcpy(malloc(len), bytes + from, len);
		const char *at = copy;
		struct line told;

		for (;;) {
			lines_next(l, &at, &len, &told);
			if (told.kind == LINE_NONE)
				break;
			note(to, &told);
		}
		assert_int_equal(len, 0);
		free(copy);
	}
}

/* Whatever the pieces, the same is told. */
static void
told(const char *bytes, size_t n, const char *expected)
{
	static const size_t pieces[] = { 1, 2, 3, 7, 1 << 20 };

	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		struct buf got = BUF_INIT;
		struct lines l;

		lines_init(&l);
		feed(&l, bytes, n, pieces[i], &got);
		buf_char(&got, '\0');
		assert_string_equal(got.at, expected);
		buf_fini(&got);
		lines_fini(&l);
	}
}
#define TOLD(literal, expected) told(literal, sizeof literal - 1, expected)

#define PING "{\"event\":\"ping\"}\n"
#define OK_PING "ok {\"event\":\"ping\"}\n"

static void
a_line_is_a_message(void **state)
{
	(void)state;
	TOLD(PING, OK_PING);
	TOLD(PING PING, OK_PING OK_PING);
	TOLD(" \t" PING, OK_PING);
	TOLD("{\"event\":\"ping\"} \r\n", OK_PING);
	TOLD("{\"event\":\"ping\"}", ""); /* the newline may still bring more */
}

static void
blank_lines_between_messages_are_nothing(void **state)
{
	(void)state;
	TOLD("\n\r\n  \n\t\n" PING "\n\n" PING "\n", OK_PING OK_PING);
}

static void
several_lines_make_one_message(void **state)
{
	(void)state;
	TOLD("{\n  \"event\": \"offer\",\n\n  \"payload\": {\n    \"sdp\": null\n  }\n}\n" PING,
	    "ok {\"event\":\"offer\",\"payload\":{\"sdp\":null}}\n" OK_PING);
}

static void
a_message_is_an_object_with_an_event(void **state)
{
	(void)state;
	TOLD("[]\n17\n\"ping\"\nnull\n{}\n{\"event\":1}\n{\"Event\":\"ping\"}\n" PING,
	    "bad_message\nbad_message\nbad_message\nbad_message\nbad_message\nbad_message\nbad_message\n"
	    OK_PING);
	TOLD("{\"id\":\"a\",\"payload\":{}}\n", "bad_message id=\"a\"\n");
	TOLD("{\"\\u0065vent\":\"ping\"}\n", "ok {\"\\u0065vent\":\"ping\"}\n");
}

static void
broken_json_is_told_and_the_next_line_is_good(void **state)
{
	(void)state;
	TOLD("nonsense\n" PING, "bad_json\n" OK_PING);
	TOLD("{\"event\":\"ping\"} x\n" PING, "bad_json\n" OK_PING);
	TOLD("{\"event\":\"ping\"}{\"event\":\"ping\"}\n" PING, "bad_json\n" OK_PING);
	TOLD("{\"event\":\"pi\n" PING, "bad_json\n" OK_PING);
	TOLD("{\"event\":}\n" PING, "bad_json\n" OK_PING);
	TOLD("}\n" PING, "bad_json\n" OK_PING);
	TOLD("x\n " PING, "bad_json\n" OK_PING); /* one line was refused: no rest of it follows */
}

/* It comes without a newline, so the message behind it is on its line. */
static void
binary_input_is_told_at_once_and_takes_the_next_message_with_it(void **state)
{
	(void)state;
	TOLD("\x00\xff\x01", "bad_json\n");
	TOLD("\x00\xff\x01" PING PING, "bad_json\n" OK_PING);
	TOLD("{\"event\":\"ping\"}" PING PING, "bad_json\n" OK_PING);
}

static void
an_unfinished_message_is_told_when_the_next_one_begins(void **state)
{
	(void)state;
	TOLD("{\"event\":\"offer\",\n" PING PING, "bad_json\n" OK_PING OK_PING);
	TOLD("{\n" PING, "bad_json\n" OK_PING);
	TOLD("{\"event\":\"x\"\n{\"event\":\"y\"\n" PING, "bad_json\nbad_json\n" OK_PING);
	/* Good as a value, but nobody prints a message so. */
	TOLD("{\"a\":[\n" PING PING, "bad_json\n" OK_PING OK_PING);
	TOLD("{\"a\":\n{\"x\":1}}\n" PING, "bad_message\n" OK_PING);
	/* The second line is good as an element, but its own end is not. */
	TOLD("{\"a\":[\n{\"event\":\"x\"},{\"event\":tru,\n" PING, "bad_json\nbad_json\n" OK_PING);
}

static void
the_rest_of_a_refused_message_is_dropped(void **state)
{
	(void)state;
	TOLD("{\n  \"event\": offer,\n  \"payload\": {\n  },\n\n\"id\": 1\n}\n]\n,\n" PING,
	    "bad_json\n" OK_PING);
	TOLD("{\n  \"event\": offer,\n  \"x\": 1\n}\nnonsense\n" PING, "bad_json\nbad_json\n" OK_PING);
}

static void
a_message_of_the_largest_size_passes_and_one_byte_more_does_not(void **state)
{
	static char text[MESSAGE_MAX + 64], expected[MESSAGE_MAX + 64];
	static const char head[] = "{\"event\":\"message\",\"data\":\"";

	(void)state;
	memset(text, 'x', sizeof text);
	memcpy(text, head, sizeof head - 1);
	memcpy(text + MESSAGE_MAX - 2, "\"}\n" PING, 3 + strlen(PING));
	snprintf(expected, sizeof expected, "ok %.*s\n" OK_PING, MESSAGE_MAX, text);
	told(text, MESSAGE_MAX + 1 + strlen(PING), expected);
	memcpy(text + MESSAGE_MAX - 2, "x\"}\n" PING, 4 + strlen(PING));
	told(text, MESSAGE_MAX + 2 + strlen(PING), "too_large\n" OK_PING);
}

static void
a_large_message_of_many_lines_is_told_once(void **state)
{
	static char text[3 * MESSAGE_MAX];
	size_t n = 0;

	(void)state;
	n += (size_t)sprintf(text, "{\"event\":\"x\",\"a\":[\n");
	while (n < 2 * MESSAGE_MAX)
		n += (size_t)sprintf(text + n, "  \"filler\",\n");
	n += (size_t)sprintf(text + n, "  0\n]\n}\n" PING);
	told(text, n, "too_large\n" OK_PING);
}

static void
bad_messages_in_a_row_are_counted_and_a_good_one_ends_the_row(void **state)
{
	struct buf got = BUF_INIT;
	struct lines l;

	(void)state;
	lines_init(&l);
	feed(&l, "x\n[]\n{}\n", 8, 100, &got);
	assert_int_equal(l.bad, 3);
	feed(&l, PING, strlen(PING), 100, &got);
	assert_int_equal(l.bad, 0);
	lines_fini(&l);
	buf_fini(&got);
}

static void
no_memory_is_held_between_messages(void **state)
{
	static const char text[] = PING "nonsense\n[]\n";
	const char *at = text;
	size_t len = sizeof text - 1;
	struct lines l;
	struct line told_line;

	(void)state;
	lines_init(&l);
	do
		lines_next(&l, &at, &len, &told_line);
	while (told_line.kind != LINE_NONE);
	assert_null(l.text.at);
	lines_fini(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_a_message),
		cmocka_unit_test(blank_lines_between_messages_are_nothing),
		cmocka_unit_test(several_lines_make_one_message),
		cmocka_unit_test(a_message_is_an_object_with_an_event),
		cmocka_unit_test(broken_json_is_told_and_the_next_line_is_good),
		cmocka_unit_test(binary_input_is_told_at_once_and_takes_the_next_message_with_it),
		cmocka_unit_test(an_unfinished_message_is_told_when_the_next_one_begins),
		cmocka_unit_test(the_rest_of_a_refused_message_is_dropped),
		cmocka_unit_test(a_message_of_the_largest_size_passes_and_one_byte_more_does_not),
		cmocka_unit_test(a_large_message_of_many_lines_is_told_once),
		cmocka_unit_test(bad_messages_in_a_row_are_counted_and_a_good_one_ends_the_row),
		cmocka_unit_test(no_memory_is_held_between_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
