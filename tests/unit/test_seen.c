/* What people call themselves and say ends up on an operator's terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "seen.h"

static void
shows(const char *text, size_t width, bool pad, const char *expected)
{
	struct buf b = BUF_INIT;

	seen_put_text(&b, text, width, pad);
	buf_char(&b, '\0');
	assert_string_equal(b.at, expected);
	buf_fini(&b);
}

static void
text_steers_nothing(void **state)
{
	(void)state;
	shows("a\033[31mb\r\nc", 0, false, "a?[31mb??c");
	shows("a\xc2\x9b" "2J", 0, false, "a?2J");	  /* C1: CSI in one character */
	shows("a\xe2\x80\xae" "b", 0, false, "a?b");	  /* turns round what follows */
	shows("a\xff\xc3", 0, false, "a??");		  /* no UTF-8 */
	shows("Ж€😀", 0, false, "Ж€😀");
}

static void
text_is_cut_and_filled_by_characters(void **state)
{
	(void)state;
	shows("ann", 5, true, "ann  ");
	shows("Жанна", 5, true, "Жанна");
	shows("Жаннаа", 5, true, "Жанн…");
	shows("annabel", 5, false, "anna…");
	shows("", 2, true, "  ");
}

static void
puts_line(const char *json, bool text, bool as_json, const char *expected)
{
	struct seen s = { .room = "zoom/r1", .who = "", .event = "", .target = "", .size = 9 };
	cJSON *message = cJSON_Parse(json);
	struct buf b = BUF_INIT;

	seen_read(&s, message, text);
	if (as_json)
		seen_put_json(&b, &s);
	else
		seen_put(&b, &s);
	buf_char(&b, '\0');
	assert_string_equal(b.at, expected);
	buf_fini(&b);
	cJSON_Delete(message);
}

static const char chat[] = "{\"event\":\"add_chat\",\"payload\":{\"clientId\":\"ann\","
			   "\"chatContent\":\"a\\u001bb\"},\"seq\":17,\"ts\":3723004}";

static void
a_line_has_its_columns_and_no_text_unless_asked(void **state)
{
	(void)state;
	puts_line(chat, false, false, "01:02:03.004 zoom/r1                  17 ann              "
				      "add_chat           *                    9\n");
	puts_line(chat, true, false, "01:02:03.004 zoom/r1                  17 ann              "
				     "add_chat           *                    9 "
				     "{\"clientId\":\"ann\",\"chatContent\":\"a\\u001bb\"}\n");
	puts_line(chat, false, true, "{\"time\":3723004,\"seq\":17,\"room\":\"zoom/r1\","
				     "\"who\":\"ann\",\"event\":\"add_chat\",\"size\":9}");
}

/* Whatever a message lacks is shown as lacking. */
static void
a_message_may_say_nothing(void **state)
{
	(void)state;
	puts_line("[]", true, true, "{\"time\":0,\"seq\":0,\"room\":\"zoom/r1\",\"size\":9}");
	puts_line("{\"event\":1,\"payload\":\"x\"}", false, true,
	    "{\"time\":0,\"seq\":0,\"room\":\"zoom/r1\",\"size\":9}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_steers_nothing),
		cmocka_unit_test(text_is_cut_and_filled_by_characters),
		cmocka_unit_test(a_line_has_its_columns_and_no_text_unless_asked),
		cmocka_unit_test(a_message_may_say_nothing),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
