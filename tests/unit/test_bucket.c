/* A flooder slows itself: what it may send is counted, and nothing of it is thrown away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bucket.h"

static void
a_burst_is_free_and_then_it_waits(void **state)
{
	struct bucket b;

	(void)state;
	bucket_init(&b, 50, 500, 1000);
	for (int i = 0; i < 500; i++) {
		assert_int_equal(bucket_wait(&b, 1000), 0);
		bucket_take(&b, 1, 1000);
	}
	assert_true(bucket_wait(&b, 1000) > 0);
}

static void
it_fills_at_its_rate(void **state)
{
	struct bucket b;
	int taken = 0;

	(void)state;
	bucket_init(&b, 50, 10, 0);
	for (int64_t now = 0; now < 10000; now++) {
		while (bucket_wait(&b, now) == 0) {
			bucket_take(&b, 1, now);
			taken++;
		}
	}
	assert_in_range(taken, 10 + 499, 10 + 501);
}

static void
after_the_wait_there_is_something_and_not_before(void **state)
{
	struct bucket b;
	int64_t wait;

	(void)state;
	bucket_init(&b, 1048576, 65536, 7);
	bucket_take(&b, 65536 + 8192, 7);
	wait = bucket_wait(&b, 7);
	assert_in_range(wait, 7, 9);
	assert_true(bucket_wait(&b, 7 + wait - 1) > 0);
	assert_int_equal(bucket_wait(&b, 7 + wait), 0);
}

static void
it_never_holds_more_than_the_burst(void **state)
{
	struct bucket b;

	(void)state;
	bucket_init(&b, 1000000, 3, 0);
	for (int i = 0; i < 3; i++)
		bucket_take(&b, 1, INT64_C(4102444800000));
	assert_true(bucket_wait(&b, INT64_C(4102444800000)) > 0);
}

static void
a_clock_that_stands_still_or_goes_back_gives_nothing(void **state)
{
	struct bucket b;

	(void)state;
	bucket_init(&b, 50, 1, 1000);
	bucket_take(&b, 1, 1000);
	assert_true(bucket_wait(&b, 1000) > 0);
	assert_true(bucket_wait(&b, 500) > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_is_free_and_then_it_waits),
		cmocka_unit_test(it_fills_at_its_rate),
		cmocka_unit_test(after_the_wait_there_is_something_and_not_before),
		cmocka_unit_test(it_never_holds_more_than_the_burst),
		cmocka_unit_test(a_clock_that_stands_still_or_goes_back_gives_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
