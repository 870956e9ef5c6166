/* test_json – the scanner is the first thing that touches a client's bytes, so what it accepts is
 * what everything behind it must live with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "json.h"

struct text {
	const char *at;
	size_t len;
};
#define T(literal) { literal, sizeof literal - 1 }

static const struct text good[] = {
	T("{}"),
	T("[]"),
	T(" [ ] "),
	T("{\"a\":1}"),
	T("{\"a\" : [1, 2.5, -0, 0e1, 1E+9, -12.0e-7]}"),
	T("\"\""),
	T("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
	T("\"\\u00e9\\uD83D\\uDE00\""),
	T("true"),
	T("false"),
	T("null"),
	T("0"),
	T("-0"),
	T("123"),
	T("1.5"),
	T("1e9"),
	T("\t\r\n 1 \n"),
	T("\"\x7f\""),
	T("\"\xc3\xa9\xe2\x86\x92\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf\""),
	T("[[[[]]]]"),
	T("{\"a\":{\"b\":[{},[],null,true,false,\"\"]}}"),
	T("[1,\n2]"),
	T("{\"\":0,\"\":0}"),
	T("[123456789012345678901234567890]"),
};

static const struct text bad[] = {
	T("{]"),
	T("[}"),
	T("]"),
	T("}"),
	T(","),
	T(":"),
	T("{,}"),
	T("[,]"),
	T("[1,]"),
	T("{\"a\":1,}"),
	T("{\"a\"}"),
	T("{\"a\",1}"),
	T("{a:1}"),
	T("{1:1}"),
	T("{\"a\":}"),
	T("[1 2]"),
	T("[1:2]"),
	T("'a'"),
	T("tru "),
	T("True"),
	T("nulL"),
	T("nan"),
	T("+1"),
	T("01"),
	T("-01"),
	T("1."),
	T("1.e1"),
	T(".5"),
	T("1e"),
	T("1e+"),
	T("--1"),
	T("-"),
	T("0x1"),
	T("1a"),
	T("[1.]"),
	T("[-]"),
	T("[1e+]"),
	T("\"\n\""),
	T("\"\t\""),
	T("\"\x1f\""),
	T("\"\0\""),
	T("\"\\u0000\""),
	T("\"\\x\""),
	T("\"\\u12g4\""),
	T("\"\\u12\""),
	T("\"\\uD800\""),
	T("\"\\uDC00\""),
	T("\"\\uD800x\""),
	T("\"\\uD800\\n\""),
	T("\"\\uD800\\u0041\""),
	T("\"\\uD800\\uD800\""),
	T("\"\x80\""),
	T("\"\xc0\xaf\""),
	T("\"\xc3\""),
	T("\"\xe0\x80\xaf\""),
	T("\"\xed\xa0\x80\""),
	T("\"\xf4\x90\x80\x80\""),
	T("\"\xf5\""),
	T("\"\xe2\x86\""),
	T("\xef\xbb\xbf{}"),
	T("{}{}"),
	T("{} x"),
	T("1 2"),
	T("\"\"\"\""),
	T("\0"),
	T("{}\0"),
	T("\xa0{}"),
	T("/**/{}"),
	T("[1]//"),
};

static const struct text unfinished[] = {
	T(""),
	T(" "),
	T("{"),
	T("["),
	T("[1"),
	T("[1,"),
	T("{\""),
	T("{\"a"),
	T("{\"a\""),
	T("{\"a\":"),
	T("{\"a\":1"),
	T("{\"a\":1,"),
	T("\""),
	T("\"\\"),
	T("\"\\u"),
	T("\"\\u123"),
	T("\"\\uD83D"),
	T("\"\\uD83D\\"),
	T("\"\\uD83D\\u"),
	T("\"\xe2\x86"),
	T("tr"),
	T("-"),
	T("1"),
	T("1."),
	T("1e"),
	T("[[]"),
};

static enum json_status
scan_whole(struct text t)
{
	struct json_scanner s;

	json_scanner_init(&s);
	return json_scan(&s, t.at, t.len, NULL);
}

static enum json_status
scan_bytewise(struct text t)
{
	struct json_scanner s;
	enum json_status status = JSON_MORE;

	json_scanner_init(&s);
	for (size_t i = 0; i < t.len; i++)
		status = json_scan(&s, t.at + i, 1, NULL);
	return status;
}

#define EACH(i, table) size_t i = 0; i < sizeof table / sizeof *table; i++

static void
good_json_is_accepted_however_it_is_cut(void **state)
{
	(void)state;
	for (EACH(i, good)) {
		if (!json_valid(good[i].at, good[i].len))
			fail_msg("refused: %s", good[i].at);
		assert_int_equal(scan_whole(good[i]), scan_bytewise(good[i]));
	}
}

static void
bad_json_is_refused_however_it_is_cut(void **state)
{
	(void)state;
	for (EACH(i, bad)) {
		if (json_valid(bad[i].at, bad[i].len))
			fail_msg("accepted: %s (%zu)", bad[i].at, i);
		assert_int_equal(scan_whole(bad[i]), scan_bytewise(bad[i]));
	}
}

static void
unfinished_json_is_neither_good_nor_bad(void **state)
{
	(void)state;
	for (EACH(i, unfinished)) {
		if (scan_whole(unfinished[i]) != JSON_MORE || scan_bytewise(unfinished[i]) != JSON_MORE)
			fail_msg("not MORE: %s", unfinished[i].at);
	}
}

/* The bound keeps a client from making anybody recurse. */
static void
nesting_ends_at_the_bound(void **state)
{
	char text[2 * (JSON_DEPTH_MAX + 1)];

	(void)state;
	for (size_t depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1; depth++) {
		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		assert_int_equal(json_valid(text, 2 * depth), depth == JSON_DEPTH_MAX);
	}
	/* Which bracket closes which level is known at every depth. */
	for (size_t i = 0; i < JSON_DEPTH_MAX; i++)
		text[i] = '[', text[2 * JSON_DEPTH_MAX - 1 - i] = ']';
	text[2 * JSON_DEPTH_MAX - 1] = '}';
	assert_false(json_valid(text, 2 * JSON_DEPTH_MAX));
}

static void
the_first_bad_byte_is_told_with_a_reason(void **state)
{
	static const char text[] = "{\"a\":nope}";
	struct json_scanner s;
	size_t used;

	(void)state;
	json_scanner_init(&s);
	assert_int_equal(json_scan(&s, text, sizeof text - 1, &used), JSON_BAD);
	assert_int_equal(used, 6);
	assert_string_equal(s.why, "a value was expected");
	assert_int_equal(json_scan(&s, "}", 1, &used), JSON_BAD);
	assert_int_equal(used, 0);
}

static struct json_span
root(const char *text)
{
	assert_true(json_valid(text, strlen(text)));
	return json_root(text, strlen(text));
}

static void
span_is(struct json_span v, const char *expected)
{
	assert_int_equal(v.len, strlen(expected));
	assert_memory_equal(v.at, expected, v.len);
}

static void
members_are_walked_in_order(void **state)
{
	static const char *const values[] = { "1", "\"}\\\"\"", "[ 1, {} ]", "{\"x\" : null}", "-2e5" };
	struct json_span whole = root(
	    " {\"a\" : 1 ,\"b\":\"}\\\"\",\n\"c\": [ 1, {} ] , \"d\":{\"x\" : null},\"e\":-2e5 } ");
	const char *cursor = NULL;
	struct json_span name, value;
	size_t i = 0;

	(void)state;
	for (; json_next(whole, &cursor, &name, &value); i++) {
		char quoted[4] = { '"', (char)('a' + i), '"', '\0' };
		span_is(name, quoted);
		span_is(value, values[i]);
	}
	assert_int_equal(i, 5);
}

static void
elements_are_walked_in_order(void **state)
{
	struct json_span whole = root("[ true ,[],\"a,b\" ]"), name, value;
	const char *cursor = NULL;

	(void)state;
	assert_true(json_next(whole, &cursor, &name, &value));
	span_is(value, "true");
	assert_true(json_is_true(value));
	assert_true(json_next(whole, &cursor, &name, &value));
	span_is(value, "[]");
	assert_true(json_next(whole, &cursor, &name, &value));
	span_is(value, "\"a,b\"");
	assert_false(json_next(whole, &cursor, &name, &value));
	cursor = NULL;
	assert_false(json_next(root("{ }"), &cursor, &name, &value));
}

/* Otherwise "\u0065vent" would be an event to one program and none to the next. */
static void
names_are_compared_after_decoding(void **state)
{
	struct json_span value;

	(void)state;
	assert_true(json_get(
	    root("{\"x\":0,\"\\u0065v\\u0065nt\":\"ping\",\"event\":1}"), "event", &value));
	span_is(value, "\"ping\"");
	assert_true(json_string_is(value, "ping"));
	assert_false(json_string_is(value, "pin"));
	assert_false(json_string_is(value, "pingg"));
	assert_false(json_get(root("{\"events\":1}"), "event", &value));
	assert_null(value.at);
	assert_false(json_get(root("[\"event\"]"), "event", &value));
	assert_false(json_string_is(root("17"), "17"));
	assert_true(json_string_is(root("\"\\uD83D\\uDE00\\n/\""), "😀\n/"));
}

static void
a_string_is_copied_decoded_or_not_at_all(void **state)
{
	char to[8];

	(void)state;
	assert_int_equal(json_string_copy(root("\"a\\u00e9\\\\\\t\""), to, sizeof to), 5);
	assert_string_equal(to, "aé\\\t");
	assert_int_equal(json_string_copy(root("\"1234567\""), to, sizeof to), 7);
	assert_int_equal(json_string_copy(root("\"12345678\""), to, sizeof to), -1);
	assert_int_equal(json_string_copy(root("\"1234😀\""), to, sizeof to), -1);
	assert_int_equal(json_string_copy(root("12"), to, sizeof to), -1);
}

static void
points_are_counted_not_bytes_or_units(void **state)
{
	(void)state;
	assert_int_equal(json_string_points(root("\"\"")), 0);
	assert_int_equal(json_string_points(root("\"aé→😀\\uD83D\\uDE00\\n\"")), 6);
}

static void
types_are_told_by_the_first_byte(void **state)
{
	static const struct {
		const char *text;
		enum json_type type;
	} rows[] = {
		{ "{}", JSON_OBJECT }, { "[]", JSON_ARRAY }, { "\"\"", JSON_STRING }, { "-1", JSON_NUMBER },
		{ "true", JSON_BOOL }, { "false", JSON_BOOL }, { "null", JSON_NULL },
	};

	(void)state;
	for (EACH(i, rows))
		assert_int_equal(json_type(root(rows[i].text)), rows[i].type);
	assert_int_equal(json_type((struct json_span){ NULL, 0 }), JSON_NONE);
}

static void
integers_fit_or_are_none(void **state)
{
	static const struct {
		const char *text;
		int64_t value;
	} rows[] = { { "0", 0 }, { "-0", 0 }, { "9223372036854775807", INT64_MAX },
		{ "-9223372036854775808", INT64_MIN }, { "-17", -17 } };
	static const char *const none[] = { "9223372036854775808", "-9223372036854775809", "1.0", "1e3",
		"99999999999999999999", "\"1\"", "true" };
	int64_t value;

	(void)state;
	for (EACH(i, rows)) {
		assert_int_equal(json_int(root(rows[i].text), &value), 0);
		assert_true(value == rows[i].value);
	}
	for (EACH(i, none))
		assert_int_equal(json_int(root(none[i]), &value), -1);
}

/* What a client sent is handed on byte for byte, but on one line. */
static void
compact_drops_space_between_tokens_only(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	json_compact(&b, root("{ \"a b\" :\n[ 1e400 ,\t\" \\\" x \" , null ],\r\n\"\\u0061\": 1.10 }"));
	span_is((struct json_span){ b.at, b.len }, "{\"a b\":[1e400,\" \\\" x \",null],\"\\u0061\":1.10}");
	buf_fini(&b);
}

/* Programs above scan first, but a forgotten scan must not become a read past the end. */
static void
text_the_scanner_refused_does_not_lead_past_its_end(void **state)
{
	(void)state;
	for (EACH(i, unfinished)) {
		char exact[32];
		memcpy(exact, unfinished[i].at, unfinished[i].len);
		struct json_span whole = json_root(exact, unfinished[i].len), name, value;
		const char *cursor = NULL;

		assert_true(whole.at + whole.len <= exact + unfinished[i].len);
		while (json_next(whole, &cursor, &name, &value))
			assert_true(value.at + value.len <= exact + unfinished[i].len);
		json_string_points(whole);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_json_is_accepted_however_it_is_cut),
		cmocka_unit_test(bad_json_is_refused_however_it_is_cut),
		cmocka_unit_test(unfinished_json_is_neither_good_nor_bad),
		cmocka_unit_test(nesting_ends_at_the_bound),
		cmocka_unit_test(the_first_bad_byte_is_told_with_a_reason),
		cmocka_unit_test(members_are_walked_in_order),
		cmocka_unit_test(elements_are_walked_in_order),
		cmocka_unit_test(names_are_compared_after_decoding),
		cmocka_unit_test(a_string_is_copied_decoded_or_not_at_all),
		cmocka_unit_test(points_are_counted_not_bytes_or_units),
		cmocka_unit_test(types_are_told_by_the_first_byte),
		cmocka_unit_test(integers_fit_or_are_none),
		cmocka_unit_test(compact_drops_space_between_tokens_only),
		cmocka_unit_test(text_the_scanner_refused_does_not_lead_past_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
