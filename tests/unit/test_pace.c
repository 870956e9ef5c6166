/* How long a request can have waited: never less than it did, or graphs would say that all is well
 * where requests pile up at the door. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pace.h"

static void
who_comes_to_a_broker_that_waits_has_not_waited(void **state)
{
	struct pace p = { 0 };

	(void)state;
	pace_begin(&p, 100);
	pace_took(&p, true, 110);
	pace_wake(&p, 900);
	pace_begin(&p, 901);
	assert_int_equal(30, pace_waited(&p, 930));
	assert_int_equal(29, pace_lasted(&p, 930));
}

/* It may have come right after the doors were found empty. */
static void
what_came_during_a_round_waited_since_the_doors_were_empty(void **state)
{
	struct pace p = { 0 };

	(void)state;
	pace_wake(&p, 100);
	pace_begin(&p, 100);
	pace_took(&p, true, 120);
	pace_begin(&p, 500);
	assert_int_equal(480, pace_waited(&p, 600));
	assert_int_equal(100, pace_lasted(&p, 600));
}

static void
what_a_full_round_left_waited_since_that_began(void **state)
{
	struct pace p = { 0 };

	(void)state;
	pace_wake(&p, 100);
	pace_begin(&p, 105);
	pace_took(&p, false, 120);
	pace_begin(&p, 500);
	pace_took(&p, true, 510);
	assert_int_equal(495, pace_waited(&p, 600));
	pace_begin(&p, 700);
	assert_int_equal(190, pace_waited(&p, 700));
}

static void
the_first_round_has_nothing_before_it(void **state)
{
	struct pace p = { 0 };

	(void)state;
	pace_begin(&p, 5000);
	assert_int_equal(7, pace_waited(&p, 5007));
	assert_int_equal(0, pace_waited(&p, 4000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_comes_to_a_broker_that_waits_has_not_waited),
		cmocka_unit_test(what_came_during_a_round_waited_since_the_doors_were_empty),
		cmocka_unit_test(what_a_full_round_left_waited_since_that_began),
		cmocka_unit_test(the_first_round_has_nothing_before_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
