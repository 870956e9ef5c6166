/* A stranger who knocks a thousand times a second must not fill the disk with log lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ration.h"

static void
so_many_a_second_and_the_rest_is_counted(void **state)
{
	struct ration r = { 0 };
	unsigned refused, granted = 0;

	(void)state;
	for (int i = 0; i < 1000; i++)
		granted += ration_take(&r, 5000 + i, &refused);
	assert_int_equal(RATION, granted);
	assert_true(ration_take(&r, 6000, &refused));
	assert_int_equal(1000 - RATION, refused);
	assert_true(ration_take(&r, 6001, &refused));
	assert_int_equal(0, refused);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(so_many_a_second_and_the_rest_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
