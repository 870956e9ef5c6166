/* Clocks are set, by hand and by NTP, while the broker runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wallclock.h"

static void
clock_follows_the_time_of_day(void **state)
{
	struct wallclock c = { 0 };

	(void)state;
	assert_true(wallclock_tell(&c, 1000000, 50) == 1000000);
	assert_true(wallclock_tell(&c, 1000007, 57) == 1000007);
	assert_true(wallclock_tell(&c, 5000007, 58) == 5000007); /* set forward */
}

static void
clock_never_goes_back(void **state)
{
	struct wallclock c = { 0 };
	int64_t last = wallclock_tell(&c, 1000000, 0);

	(void)state;
	for (int64_t ms = 1; ms < 100000; ms++) {
		int64_t now = wallclock_tell(&c, 970000 + ms, ms); /* set back by 30 s */

		assert_true(now >= last);
		last = now;
	}
	assert_true(last == 970000 + 99999); /* and it has caught up */
}

static void
clock_goes_on_while_the_time_of_day_catches_up(void **state)
{
	struct wallclock c = { 0 };
	int64_t begin = wallclock_tell(&c, 100000000, 0);

	(void)state;
	for (int64_t ms = 1; ms <= 1000; ms++) /* read every ms, where half a ms is lost easily */
		wallclock_tell(&c, ms, ms);
	assert_true(c.now - begin >= 499 && c.now - begin <= 501);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clock_follows_the_time_of_day),
		cmocka_unit_test(clock_never_goes_back),
		cmocka_unit_test(clock_goes_on_while_the_time_of_day_catches_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
