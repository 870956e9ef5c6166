/* ice – what is an address of a STUN or TURN server, and what would become one in a client. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ice.h"

static void
addresses_of_rfc_7064_and_7065_are_known(void **state)
{
	static const char *const stun[] = { "stun:example.org", "stuns:stun.example.org:5349",
		"stun:192.0.2.1:3478", "stun:[2001:db8::1]:3478", "" };
	static const char *const turn[] = { "turn:example.org", "turns:example.org:443?transport=tcp",
		"turn:127.0.0.1:3478?transport=udp", "turn:[::1]",
		" turn:a.example , turn:b.example:80?transport=tcp,", "" };

	(void)state;
	for (size_t i = 0; i < sizeof(stun) / sizeof(*stun); i++)
		assert_true(ice_list_valid(stun[i], ICE_STUN));
	for (size_t i = 0; i < sizeof(turn) / sizeof(*turn); i++)
		assert_true(ice_list_valid(turn[i], ICE_TURN));
}

/* A browser throws at an address it does not know, and then there is no call at all. */
static void
what_a_browser_would_not_take_is_none(void **state)
{
	static const char *const neither[] = { "example.org", "stun:", "turn:", "stun://example.org",
		"turn://example.org", "http:example.org", "TURN:example.org", "turn:user@example.org",
		"turn:example.org:", "turn:example.org:0", "turn:example.org:65536",
		"turn:example.org:99999999999999999999", "turn:example.org:12a", "turn:example.org:+1",
		"turn:example.org?transport=sctp", "turn:example.org?transport=", "turn:example.org?",
		"turn:example.org?transport=udp&x", "turn:[::1", "turn:[]", "turn:[127.0.0.1]",
		"turn:[::1]x", "turn:exa\"mple.org", "turn:ex\\ample", "turn:b\303\274cher.example",
		"turn:[1:2:3:4:5:6:7:8:9:10:11:12:13:14:15:16:17:18:19:20:21:22]",
		"turn:a.example,,nonsense", "turn:a.example\tturn:b.example" };

	(void)state;
	for (size_t i = 0; i < sizeof(neither) / sizeof(*neither); i++) {
		assert_false(ice_list_valid(neither[i], ICE_TURN));
		assert_false(ice_list_valid(neither[i], ICE_STUN));
	}
	assert_false(ice_list_valid("turn:example.org", ICE_STUN));
	assert_false(ice_list_valid("stun:example.org", ICE_TURN));
	assert_false(ice_list_valid("stun:example.org?transport=udp", ICE_STUN));
}

static void
a_list_is_gone_through_in_order(void **state)
{
	const char *list = ", turn:a ,turn:bb,";
	size_t n;

	(void)state;
	assert_memory_equal(ice_next(&list, &n), "turn:a", 6);
	assert_int_equal(n, 6);
	assert_memory_equal(ice_next(&list, &n), "turn:bb", 7);
	assert_int_equal(n, 7);
	assert_null(ice_next(&list, &n));
	assert_null(ice_next(&list, &n));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_of_rfc_7064_and_7065_are_known),
		cmocka_unit_test(what_a_browser_would_not_take_is_none),
		cmocka_unit_test(a_list_is_gone_through_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
