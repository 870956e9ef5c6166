/* Who watches must not miss anybody, nor be told the same twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "comings.h"

static void
put(struct comings *c, int number)
{
	char body[32];

	comings_put(c, "zoom/r1", body, (size_t)snprintf(body, sizeof body, "[%d]", number));
}

static void
tells(const struct comings *c, uint64_t after, const char *expected)
{
	struct buf b = BUF_INIT;

	comings_tell(c, after, &b);
	buf_char(&b, '\0');
	assert_string_equal(b.at, expected);
	buf_fini(&b);
}

static void
each_is_told_once_to_who_asks_from_the_last(void **state)
{
	struct comings c = { NULL, 0 };

	(void)state;
	tells(&c, 0, "{\"last\":0,\"lost\":0,\"list\":[]}");
	put(&c, 1);
	put(&c, 2);
	tells(&c, 0, "{\"last\":2,\"lost\":0,\"list\":[{\"room\":\"zoom/r1\",\"message\":[1]},"
		     "{\"room\":\"zoom/r1\",\"message\":[2]}]}");
	tells(&c, 1, "{\"last\":2,\"lost\":0,\"list\":[{\"room\":\"zoom/r1\",\"message\":[2]}]}");
	tells(&c, 2, "{\"last\":2,\"lost\":0,\"list\":[]}");
	comings_fini(&c);
}

static void
what_is_forgotten_is_counted(void **state)
{
	struct comings c = { NULL, 0 };
	struct buf b = BUF_INIT;

	(void)state;
	for (int i = 1; i <= COMINGS_MAX + 5; i++)
		put(&c, i);
	comings_tell(&c, 2, &b);
	buf_char(&b, '\0');
	assert_non_null(strstr(b.at, "\"last\":1029,\"lost\":3,\"list\":[{\"room\":\"zoom/r1\","
				     "\"message\":[6]},"));
	assert_non_null(strstr(b.at, "[1029]}]}"));
	buf_fini(&b);
	comings_fini(&c);
}

/* Another broker begins anew, and who asks may be ahead of it. */
static void
a_number_that_never_was_is_answered_with_nothing(void **state)
{
	struct comings c = { NULL, 0 };

	(void)state;
	put(&c, 1);
	tells(&c, UINT64_MAX, "{\"last\":1,\"lost\":0,\"list\":[]}");
	tells(&c, 7, "{\"last\":1,\"lost\":0,\"list\":[]}");
	comings_fini(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_told_once_to_who_asks_from_the_last),
		cmocka_unit_test(what_is_forgotten_is_counted),
		cmocka_unit_test(a_number_that_never_was_is_answered_with_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
