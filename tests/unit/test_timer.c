/* timer – what is due comes in the order of its time, and of its setting where times are equal. */
#include "timer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MANY = 1000 };

static void
timers_come_in_order_of_time_then_of_setting(void **state)
{
	static struct timer t[MANY];
	struct timers all = { 0 };
	struct timer *last = NULL, *next;
	int n = 0;

	(void)state;
	for (int i = 0; i < MANY; i++)
		timer_set(&all, &t[i], i * 7919 % 101);
	for (int i = 0; i < MANY; i += 3)
		timer_set(&all, &t[i], i * 31 % 57);
	for (int i = 0; i < MANY; i += 5)
		timer_clear(&all, &t[i]);
	while ((next = timers_take(&all, 200)) != NULL) {
		assert_true(last == NULL || last->at < next->at ||
		    (last->at == next->at && last->order < next->order));
		assert_false(timer_is_set(next));
		last = next;
		n++;
	}
	assert_int_equal(n, MANY - MANY / 5);
	timers_fini(&all);
}

static void
nothing_is_due_before_its_time(void **state)
{
	struct timer t = { 0 };
	struct timers all = { 0 };

	(void)state;
	assert_true(timers_next(&all) == INT64_MAX);
	timer_clear(&all, &t);
	timer_set(&all, &t, 10);
	assert_int_equal(timers_next(&all), 10);
	assert_null(timers_take(&all, 9));
	assert_ptr_equal(timers_take(&all, 10), &t);
	assert_null(timers_take(&all, 10));
	timers_fini(&all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_come_in_order_of_time_then_of_setting),
		cmocka_unit_test(nothing_is_due_before_its_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
