/* test_buf – bytes in, bytes out; and what becomes of text in a JSON string. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"

static void
holds(struct buf *b, const char *expected)
{
	assert_false(buf_failed(b));
	assert_int_equal(b->len, strlen(expected));
	if (b->len > 0)
		assert_memory_equal(b->at, expected, b->len);
	buf_fini(b);
}

static void
what_was_appended_stands_in_order(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_str(&b, "a");
	buf_char(&b, '-');
	buf_int(&b, INT64_MIN);
	buf_char(&b, ' ');
	buf_int(&b, 0);
	buf_fmt(&b, " %s%03d", "x", 7);
	buf_add(&b, "", 0);
	holds(&b, "a--9223372036854775808 0 x007");
}

static void
a_buffer_grows_past_any_first_size(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_char(&b, (char)i);
	assert_int_equal(b.len, 100000);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(b.at[i], (char)i);
	buf_fini(&b);
}

/* A size from outside must end as a failure, not as a wrapped sum. */
static void
a_size_past_all_memory_is_a_remembered_failure(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_str(&b, "kept");
	assert_null(buf_reserve(&b, SIZE_MAX - 2));
	assert_true(buf_failed(&b));
	buf_str(&b, "lost");
	assert_int_equal(b.len, 4);
	buf_fini(&b);
	assert_false(buf_failed(&b));
}

static void
drop_cuts_off_the_front(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_str(&b, "0123456789");
	buf_drop(&b, 0);
	buf_drop(&b, 4);
	holds(&b, "456789");
}

static void
drop_of_everything_leaves_an_empty_buffer(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_str(&b, "0123456789");
	buf_drop(&b, 10);
	holds(&b, "");
}

static void
a_json_string_escapes_what_must_not_stand_there(void **state)
{
	static const char raw[] = "a\"b\\c\n\t\x01\x00\x7f\xe2\x80\xa8\xe2\x80\xa9\xc2\x85z";
	struct buf b = BUF_INIT;

	(void)state;
	buf_json(&b, raw, sizeof raw - 1);
	holds(&b, "\"a\\\"b\\\\c\\n\\t\\u0001\\u0000\\u007f\\u2028\\u2029\\u0085z\"");
}

static void
a_json_string_keeps_good_utf8(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_json(&b, "é→😀", strlen("é→😀"));
	holds(&b, "\"é→😀\"");
}

/* Overlong, surrogate, past the end, cut short: each is one U+FFFD (Unicode §3.9). */
static void
bytes_that_are_not_utf8_become_replacement_characters(void **state)
{
	static const struct {
		const char *raw, *expected;
	} rows[] = {
		{ "\x80", "\"\xef\xbf\xbd\"" },
		{ "\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xe2\x82", "\"\xef\xbf\xbd\"" },
		{ "\xe2\x82x", "\"\xef\xbf\xbdx\"" },
		{ "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buf b = BUF_INIT;
		buf_json(&b, rows[i].raw, strlen(rows[i].raw));
		holds(&b, rows[i].expected);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_appended_stands_in_order),
		cmocka_unit_test(a_buffer_grows_past_any_first_size),
		cmocka_unit_test(a_size_past_all_memory_is_a_remembered_failure),
		cmocka_unit_test(drop_cuts_off_the_front),
		cmocka_unit_test(drop_of_everything_leaves_an_empty_buffer),
		cmocka_unit_test(a_json_string_escapes_what_must_not_stand_there),
		cmocka_unit_test(a_json_string_keeps_good_utf8),
		cmocka_unit_test(bytes_that_are_not_utf8_become_replacement_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
