/* log_json – whatever is logged is one complete JSON object, and says what the line for people says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bounds.h"
#include "json.h"
#include "log_json.h"

static const struct log_facts facts = { .at = INT64_C(1795632378123), .level = "info",
	.program = "beckon-test", .pid = 42, .connection = "0123456789abcdef", .event = "opened" };

#define HEAD "{\"time\":\"2026-11-25T18:46:18.123Z\",\"level\":\"info\",\"program\":\"beckon-test\"," \
	     "\"pid\":42,\"connection\":\"0123456789abcdef\",\"event\":\"opened\""

static char line[LOG_JSON_MAX];

/* Is it what every line has to be? */
static void
check_line(size_t n, size_t cap)
{
	assert_true(n < cap);
	assert_int_equal(strlen(line), n);
	assert_int_equal(line[n - 1], '\n');
	assert_true(json_valid(line, n - 1));
	for (size_t i = 0; i + 1 < n; i++)
		assert_in_range(line[i], ' ', '~');
}

static const char *__attribute__((format(printf, 3, 4)))
written(const struct log_facts *f, size_t cap, const char *format, ...)
{
	va_list args;
	size_t n;

	va_start(args, format);
	n = log_json(line, cap, f, format, args);
	va_end(args);
	check_line(n, cap);
	return line;
}

static void
keys_of_the_format_are_members(void **state)
{
	(void)state;
	assert_string_equal(
	    written(&facts, sizeof(line), "endpoint=%s room=%s ms=%ld in=%llu left=%zu of=%d n=%u",
		"zoom", "r1", -1507L, 18446744073709551615ULL, (size_t)7, -1, 4000000000U),
	    HEAD ",\"endpoint\":\"zoom\",\"room\":\"r1\",\"ms\":-1507,\"in\":18446744073709551615,"
		 "\"left\":7,\"of\":-1,\"n\":4000000000}\n");
}

static void
a_value_of_several_parts_is_one_string(void **state)
{
	(void)state;
	assert_string_equal(written(&facts, sizeof(line), "at=%d/%d host=%.*s why=\"%s: %d %%\"", 1, 2,
				3, "abcdef", "it is so", 5),
	    HEAD ",\"at\":\"1/2\",\"host\":\"abc\",\"why\":\"it is so: 5 %\"}\n");
}

static void
words_without_a_key_are_the_message(void **state)
{
	(void)state;
	assert_string_equal(written(&facts, sizeof(line), "the old one holds"),
	    HEAD ",\"message\":\"the old one holds\"}\n");
	assert_string_equal(written(&facts, sizeof(line), "host=%s %s", "a", "status=200 x=\"y\""),
	    HEAD ",\"host\":\"a\",\"message\":\"status=200 x=\\\"y\\\"\"}\n");
	assert_string_equal(written(&facts, sizeof(line), "%s", ""), HEAD ",\"message\":\"\"}\n");
	assert_int_equal(log_json_text(line, sizeof(line), &facts, "", 0), strlen(HEAD "}\n"));
}

/* A parser takes the last of two, or the first: one could hide the other. */
static void
a_key_that_a_line_has_anyway_gets_another_name(void **state)
{
	(void)state;
	assert_string_equal(written(&facts, sizeof(line), "pid=%d signal=%d event=%s", 7, 9, "x"),
	    HEAD ",\"its_pid\":7,\"signal\":9,\"its_event\":\"x\"}\n");
}

static void
foreign_text_stays_in_its_value(void **state)
{
	(void)state;
	assert_string_equal(
	    written(&facts, sizeof(line), "why=\"%s\" sub=%s", "\" sub=\"eve\",\"x\":\"\\", "a b=c\n\x1b[1m"),
	    HEAD ",\"why\":\"\\\" sub=\\\"eve\\\",\\\"x\\\":\\\"\\\\\",\"sub\":\"a b=c\\u000a\\u001b[1m\"}\n");
	assert_string_equal(written(&facts, sizeof(line), "sub=%s", "\303\244\342\200\256\360\237\221\215"),
	    HEAD ",\"sub\":\"\\u00e4\\u202e\\ud83d\\udc4d\"}\n");
	assert_string_equal(written(&facts, sizeof(line), "sub=%s", "a\xff\xc3z\x7f"),
	    HEAD ",\"sub\":\"a\\ufffd\\ufffdz\\u007f\"}\n");
}

static void
facts_are_foreign_text_too(void **state)
{
	struct log_facts f = facts;

	(void)state;
	f.connection = "\"},{\"x\":\"0123456789012345678901234567890123456789";
	f.pid = 0;
	f.at = -1;
	f.dropped = 18446744073709551615UL;
	assert_string_equal(written(&f, sizeof(line), "x=%d", 1),
	    "{\"time\":\"1970-01-01T00:00:00.000Z\",\"level\":\"info\",\"program\":\"beckon-test\","
	    "\"pid\":null,\"connection\":\"\\\"},{\\\"x\\\":\\\"01234567890123456789012\","
	    "\"event\":\"opened\",\"x\":1,\"dropped\":18446744073709551615}\n");
}

/* Of every length, so that the cut falls at every place. */
static void
what_is_cut_is_complete_json_that_says_so(void **state)
{
	static const char *const pieces[] = { "x", "\"", "\n", "\303\244", "\360\237\221\215", "\xff" };
	struct log_facts f = facts;
	char huge[2500];

	(void)state;
	f.dropped = 18446744073709551615UL;
	for (size_t p = 0; p < sizeof(pieces) / sizeof(*pieces); p++)
		for (size_t n = 0; n < 400; n++) {
			huge[0] = '\0';
			for (size_t i = 0; i < n; i++)
				strcat(huge, pieces[p]);
			written(&f, LOG_JSON_MIN, "a=%s b=%d why=\"%s\" c=%s", huge, 1, huge, "z");
			if (n > 300) {
				assert_non_null(strstr(line, "...\",\"cut\":true,\"dropped\""));
				assert_null(strstr(line, "\"c\""));
			}
		}
	for (size_t cap = LOG_JSON_MIN; cap < LOG_JSON_MIN + 100; cap++)
		written(&f, cap, "word=%s n=%d why=\"%s\" n=%d end=%d", "abc", 123456, "0123456789012345"
		    "01234567890123456789012345678901234567890123456789012345678901234567890123456789"
		    "01234567890123456789012345678901234567890123456789012345678901234567890123456789",
		    1234567890, 1);
}

static void
days_are_those_of_the_calendar(void **state)
{
	static const struct {
		int64_t seconds;
		const char *date;
	} days[] = { { 0, "1970-01-01T00:00:00" }, { 951782399, "2000-02-28T23:59:59" },
		{ 951782400, "2000-02-29T00:00:00" }, { 951868800, "2000-03-01T00:00:00" },
		{ 1709164800, "2024-02-29T00:00:00" }, { 1735689599, "2024-12-31T23:59:59" },
		{ 1735689600, "2025-01-01T00:00:00" }, { 4107542399, "2100-02-28T23:59:59" },
		{ 4107542400, "2100-03-01T00:00:00" } };

	(void)state;
	for (size_t i = 0; i < sizeof(days) / sizeof(*days); i++) {
		struct log_facts f = facts;

		f.at = days[i].seconds * 1000;
		assert_non_null(strstr(written(&f, sizeof(line), "x=%d", 1), days[i].date));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_of_the_format_are_members),
		cmocka_unit_test(a_value_of_several_parts_is_one_string),
		cmocka_unit_test(words_without_a_key_are_the_message),
		cmocka_unit_test(a_key_that_a_line_has_anyway_gets_another_name),
		cmocka_unit_test(foreign_text_stays_in_its_value),
		cmocka_unit_test(facts_are_foreign_text_too),
		cmocka_unit_test(what_is_cut_is_complete_json_that_says_so),
		cmocka_unit_test(days_are_those_of_the_calendar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
