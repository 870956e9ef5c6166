/* The broker counts what handlers say, and an honest one never meets its limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bounds.h"
#include "quota.h"

enum { START = 1000, HOUR = 3600000 };

static struct core_conf conf;
static struct quota q;
static uint64_t number;

static int
start(void **state)
{
	(void)state;
	core_conf_init(&conf);
	quota_init(&q, &conf, START);
	number = 0;
	return 0;
}

static bool
takes(enum event_kind kind, size_t len, int64_t now)
{
	if (quota_is_spent(&q, now))
		return false;
	quota_take(&q, ++number, kind, len, now);
	return true;
}

static void
a_flood_ends_soon_after_the_burst(void **state)
{
	int n = 0;

	(void)state;
	while (n < 100000 && takes(EVENT_PING, 10, START))
		n++;
	assert_in_range(n, conf.events_burst + EVENT_WINDOW, 2 * conf.events_burst);
}

static void
so_does_one_of_long_messages(void **state)
{
	int n = 0;

	(void)state;
	while (n < 100000 && takes(EVENT_MESSAGE, MESSAGE_MAX, START))
		n++;
	assert_in_range(n, conf.bytes_burst / MESSAGE_MAX + EVENT_WINDOW, 100);
}

static void
what_costs_clients_nothing_costs_handlers_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < 10 * conf.events_burst; i++)
		assert_true(takes(EVENT_PONG, 10, START));
}

/* A client that sends all it may, the longest messages among it, through a handler whose events
 * arrive when the broker comes to them: at once, or all together after seconds. */
static void
an_honest_handler_never_meets_it(void **state)
{
	struct bucket events, bytes;
	int under_way = 0, said = 0;

	(void)state;
	bucket_init(&events, conf.events_per_second, conf.events_burst, START);
	bucket_init(&bytes, conf.bytes_per_second, conf.bytes_burst, START);
	for (int64_t now = START; now < HOUR; now += 7) {
		bool stalls = now / 4000 % 3 == 1; /* four seconds of twelve */
		size_t len = now / 600000 % 2 == 0 ? MESSAGE_MAX : 100;

		if (!stalls)
			for (; under_way > 0; under_way--)
				assert_true(takes(EVENT_MESSAGE, len, now));
		while (under_way < EVENT_WINDOW && bucket_wait(&events, now) == 0 &&
		    bucket_wait(&bytes, now) == 0) {
			bucket_take(&events, 1, now);
			bucket_take(&bytes, (int64_t)len, now);
			said++;
			if (stalls)
				under_way++;
			else
				assert_true(takes(EVENT_MESSAGE, len, now));
		}
	}
	assert_true(said > HOUR / 1000 * 10);
}

static void
spend_all(void)
{
	while (takes(EVENT_PING, 10, START))
		;
}

static void
what_is_said_again_over_the_next_pipe_is_not_counted_again(void **state)
{
	struct quota before;

	(void)state;
	for (int i = 0; i < 100; i++)
		takes(EVENT_PING, 10, START);
	before = q;
	for (int pipe = 0; pipe < 50; pipe++) {
		quota_rejoin(&q);
		for (uint64_t n = 100 - EVENT_WINDOW + 1; n <= 100; n++)
			quota_take(&q, n, EVENTS, 10, START);
	}
	assert_int_equal(q.events.level, before.events.level);
	assert_int_equal(q.bytes.level, before.bytes.level);
	quota_take(&q, 100, EVENTS, 10, START);
	assert_true(q.events.level < before.events.level);
}

static void
another_pipe_is_no_new_allowance(void **state)
{
	(void)state;
	spend_all();
	quota_rejoin(&q);
	assert_true(quota_is_spent(&q, START));
	assert_false(quota_is_spent(&q, START + 1000));
}

static void
no_number_makes_events_free(void **state)
{
	(void)state;
	quota_take(&q, UINT64_MAX, EVENTS, 10, START);
	quota_rejoin(&q);
	for (uint64_t n = 1; n < 2000; n++)
		quota_take(&q, n, EVENTS, 10, START);
	assert_true(quota_is_spent(&q, START));
}

#define TEST(f) cmocka_unit_test_setup(f, start)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_flood_ends_soon_after_the_burst),
		TEST(so_does_one_of_long_messages),
		TEST(what_costs_clients_nothing_costs_handlers_nothing),
		TEST(an_honest_handler_never_meets_it),
		TEST(what_is_said_again_over_the_next_pipe_is_not_counted_again),
		TEST(another_pipe_is_no_new_allowance),
		TEST(no_number_makes_events_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
