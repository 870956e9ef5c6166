/* A client whose network is gone must not sit in the roster for ever; one that does not know pings
 * must not be thrown out for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pulse.h"

static struct pulse p;

static int
begin(void **state)
{
	(void)state;
	pulse_init(&p, 25000, 75000, 1000);
	return 0;
}

static void
a_silent_client_is_pinged_every_25_s(void **state)
{
	(void)state;
	assert_int_equal(pulse_check(&p, 25999), PULSE_NOTHING);
	assert_int_equal(pulse_check(&p, 26000), PULSE_PING);
	assert_int_equal(pulse_check(&p, 26000), PULSE_NOTHING);
	assert_int_equal(pulse_check(&p, 51000), PULSE_PING);
}

static void
one_that_never_answered_is_never_gone(void **state)
{
	(void)state;
	for (int64_t now = 1000; now < 10000000; now += 1000)
		assert_int_not_equal(pulse_check(&p, now), PULSE_GONE);
}

static void
one_that_answered_once_is_gone_after_75_s_of_silence(void **state)
{
	(void)state;
	pulse_answers(&p);
	pulse_hear(&p, 2000);
	assert_int_not_equal(pulse_check(&p, 76999), PULSE_GONE);
	assert_int_equal(pulse_check(&p, 77000), PULSE_GONE);
}

static void
whatever_it_sends_counts(void **state)
{
	(void)state;
	pulse_answers(&p);
	for (int64_t now = 1000; now < 1000000; now += 20000) {
		pulse_hear(&p, now);
		assert_int_equal(pulse_check(&p, now + 19999), PULSE_NOTHING);
	}
}

/* Else the handler would sleep through it, or spin. */
static void
the_wait_ends_when_something_is_due(void **state)
{
	(void)state;
	assert_int_equal(pulse_wait(&p, 1000), 25000);
	assert_int_equal(pulse_wait(&p, 30000), 0);
	pulse_check(&p, 30000);
	assert_int_equal(pulse_wait(&p, 30000), 25000);
	pulse_answers(&p);
	pulse_check(&p, 60000);
	assert_int_equal(pulse_wait(&p, 60000), 16000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_silent_client_is_pinged_every_25_s, begin),
		cmocka_unit_test_setup(one_that_never_answered_is_never_gone, begin),
		cmocka_unit_test_setup(one_that_answered_once_is_gone_after_75_s_of_silence, begin),
		cmocka_unit_test_setup(whatever_it_sends_counts, begin),
		cmocka_unit_test_setup(the_wait_ends_when_something_is_due, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
