/* media – microphones, cameras, shared screens and raised hands, as all see them. */
#include "room_three.h"

static int
three_who_ask(void **state)
{
	three(state);
	send_event(ann, "set_policy", "{\"screenshare\":\"ask\"}");
	pass(200);
	forget_all();
	return 0;
}

static void
toggles_reach_everybody_and_stand_in_the_state(void **state)
{
	const char *text;

	(void)state;
	assert_ack(send_event(bob, "toggle_audio", "{\"enabled\":true}"));
	assert_ack(send_event(bob, "toggle_video", "{\"enabled\":true}"));
	assert_has(got(bob), "{\"event\":\"toggle_audio\",\"payload\":{\"clientId\":\"bob\",\"displayName\":"
			     "\"bob\",\"enabled\":true},");
	pass(100);
	text = got(eve);
	assert_has(text, "\"unmuted\":[{\"clientId\":\"bob\"");
	assert_has(text, "\"cameraOn\":[{\"clientId\":\"bob\"");
	gone(bob, "closed");
	pass(100);
	text = got(eve);
	assert_has(text, "\"unmuted\":[]");
	bob = join("bob");
	assert_has(got(bob), "\"unmuted\":[]");
}

static void
token_may_forbid_turning_on_but_not_off(void **state)
{
	struct token t = token_of("zoe");
	static const char *const events[] = { "toggle_audio", "toggle_video", "toggle_screenshare" };
	int zoe;

	(void)state;
	t.grants.no_audio = t.grants.no_video = t.grants.no_share = true;
	zoe = join_with(&t, ENDPOINT_ZOOM, "r1", false);
	for (int i = 0; i < 3; i++) {
		assert_error(send_event(zoe, events[i], "{\"enabled\":true}"), "forbidden");
		assert_ack(send_event(zoe, events[i], "{\"enabled\":false}"));
	}
}

static void
mute_is_told_to_its_target_and_shown_to_all(void **state)
{
	const char *text;

	(void)state;
	send_event(bob, "toggle_audio", "{\"enabled\":true}");
	send_event(bob, "toggle_video", "{\"enabled\":true}");
	pass(200);
	forget_all();
	assert_ack(send_event(ann, "mute", "{\"clientId\":\"bob\"}"));
	assert_has(got(bob), "{\"event\":\"mute\",\"payload\":{\"clientId\":\"bob\",\"displayName\":\"bob\","
			     "\"audio\":true,\"video\":false,\"by\":{\"clientId\":\"ann\",\"displayName\":\"ann\"}},");
	pass(100);
	text = got(eve);
	assert_lacks(text, "\"event\":\"mute\"");
	assert_has(text, "{\"event\":\"toggle_audio\",\"payload\":{\"clientId\":\"bob\",\"displayName\":\"bob\","
			 "\"enabled\":false,\"by\":{\"clientId\":\"ann\"");
	assert_has(text, "\"unmuted\":[]");
	assert_has(text, "\"cameraOn\":[{");
	assert_ack(send_event(ann, "mute", "{\"clientId\":\"bob\",\"video\":true}"));
	pass(100);
	assert_has(got(eve), "\"cameraOn\":[]");
}

static void
sharing_is_a_role_on_the_wire_and_hosts_stay_hosts(void **state)
{
	const char *text;

	(void)state;
	assert_ack(send_event(bob, "toggle_screenshare", "{\"enabled\":true}"));
	assert_has(got(eve), "{\"event\":\"role_changed\",\"payload\":{\"clientId\":\"bob\",\"displayName\":"
			     "\"bob\",\"role\":\"screenshare\"},");
	pass(100);
	assert_has(got(bob), "\"role\":\"screenshare\",\"expires\"");
	assert_has(got(eve), "\"sharingScreen\":[{\"clientId\":\"bob\"");
	send_event(ann, "toggle_screenshare", "{\"enabled\":true}");
	pass(100);
	text = got(ann);
	assert_has(text, "\"hosts\":[{\"clientId\":\"ann\"");
	assert_has(text, "\"role\":\"screenshare\",\"expires\"");
	forget_all();
	send_event(bob, "toggle_screenshare", "{\"enabled\":false}");
	assert_has(got(eve), "\"clientId\":\"bob\",\"displayName\":\"bob\",\"role\":\"participant\"}");
}

static void
sharing_needs_a_grant_where_the_policy_is_ask(void **state)
{
	(void)state;
	assert_error(send_event(bob, "toggle_screenshare", "{\"enabled\":true}"), "forbidden");
	assert_string_equal(got(eve), "");
	assert_ack(send_event(bob, "request_screenshare", "{}"));
	assert_has(got(ann), "{\"event\":\"request_screenshare\",\"payload\":{\"clientId\":\"bob\",");
	assert_string_equal(got(eve), "");
	assert_ack(send_event(ann, "accept_screenshare", "{\"clientId\":\"bob\"}"));
	assert_has(got(bob), "{\"event\":\"accept_screenshare\",\"payload\":{\"clientId\":\"bob\","
			     "\"displayName\":\"bob\",\"by\":{\"clientId\":\"ann\"");
	assert_lacks(got(eve), "accept_screenshare");
	assert_ack(send_event(bob, "toggle_screenshare", "{\"enabled\":true}"));
	assert_ack(send_event(ann, "toggle_screenshare", "{\"enabled\":true}"));
}

static void
grant_ends_when_the_share_stops(void **state)
{
	(void)state;
	send_event(ann, "accept_screenshare", "{\"clientId\":\"bob\"}");
	send_event(bob, "toggle_screenshare", "{\"enabled\":true}");
	send_event(bob, "toggle_screenshare", "{\"enabled\":false}");
	assert_error(send_event(bob, "toggle_screenshare", "{\"enabled\":true}"), "forbidden");
}

static void
stopped_share_ends_with_its_grant(void **state)
{
	(void)state;
	send_event(ann, "accept_screenshare", "{\"clientId\":\"bob\"}");
	send_event(bob, "toggle_screenshare", "{\"enabled\":true}");
	forget_all();
	assert_ack(send_event(ann, "stop_screenshare", "{\"clientId\":\"bob\"}"));
	assert_has(got(bob), "{\"event\":\"stop_screenshare\",\"payload\":{\"clientId\":\"bob\"");
	pass(100);
	assert_has(got(eve), "\"sharingScreen\":[]");
	assert_error(send_event(bob, "toggle_screenshare", "{\"enabled\":true}"), "forbidden");
}

static void
denied_share_is_told_to_its_target_alone(void **state)
{
	(void)state;
	assert_ack(send_event(ann, "deny_screenshare", "{\"clientId\":\"bob\"}"));
	assert_has(got(bob), "\"event\":\"deny_screenshare\"");
	assert_string_equal(got(eve), "");
	assert_error(send_event(bob, "toggle_screenshare", "{\"enabled\":true}"), "forbidden");
}

static void
policy_stands_in_the_state(void **state)
{
	(void)state;
	send_event(ann, "set_policy", "{\"screenshare\":\"open\"}");
	pass(100);
	assert_has(got(eve), "\"policy\":{\"screenshare\":\"open\"}");
	assert_ack(send_event(bob, "toggle_screenshare", "{\"enabled\":true}"));
}

static void
hands_stand_in_the_order_raised(void **state)
{
	(void)state;
	assert_ack(send_event(eve, "raise_hand", "{}"));
	send_event(ann, "raise_hand", "{}");
	send_event(bob, "raise_hand", "{}");
	send_event(eve, "raise_hand", "{}");
	send_event(ann, "lower_hand", "{}");
	assert_has(got(bob), "{\"event\":\"raise_hand\",\"payload\":{\"clientId\":\"eve\",\"displayName\":"
			     "\"eve\"},");
	pass(100);
	assert_has(got(bob), "\"handsRaised\":[{\"clientId\":\"eve\",\"displayName\":\"eve\"},"
			     "{\"clientId\":\"bob\",\"displayName\":\"bob\"}]");
	gone(eve, "closed");
	pass(100);
	assert_has(got(bob), "\"handsRaised\":[{\"clientId\":\"bob\",\"displayName\":\"bob\"}]");
}

static void
hands_of_others_are_the_hosts(void **state)
{
	(void)state;
	send_event(bob, "raise_hand", "{\"clientId\":\"bob\"}");
	forget_all();
	assert_error(send_event(eve, "lower_hand", "{\"clientId\":\"bob\"}"), "forbidden");
	assert_error(send_event(eve, "lower_hand", "{\"clientId\":\"nobody\"}"), "forbidden");
	assert_string_equal(got(bob), "");
	assert_ack(send_event(ann, "lower_hand", "{\"clientId\":\"bob\"}"));
	assert_has(got(eve), "{\"event\":\"lower_hand\",\"payload\":{\"clientId\":\"bob\",\"displayName\":"
			     "\"bob\",\"by\":{\"clientId\":\"ann\",\"displayName\":\"ann\"}},");
	assert_error(send_event(ann, "lower_hand", "{\"clientId\":\"nobody\"}"), "not_found");
}

#define THREE_TEST(f) cmocka_unit_test_setup_teardown(f, three, world_end)
#define ASK_TEST(f) cmocka_unit_test_setup_teardown(f, three_who_ask, world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		THREE_TEST(toggles_reach_everybody_and_stand_in_the_state),
		THREE_TEST(token_may_forbid_turning_on_but_not_off),
		THREE_TEST(mute_is_told_to_its_target_and_shown_to_all),
		THREE_TEST(sharing_is_a_role_on_the_wire_and_hosts_stay_hosts),
		ASK_TEST(sharing_needs_a_grant_where_the_policy_is_ask),
		ASK_TEST(grant_ends_when_the_share_stops),
		ASK_TEST(stopped_share_ends_with_its_grant),
		ASK_TEST(denied_share_is_told_to_its_target_alone),
		ASK_TEST(policy_stands_in_the_state),
		THREE_TEST(hands_stand_in_the_order_raised),
		THREE_TEST(hands_of_others_are_the_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
