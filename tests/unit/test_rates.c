/* What `beckonctl top` shows has to be what the broker counted, by its own clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rates.h"

static struct rates before, now;

static void
look(struct rates *r, const struct rates *last, int pid, long ms, int a, int b)
{
	char text[600];

	snprintf(text, sizeof text,
	    "{\"pid\":%d,\"now\":%ld,\"cpuUs\":%ld,\"memory\":7000000,\"connections\":3,"
	    "\"draining\":false,\"rooms\":["
	    "{\"room\":\"zoom/a\",\"connections\":2,\"messages\":%d,\"bytes\":9,\"slow\":0,\"holes\":1},"
	    "{\"room\":\"zoom/\xc2\x9b" "b\",\"connections\":1,\"messages\":%d,\"bytes\":9}]}",
	    pid, ms, ms * 500, a, b);
	assert_int_equal(rates_take(r, cJSON_Parse(text), last), 0);
}

static void
twice(int pid)
{
	look(&before, NULL, 1, 1000, 10, 10);
	look(&now, &before, pid, 3000, 14, 30);
}

static int
clean(void **state)
{
	(void)state;
	rates_fini(&before);
	rates_fini(&now);
	return 0;
}

static double
rate(size_t row)
{
	return now.rows[row].value[RATE_MESSAGES];
}

static void
a_rate_is_what_came_between_two_looks(void **state)
{
	(void)state;
	twice(1);
	assert_true(rate(0) == 2 && rate(1) == 10 && now.messages == 12 && now.cpu == 0.5);
	assert_true(now.rows[0].value[RATE_HOLES] == 1);
}

static void
another_broker_has_no_rates_yet(void **state)
{
	(void)state;
	twice(2);
	assert_true(now.first && rate(0) == 0 && rate(1) == 0);
}

/* The same room again after it had ended: it counts from nothing, and no rate is below that. */
static void
a_count_that_fell_is_no_rate(void **state)
{
	(void)state;
	look(&before, NULL, 1, 1000, 10, 10);
	look(&now, &before, 1, 2000, 3, 10);
	assert_true(rate(0) == 0);
}

static void
rows_are_sorted_by_any_column_and_turned_round(void **state)
{
	(void)state;
	twice(1);
	rates_sort(&now, RATE_MESSAGES, false);
	assert_true(rate(0) == 10);
	rates_sort(&now, RATE_MESSAGES, true);
	assert_true(rate(0) == 2);
	rates_sort(&now, RATE_CONNECTIONS, false);
	assert_string_equal(now.rows[0].name, "zoom/a");
	rates_sort(&now, RATE_NAME, true);
	assert_true(rate(0) == 10);
}

/* Widest line of what is drawn, and how many there are. */
static size_t
measure(const struct buf *b, size_t *lines)
{
	size_t widest = 0, line = 0;

	*lines = 0;
	for (size_t i = 0; i < b->len; i++) {
		if (b->at[i] == '\n') {
			widest = line > widest ? line : widest;
			line = 0;
			++*lines;
		} else if ((b->at[i] & 0xc0) != 0x80) {
			line++;
		}
	}
	return widest;
}

static void
what_is_drawn_fits_and_steers_nothing(void **state)
{
	static const size_t sizes[][2] = { { 40, 4 }, { 20, 3 }, { 1, 1 }, { 200, 50 } };

	(void)state;
	twice(1);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct rates_view v = { .width = sizes[i][0], .height = sizes[i][1] };
		struct buf b = BUF_INIT;
		size_t lines;

		rates_draw(&now, &v, &b);
		assert_true(measure(&b, &lines) <= (v.width > 12 ? v.width : 12));
		assert_true(lines <= (v.height > 3 ? v.height : 3));
		buf_char(&b, '\0');
		assert_null(strstr(b.at, "\xc2\x9b"));
		buf_fini(&b);
	}
}

static void
what_is_no_answer_is_refused(void **state)
{
	(void)state;
	assert_int_equal(rates_take(&now, cJSON_Parse("{\"rooms\":3}"), NULL), -1);
	assert_int_equal(rates_take(&now, NULL, NULL), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_rate_is_what_came_between_two_looks, clean),
		cmocka_unit_test_teardown(another_broker_has_no_rates_yet, clean),
		cmocka_unit_test_teardown(a_count_that_fell_is_no_rate, clean),
		cmocka_unit_test_teardown(rows_are_sorted_by_any_column_and_turned_round, clean),
		cmocka_unit_test_teardown(what_is_drawn_fits_and_steers_nothing, clean),
		cmocka_unit_test_teardown(what_is_no_answer_is_refused, clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
