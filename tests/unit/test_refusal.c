/* The words of refusals: clients and counters depend on them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "refusal.h"

static void
every_word_is_found_again(void **state)
{
	(void)state;
	for (int i = 0; i < REFUSALS; i++) {
		const char *word = refusal_table[i].word;

		assert_int_equal(refusal_find(word, strlen(word)), i);
	}
}

static void
words_are_found_whole_only(void **state)
{
	(void)state;
	assert_int_equal(refusal_find("bannedX", 6), REFUSED_BANNED);
	assert_int_equal(refusal_find("banned", 5), REFUSALS);
	assert_int_equal(refusal_find("Banned", 6), REFUSALS);
	assert_int_equal(refusal_find("no such word", 12), REFUSALS);
}

/* Protocol §1: the table's order is the order of precedence. */
static void
the_path_is_judged_before_the_origin_and_the_origin_before_the_token(void **state)
{
	(void)state;
	assert_true(REFUSED_NOT_FOUND < REFUSED_BAD_ROOM);
	assert_true(REFUSED_BAD_ROOM < REFUSED_ORIGIN);
	assert_true(REFUSED_ORIGIN < REFUSED_TOKEN_MISSING);
	assert_true(REFUSED_TOKEN_EXPIRED < REFUSED_ROOM_FORBIDDEN);
	assert_true(REFUSED_UNAVAILABLE < REFUSED_UPGRADE_REQUIRED);
}

static void
http_answers_are_those_of_the_protocol(void **state)
{
	(void)state;
	assert_int_equal(refusal_table[REFUSED_NOT].status, 101);
	assert_int_equal(refusal_table[REFUSED_NOT_FOUND].status, 404);
	assert_int_equal(refusal_table[REFUSED_BAD_ROOM].status, 400);
	assert_int_equal(refusal_table[REFUSED_ORIGIN].status, 403);
	assert_int_equal(refusal_table[REFUSED_TOKEN_MISSING].status, 401);
	assert_int_equal(refusal_table[REFUSED_TOO_MANY].status, 429);
	assert_int_equal(refusal_table[REFUSED_UPGRADE_REQUIRED].status, 426);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_word_is_found_again),
		cmocka_unit_test(words_are_found_whole_only),
		cmocka_unit_test(
		    the_path_is_judged_before_the_origin_and_the_origin_before_the_token),
		cmocka_unit_test(http_answers_are_those_of_the_protocol),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
