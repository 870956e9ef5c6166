/* What is taken up while the service runs, and what must not be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "reload.h"

static void
load(struct conf *c, char *const *environment)
{
	char why[200];

	assert_int_equal(conf_load(c, NULL, environment, why, sizeof why), 0);
}

static void
takes(char *const *now, char *const *next, const char *expected)
{
	struct buf report = BUF_INIT;
	struct conf a, b;

	load(&a, now);
	load(&b, next);
	reload_take(&a, &b, &report);
	buf_char(&report, '\0');
	assert_string_equal(report.at, expected);
	for (int i = 0; i < CONF_KEYS; i++) { /* both are whole, and may be freed */
		assert_non_null(a.text[i]);
		assert_non_null(b.text[i]);
	}
	buf_fini(&report);
	conf_free(&a);
	conf_free(&b);
}

static void
what_may_change_is_taken_and_the_rest_named(void **state)
{
	char *const now[] = { NULL };
	char *const next[] = { "CHAT_BURST=11", "PORT=81", "JWT_ISSUER=me", NULL };

	(void)state;
	takes(now, next, "\"taken\":[\"JWT_ISSUER\",\"CHAT_BURST\"],\"restart\":[\"PORT\"]");
	takes(next, now, "\"taken\":[\"JWT_ISSUER\",\"CHAT_BURST\"],\"restart\":[\"PORT\"]");
	takes(next, next, "\"taken\":[],\"restart\":[]");
}

static void
values_are_those_of_what_was_taken(void **state)
{
	char *const next[] = { "CHAT_BURST=11", "PORT=81", NULL };
	struct buf report = BUF_INIT;
	struct conf a, b;

	(void)state;
	load(&a, NULL);
	load(&b, next);
	reload_take(&a, &b, &report);
	assert_int_equal(a.number[CONF_CHAT_BURST], 11);
	assert_string_equal(a.text[CONF_CHAT_BURST], "11");
	assert_int_equal(a.number[CONF_PORT], 8080);
	buf_fini(&report);
	conf_free(&a);
	conf_free(&b);
}

/* Sockets, folders and users are what everything else was opened with. */
static void
what_others_hold_open_needs_a_restart(void **state)
{
	static const enum conf_key held[] = { CONF_PORT, CONF_TLS_PORT, CONF_RUN_DIR, CONF_DATA_DIR,
		CONF_OPERATORS, CONF_GATEWAY_USER, CONF_BUS_QUEUE, CONF_WEBSOCKETD_INSTANCES,
		CONF_WEBSOCKETD_MEMORY };

	(void)state;
	for (size_t i = 0; i < sizeof held / sizeof *held; i++)
		assert_false(reload_is_live(held[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_may_change_is_taken_and_the_rest_named),
		cmocka_unit_test(values_are_those_of_what_was_taken),
		cmocka_unit_test(what_others_hold_open_needs_a_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
