/* What the benchmark says of lost, doubled and reordered messages is counted here: a server that
 * doubles is to be told from one that reorders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "heard.h"

struct note {
	uint32_t number;
	enum heard_as as;
};

/* Each of these is heard as it says, the first one first. */
static void
are_heard(const struct note *notes, size_t count)
{
	struct heard h = { 0 };

	for (size_t i = 0; i < count; i++)
		assert_int_equal(notes[i].as, heard_note(&h, notes[i].number));
}

#define ARE_HEARD(notes) are_heard(notes, sizeof(notes) / sizeof *(notes))

static void
one_after_the_other_is_in_order(void **state)
{
	static const struct note notes[] = {
		{ 1, HEARD_ON }, { 2, HEARD_ON }, { 3, HEARD_ON },
	};

	(void)state;
	ARE_HEARD(notes);
}

static void
what_was_missing_and_comes_is_late_once(void **state)
{
	static const struct note notes[] = {
		{ 1, HEARD_ON }, { 4, HEARD_ON }, { 3, HEARD_LATE }, { 2, HEARD_LATE },
		{ 3, HEARD_AGAIN }, { 2, HEARD_AGAIN }, { 5, HEARD_ON },
	};

	(void)state;
	ARE_HEARD(notes);
}

static void
what_comes_again_is_doubled_however_old(void **state)
{
	static const struct note notes[] = {
		{ 1, HEARD_ON }, { 1, HEARD_AGAIN }, { 2, HEARD_ON }, { 1, HEARD_AGAIN },
		{ 64, HEARD_ON }, { 1, HEARD_AGAIN }, { 65, HEARD_ON }, { 1, HEARD_AGAIN },
		{ 200, HEARD_ON }, { 64, HEARD_AGAIN },
	};

	(void)state;
	ARE_HEARD(notes);
}

/* The first may be the last to come. */
static void
the_oldest_that_is_remembered_can_be_late(void **state)
{
	static const struct note notes[] = {
		{ 64, HEARD_ON }, { 1, HEARD_LATE }, { 1, HEARD_AGAIN }, { 128, HEARD_ON },
		{ 65, HEARD_LATE }, { 64, HEARD_AGAIN },
	};

	(void)state;
	ARE_HEARD(notes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_after_the_other_is_in_order),
		cmocka_unit_test(what_was_missing_and_comes_is_late_once),
		cmocka_unit_test(what_comes_again_is_doubled_however_old),
		cmocka_unit_test(the_oldest_that_is_remembered_can_be_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
