/* A service that says goodbye to everybody at the same moment sees them all again at the same
 * moment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bounds.h"
#include "drain.h"

enum { NOW = 1000000, SECOND = 1000 };

/* Lets them go as the broker does, by the clock of drain_due; → when the last one went. Each 100 ms
 * no more may go than their share of the time and one. */
static int64_t
let_go(struct drain *d, size_t left)
{
	int64_t now = NOW, bucket = -1;
	size_t gone_of_bucket = 0, share = d->span > 0 ? d->total * 100 / (size_t)d->span : left;

	while (left > 0) {
		size_t n;

		assert_true(drain_due(d, left) >= now);
		now = drain_due(d, left);
		n = drain_take(d, left, now);
		assert_true(n > 0 && n <= left);
		left -= n;
		gone_of_bucket = now / 100 == bucket ? gone_of_bucket + n : n;
		bucket = now / 100;
		assert_true(gone_of_bucket <= share + 1);
	}
	assert_int_equal(INT64_MAX, drain_due(d, 0));
	return now;
}

static void
many_go_evenly_over_the_time(void **state)
{
	struct drain d;

	(void)state;
	drain_begin(&d, 1000, 10 * SECOND, NOW);
	assert_int_equal(0, drain_take(&d, 1000, NOW));
	assert_int_equal(500, drain_take(&d, 1000, NOW + 5 * SECOND));
	assert_int_equal(1000, drain_take(&d, 1000, NOW + 10 * SECOND));
	assert_int_equal(NOW + 10 * SECOND, let_go(&d, 1000));
	for (size_t odd = 1; odd < 3000; odd += 7) {
		drain_begin(&d, odd, 7 * SECOND, NOW);
		assert_int_equal(NOW + d.span, let_go(&d, odd));
	}
}

/* Ctrl-C on a service with two people in it is not to take ten seconds. */
static void
few_go_sooner(void **state)
{
	struct drain d;

	(void)state;
	drain_begin(&d, 2, 10 * SECOND, NOW);
	assert_int_equal(NOW + 2 * SECOND / DRAIN_RATE, let_go(&d, 2));
}

static void
with_no_time_all_go_at_once(void **state)
{
	struct drain d;

	(void)state;
	drain_begin(&d, 1000, 0, NOW);
	assert_int_equal(NOW, drain_due(&d, 1000));
	assert_int_equal(1000, drain_take(&d, 1000, NOW));
}

static void
an_empty_service_has_nobody_to_send_away(void **state)
{
	struct drain d;

	(void)state;
	drain_begin(&d, 0, 10 * SECOND, NOW);
	assert_true(d.on && d.until == NOW);
	assert_int_equal(INT64_MAX, drain_due(&d, 0));
	assert_int_equal(0, drain_take(&d, 0, NOW + SECOND));
}

/* A handler that was let in just before, or came back. */
static void
who_was_not_counted_goes_too(void **state)
{
	struct drain d;

	(void)state;
	drain_begin(&d, 100, 2 * SECOND, NOW);
	assert_true(drain_due(&d, 101) <= NOW);
	assert_int_equal(1, drain_take(&d, 101, NOW));
	assert_int_equal(3, drain_take(&d, 3, NOW + 3 * SECOND));
}

static void
without_a_drain_nobody_goes(void **state)
{
	struct drain d = { .on = false };

	(void)state;
	assert_int_equal(0, drain_take(&d, 5, NOW));
	assert_int_equal(INT64_MAX, drain_due(&d, 5));
}

/* Whenever one is sent away: the return is after all have gone and the next service is there, and
 * all returns together fill a time as long. */
static void
returns_are_spread_as_the_leaving_was(void **state)
{
	int64_t first = INT64_MAX, last = 0;
	struct drain d;

	(void)state;
	drain_begin(&d, 10000, 20 * SECOND, NOW);
	for (uint32_t i = 0; i < 10000; i++) {
		int64_t now = NOW + i * 2, at = now + drain_return(&d, now, i * 2654435761u);

		first = at < first ? at : first;
		last = at > last ? at : last;
	}
	assert_true(first >= d.until + RESTART_TIME);
	assert_true(last < d.until + RESTART_TIME + d.spread);
	assert_true(last - first > d.spread * 9 / 10);
	assert_int_equal(10000 / RETURN_RATE * SECOND, d.spread);
}

static void
who_comes_after_the_end_waits_for_no_more_than_the_spread(void **state)
{
	struct drain d;

	(void)state;
	drain_begin(&d, 0, 0, NOW);
	for (uint32_t i = 0; i < 5000; i += 11) {
		int64_t wait = drain_return(&d, NOW + 60 * SECOND, i);

		assert_true(wait >= RESTART_TIME && wait < RESTART_TIME + RETURN_MIN);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_go_evenly_over_the_time),
		cmocka_unit_test(few_go_sooner),
		cmocka_unit_test(with_no_time_all_go_at_once),
		cmocka_unit_test(an_empty_service_has_nobody_to_send_away),
		cmocka_unit_test(who_was_not_counted_goes_too),
		cmocka_unit_test(without_a_drain_nobody_goes),
		cmocka_unit_test(returns_are_spread_as_the_leaving_was),
		cmocka_unit_test(who_comes_after_the_end_waits_for_no_more_than_the_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
