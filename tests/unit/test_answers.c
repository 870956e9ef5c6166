/* answers – an event that is sent again must get the answer it had, and an endless visit must not
 * fill the broker's memory with answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "answers.h"
#include "bounds.h"

static void
put(struct answers *a, uint64_t number)
{
	char body[32];
	int n = snprintf(body, sizeof body, "answer %d", (int)number);

	answers_put(a, &(struct frame){ .kind = FRAME_REPLY, .seq = number, .body = body,
	    .len = (size_t)n });
}

static void
assert_kept(const struct answers *a, uint64_t number, bool kept)
{
	char body[32];
	struct frame reply;

	assert_int_equal(answers_find(a, number, &reply), kept);
	if (!kept)
		return;
	snprintf(body, sizeof body, "answer %d", (int)number);
	assert_int_equal(reply.len, strlen(body));
	assert_memory_equal(reply.body, body, reply.len);
}

static void
an_answer_is_found_by_its_number_until_it_arrived(void **state)
{
	struct answers a = { .frames = BUF_INIT };

	(void)state;
	for (uint64_t n = 1; n <= 5; n++)
		put(&a, n);
	answers_forget(&a, 3);
	for (uint64_t n = 1; n <= 6; n++)
		assert_kept(&a, n, n == 4 || n == 5);
	answers_forget(&a, 2); /* late news */
	assert_kept(&a, 4, true);
	answers_fini(&a);
}

static void
all_arrived_leaves_no_memory_behind(void **state)
{
	struct answers a = { .frames = BUF_INIT };

	(void)state;
	put(&a, 1);
	answers_forget(&a, 1);
	assert_int_equal(a.frames.cap, 0);
	put(&a, 2);
	assert_kept(&a, 2, true);
	answers_fini(&a);
}

static void
no_more_is_kept_than_a_handler_may_have_under_way(void **state)
{
	struct answers a = { .frames = BUF_INIT };
	const uint64_t last = 10 * EVENT_WINDOW;

	(void)state;
	for (uint64_t n = 1; n <= last; n++)
		put(&a, n);
	assert_kept(&a, last - EVENT_WINDOW, false);
	for (uint64_t n = last - EVENT_WINDOW + 1; n <= last; n++)
		assert_kept(&a, n, true);
	answers_fini(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_found_by_its_number_until_it_arrived),
		cmocka_unit_test(all_arrived_leaves_no_memory_behind),
		cmocka_unit_test(no_more_is_kept_than_a_handler_may_have_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
