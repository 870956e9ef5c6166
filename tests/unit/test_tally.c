/* What the workers count together: real processes, as they are in the authorizer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tally.h"

enum { WORKERS = 4, EACH = 2000 };

static struct tally *tally;
static struct buf text;

static int
open_tally(void **state)
{
	(void)state;
	tally = tally_open();
	return tally ? 0 : -1;
}

static int
close_tally(void **state)
{
	(void)state;
	tally_close(tally);
	buf_fini(&text);
	return 0;
}

static void
look(bool broker_up)
{
	buf_reset(&text);
	buf_char(&text, '\n');
	tally_put(&text, tally, 7, broker_up);
	buf_char(&text, '\0');
	assert_false(buf_failed(&text));
}

static void
has(const char *line)
{
	char whole[160];

	snprintf(whole, sizeof(whole), "\n%s\n", line);
	if (!strstr(text.at, whole))
		fail_msg("no %s in %s", line, text.at);
}

static void
work(void)
{
	for (int i = 0; i < EACH; i++) {
		tally_decision(tally, ERRAND_CONNECT, REFUSED_TOKEN_MISSING);
		tally_time(tally, 3000);
	}
	_exit(0);
}

/* One that is lost is one that nobody ever hears of. */
static void
what_several_count_at_once_is_all_there(void **state)
{
	char line[100];

	(void)state;
	for (int i = 0; i < WORKERS; i++)
		if (fork() == 0)
			work();
	for (int i = 0; i < WORKERS; i++)
		wait(NULL);
	look(true);
	snprintf(line, sizeof(line),
	    "beckon_auth_decisions_total{at=\"upgrade\",result=\"token_missing\"} %d",
	    WORKERS * EACH);
	has(line);
	has("beckon_auth_duration_seconds_bucket{le=\"0.0025\"} 0");
	snprintf(line, sizeof(line), "beckon_auth_duration_seconds_bucket{le=\"0.005\"} %d",
	    WORKERS * EACH);
	has(line);
	snprintf(line, sizeof(line), "beckon_auth_duration_seconds_sum %d", WORKERS * EACH * 3 / 1000);
	has(line);
}

static void
every_place_and_word_has_a_line_of_its_own(void **state)
{
	int lines = 0;

	(void)state;
	tally_decision(tally, TALLY_EDGE, REFUSED_TOO_LONG);
	tally_decision(tally, ERRAND_TURN, REFUSED_NOT);
	look(true);
	has("beckon_auth_decisions_total{at=\"edge\",result=\"uri_too_long\"} 1");
	has("beckon_auth_decisions_total{at=\"turn\",result=\"accepted\"} 1");
	has("beckon_auth_decisions_total{at=\"validate\",result=\"banned\"} 0");
	assert_null(strstr(text.at, "at=\"edge\",result=\"accepted\""));
	for (const char *at = text.at; (at = strstr(at, "\nbeckon_auth_decisions_total{at=\"")); at++)
		lines++;
	assert_int_equal(TALLY_PLACES * REFUSALS - 1, lines);
}

static void
a_time_that_went_backwards_is_none(void **state)
{
	(void)state;
	tally_time(tally, -5);
	look(true);
	has("beckon_auth_duration_seconds_sum 0");
	has("beckon_auth_duration_seconds_count 1");
}

static void
it_says_whether_the_broker_answered(void **state)
{
	(void)state;
	look(true);
	has("beckon_broker_up 1");
	has("beckon_authorizer_workers 7");
	has("beckon_build_info{version=\"" BECKON_VERSION "\"} 1");
	look(false);
	has("beckon_broker_up 0");
}

int
main(void)
{
#define RULE(name) cmocka_unit_test_setup_teardown(name, open_tally, close_tally)
	const struct CMUnitTest tests[] = {
		RULE(what_several_count_at_once_is_all_there),
		RULE(every_place_and_word_has_a_line_of_its_own),
		RULE(a_time_that_went_backwards_is_none),
		RULE(it_says_whether_the_broker_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
