/* The defaults stand in two tables, as the core knows no configuration: they must not differ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core_conf.h"

static struct core_conf
read_with(char *const *environment)
{
	struct core_conf rooms;
	struct conf conf;
	char why[256];

	memset(&rooms, 0, sizeof(rooms));
	if (conf_load(&conf, NULL, environment, why, sizeof(why)) != 0)
		fail_msg("%s", why);
	core_conf_read(&rooms, &conf);
	conf_free(&conf);
	return rooms;
}

static void
defaults_of_the_configuration_are_the_protocols(void **state)
{
	struct core_conf rooms = read_with(NULL), protocol;

	(void)state;
	core_conf_init(&protocol);
	for (int e = 0; e < ENDPOINTS; e++) {
		assert_int_equal(rooms.of[e].members, protocol.of[e].members);
		assert_int_equal(rooms.of[e].lobby, protocol.of[e].lobby);
		assert_int_equal(rooms.of[e].ask, protocol.of[e].ask);
		assert_int_equal(rooms.of[e].history, protocol.of[e].history);
		assert_int_equal(rooms.of[e].history_age, protocol.of[e].history_age);
	}
	assert_int_equal(rooms.max_connections, protocol.max_connections);
	assert_int_equal(rooms.connections, protocol.connections);
	assert_int_equal(rooms.chat_per_minute, protocol.chat_per_minute);
	assert_int_equal(rooms.chat_burst, protocol.chat_burst);
	assert_int_equal(rooms.events_per_second, protocol.events_per_second);
	assert_int_equal(rooms.events_burst, protocol.events_burst);
	assert_int_equal(rooms.bytes_per_second, protocol.bytes_per_second);
	assert_int_equal(rooms.bytes_burst, protocol.bytes_burst);
}

static void
each_endpoint_has_keys_of_its_own(void **state)
{
	char *environment[] = { "MEMBERS_ZOOM=5", "LOBBY_SCREENSHARE=on", "SHARE_POLICY_CHAT=ask",
		"HISTORY_SCREENSHARE=7", "HISTORY_DAYS_ZOOM=2", NULL };
	struct core_conf rooms = read_with(environment);

	(void)state;
	assert_int_equal(rooms.of[ENDPOINT_ZOOM].members, 5);
	assert_int_equal(rooms.of[ENDPOINT_CHAT].members, 2000);
	assert_true(rooms.of[ENDPOINT_SCREENSHARE].lobby);
	assert_false(rooms.of[ENDPOINT_ZOOM].lobby);
	assert_true(rooms.of[ENDPOINT_CHAT].ask);
	assert_false(rooms.of[ENDPOINT_SCREENSHARE].ask);
	assert_int_equal(rooms.of[ENDPOINT_SCREENSHARE].history, 7);
	assert_int_equal(rooms.of[ENDPOINT_ZOOM].history_age, 2 * 86400000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_of_the_configuration_are_the_protocols),
		cmocka_unit_test(each_endpoint_has_keys_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
