/* When the identity provider is asked: often enough to follow it, too seldom to trouble it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bounds.h"
#include "schedule.h"

static const int64_t start = 1000000;

static void
the_first_fetch_is_due_at_once(void **state)
{
	struct schedule s = { 0 };

	(void)state;
	assert_true(s.due <= start);
}

static void
a_good_set_is_fetched_again_when_it_is_no_longer_fresh(void **state)
{
	struct schedule s = { 0 };

	(void)state;
	schedule_begin(&s, start);
	schedule_succeed(&s, -1, start + 50);
	assert_int_equal(s.due, start + 50 + JWKS_FRESH);
	schedule_begin(&s, start);
	schedule_succeed(&s, 900, start);
	assert_int_equal(s.due, start + 900 * 1000);
}

/* A provider that says 0, or a year, gets neither. */
static void
what_max_age_says_is_believed_within_bounds(void **state)
{
	static const struct {
		long max_age;
		int64_t fresh;
	} rows[] = {
		{ 0, JWKS_FRESH_MIN },
		{ JWKS_FRESH_MIN / 1000 - 1, JWKS_FRESH_MIN },
		{ JWKS_FRESH_MIN / 1000, JWKS_FRESH_MIN },
		{ JWKS_FRESH_MAX / 1000, JWKS_FRESH_MAX },
		{ JWKS_FRESH_MAX / 1000 + 1, JWKS_FRESH_MAX },
		{ INT64_MAX, JWKS_FRESH_MAX },
		{ -7, JWKS_FRESH },
		{ INT64_MIN, JWKS_FRESH },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct schedule s = { 0 };

		schedule_begin(&s, start);
		schedule_succeed(&s, rows[i].max_age, start);
		assert_int_equal(s.due - start, rows[i].fresh);
	}
}

static void
failures_are_repeated_less_and_less_often(void **state)
{
	struct schedule s = { 0 };
	int64_t now = start, last = 0;

	(void)state;
	for (int i = 0; i < 50; i++) {
		int64_t pause;

		schedule_begin(&s, now);
		pause = s.due - now;
		assert_true(pause >= JWKS_RETRY_MIN && pause <= JWKS_RETRY_MAX);
		assert_true(pause == last * 2 || i == 0 || pause == JWKS_RETRY_MAX);
		last = pause;
		now = s.due;
	}
	assert_int_equal(last, JWKS_RETRY_MAX);
	schedule_succeed(&s, -1, now);
	schedule_begin(&s, now);
	assert_int_equal(s.due - now, JWKS_RETRY_MIN);
}

/* Else a set that crashes who reads it would be fetched as fast as processes start. */
static void
a_fetch_that_never_ends_counts_as_one_that_failed(void **state)
{
	struct schedule s = { 0 };

	(void)state;
	schedule_begin(&s, start);
	assert_int_equal(s.due, start + JWKS_RETRY_MIN);
	schedule_begin(&s, s.due);
	assert_int_equal(s.due, start + JWKS_RETRY_MIN + 2 * JWKS_RETRY_MIN);
}

static void
tokens_cause_one_fetch_a_minute_at_most(void **state)
{
	struct schedule s = { 0 };
	int fetches = 0;

	(void)state;
	assert_int_equal(JWKS_ASK_INTERVAL, 60000);
	for (int64_t now = start; now < start + 10 * JWKS_ASK_INTERVAL; now += 7)
		fetches += schedule_ask(&s, now);
	assert_int_equal(fetches, 10);
}

/* What the clock causes does not use up what a rotation needs. */
static void
fetches_by_the_clock_do_not_count_against_tokens(void **state)
{
	struct schedule s = { 0 };

	(void)state;
	schedule_begin(&s, start);
	schedule_succeed(&s, -1, start);
	assert_true(schedule_ask(&s, start + 1));
	schedule_begin(&s, start + 1);
	assert_false(schedule_ask(&s, start + 2));
	schedule_succeed(&s, -1, start + 2);
	assert_false(schedule_ask(&s, start + JWKS_ASK_INTERVAL));
	assert_true(schedule_ask(&s, start + 1 + JWKS_ASK_INTERVAL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_fetch_is_due_at_once),
		cmocka_unit_test(a_good_set_is_fetched_again_when_it_is_no_longer_fresh),
		cmocka_unit_test(what_max_age_says_is_believed_within_bounds),
		cmocka_unit_test(failures_are_repeated_less_and_less_often),
		cmocka_unit_test(a_fetch_that_never_ends_counts_as_one_that_failed),
		cmocka_unit_test(tokens_cause_one_fetch_a_minute_at_most),
		cmocka_unit_test(fetches_by_the_clock_do_not_count_against_tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
