/* lobby – waiting for a host's yes, and what waiters may know. */
#include "room_world.h"

static int ann, bob, wes;

/* A host, a participant, one who waits. */
static int
lobby(void **state)
{
	world_begin(state);
	ann = join("ann");
	bob = join("bob");
	send_event(ann, "set_lobby", "{\"enabled\":true}");
	pass(200);
	wes = join("wes");
	return 0;
}

static void
arrival_is_announced_to_hosts_alone(void **state)
{
	(void)state;
	assert_has(got(ann), "{\"event\":\"waiting_request\",\"payload\":{\"clientId\":\"wes\","
			     "\"displayName\":\"wes\"},\"seq\":");
	assert_lacks(got(bob), "waiting_request");
	pass(100);
	assert_has(got(bob), "\"waitingUsers\":[{\"clientId\":\"wes\",\"displayName\":\"wes\"}]");
}

/* A lobby that shows who is inside is no lobby. */
static void
waiter_sees_only_itself(void **state)
{
	const char *text;

	(void)state;
	text = got(wes);
	assert_has(text, "\"role\":\"waiting\"");
	assert_has(text, "\"hosts\":[],\"participants\":[],\"waitingUsers\":[{\"clientId\":\"wes\","
			 "\"displayName\":\"wes\"}],");
	assert_has(text, "\"participantCount\":0");
	assert_lacks(text, "ann");
	join("eve");
	join("zoe");
	send_event(ann, "add_chat", "{\"chatContent\":\"secret\"}");
	pass(200);
	assert_string_equal(got(wes), "");
}

static void
waiter_is_told_when_lock_or_policy_change(void **state)
{
	const char *text;

	(void)state;
	pass(200);
	forget_all();
	send_event(ann, "lock_room", "{\"locked\":true}");
	pass(100);
	text = got(wes);
	assert_has(text, "\"locked\":true");
	assert_lacks(text, "ann");
}

static void
waiting_request_tells_hosts_and_nobody_when_sent_by_others(void **state)
{
	(void)state;
	forget_all();
	assert_ack(send_event(wes, "request_waiting", "{}"));
	assert_has(got(ann), "\"event\":\"waiting_request\"");
	assert_ack(send_event(bob, "waiting_request", "{}"));
	assert_string_equal(got(ann), "");
}

static void
accepted_waiter_gets_the_word_then_the_room(void **state)
{
	const char *text, *word, *room;

	(void)state;
	pass(200);
	forget_all();
	assert_ack(send_event(ann, "accept_waiting", "{\"clientId\":\"wes\"}"));
	text = got(wes);
	word = strstr(text, "{\"event\":\"accept_waiting\",\"payload\":{\"clientId\":\"wes\",\"displayName\":"
			    "\"wes\",\"by\":{\"clientId\":\"ann\",\"displayName\":\"ann\"}},\"ts\":");
	room = strstr(text, "\"room_state\"");
	assert_non_null(word);
	assert_true(room > word);
	assert_has(room, "\"role\":\"participant\"");
	assert_has(room, "\"participantCount\":3");
	assert_lacks(text, "\"connect\"");
	text = got(bob);
	assert_has(text, "{\"event\":\"connect\",\"payload\":{\"clientId\":\"wes\",\"displayName\":\"wes\","
			 "\"role\":\"participant\"}");
	assert_lacks(text, "accept_waiting");
	send_event(ann, "message", "{\"data\":1}");
	assert_has(got(wes), "\"message\"");
}

static void
every_connection_of_an_accepted_waiter_is_admitted(void **state)
{
	int tab;

	(void)state;
	tab = join("wes");
	forget_all();
	send_event(ann, "accept_waiting", "{\"clientId\":\"wes\"}");
	assert_has(got(wes), "\"participantCount\":3");
	assert_has(got(tab), "\"participantCount\":3");
}

static void
denied_waiter_goes_and_may_not_return_for_a_minute(void **state)
{
	const char *text;

	(void)state;
	pass(200);
	forget_all();
	assert_ack(send_event(ann, "deny_waiting", "{\"clientId\":\"wes\"}"));
	text = got(wes);
	assert_has(text, "{\"event\":\"deny_waiting\",\"payload\":{\"clientId\":\"wes\"");
	assert_has(text, "\"code\":4003,\"reason\":\"denied\",\"reconnect\":false");
	assert_string_equal(got(bob), "");
	pass(100);
	assert_has(got(bob), "\"waitingUsers\":[]");
	assert_int_equal(w.client[join("wes")].refused, REFUSED_DENIED);
	pass(59899);
	assert_int_equal(w.client[join("wes")].refused, REFUSED_DENIED);
	pass(1);
	assert_int_equal(w.client[join("wes")].refused, REFUSED_NOT);
}

static void
only_who_waits_can_be_accepted_or_denied(void **state)
{
	(void)state;
	assert_error(send_event(ann, "accept_waiting", "{\"clientId\":\"bob\"}"), "not_found");
	assert_error(send_event(ann, "deny_waiting", "{\"clientId\":\"bob\"}"), "not_found");
	assert_error(send_event(ann, "deny_waiting", "{\"clientId\":\"zoe\"}"), "not_found");
}

static void
lobby_switched_off_admits_all_who_wait_longest_first(void **state)
{
	const char *text;
	int yan;

	(void)state;
	yan = join("yan");
	forget_all();
	send_event(ann, "set_lobby", "{\"enabled\":false}");
	assert_has(got(wes), "\"role\":\"participant\"");
	assert_has(got(yan), "\"role\":\"participant\"");
	text = got(bob);
	assert_true(strstr(text, "\"clientId\":\"wes\"") < strstr(text, "\"clientId\":\"yan\""));
	pass(100);
	assert_has(got(bob), "\"lobby\":false");
}

static void
host_token_passes_the_lobby(void **state)
{
	(void)state;
	assert_has(got(join_host("hal")), "\"role\":\"host\"");
}

/* Whoever was let in and lost the network does not knock again. */
static void
one_who_was_in_returns_past_the_lobby_but_not_after_leave(void **state)
{
	(void)state;
	gone(bob, "closed");
	pass(250000);
	bob = join("bob");
	assert_has(got(bob), "\"role\":\"participant\"");
	send_event(bob, "leave", "{}");
	assert_has(got(join("bob")), "\"role\":\"waiting\"");
	gone(wes, "closed");
	assert_has(got(join("wes")), "\"role\":\"waiting\"");
}

static void
longest_waiting_becomes_host_when_only_waiters_are_left(void **state)
{
	const char *text;
	int yan;

	(void)state;
	yan = join("yan");
	send_event(bob, "leave", "{}");
	gone(ann, "closed");
	forget_all();
	pass(9999);
	assert_string_equal(got(wes), "");
	pass(1);
	text = got(wes);
	assert_has(text, "\"role\":\"host\",\"expires\"");
	assert_has(text, "\"waitingUsers\":[{\"clientId\":\"yan\"");
	assert_string_equal(got(yan), "");
	assert_ack(send_event(wes, "accept_waiting", "{\"clientId\":\"yan\"}"));
}

static void
participant_succeeds_before_any_waiter(void **state)
{
	(void)state;
	forget_all();
	send_event(ann, "leave", "{}");
	assert_has(got(bob), "\"role_changed\"");
	assert_string_equal(got(wes), "");
}

/* Waiting is not presence: bob came back after wes came, but was in before wes was let in. */
static void
presence_counts_from_admission(void **state)
{
	(void)state;
	gone(bob, "closed");
	pass(10);
	bob = join("bob");
	pass(10);
	send_event(ann, "accept_waiting", "{\"clientId\":\"wes\"}");
	send_event(ann, "leave", "{}");
	assert_has(got(wes), "{\"event\":\"role_changed\",\"payload\":{\"clientId\":\"bob\"");
}

static void
waiter_who_goes_is_not_announced(void **state)
{
	(void)state;
	pass(200);
	forget_all();
	gone(wes, "closed");
	assert_string_equal(got(bob), "");
	pass(100);
	assert_has(got(bob), "\"waitingUsers\":[]");
}

static void
signals_to_waiters_are_forbidden(void **state)
{
	(void)state;
	forget_all();
	assert_error(send_event(bob, "offer", "{\"targetClientId\":\"wes\",\"sdp\":1}"), "forbidden");
	assert_error(send_event(bob, "message", "{\"targetClientId\":\"wes\",\"data\":1}"), "forbidden");
	assert_error(send_event(bob, "add_chat", "{\"targetClientId\":\"wes\",\"chatContent\":\"x\"}"),
	    "forbidden");
	assert_string_equal(got(wes), "");
}

static void
lobby_of_an_endpoint_may_be_on_from_the_start(void **state)
{
	struct core_conf conf;

	core_conf_init(&conf);
	conf.of[ENDPOINT_ZOOM].lobby = true;
	world_end(state);
	world_begin_with(&conf);
	assert_has(got(join("ann")), "\"role\":\"host\"");
	assert_has(got(join("bob")), "\"role\":\"waiting\"");
}

#define LOBBY_TEST(f) cmocka_unit_test_setup_teardown(f, lobby, world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LOBBY_TEST(arrival_is_announced_to_hosts_alone),
		LOBBY_TEST(waiter_sees_only_itself),
		LOBBY_TEST(waiter_is_told_when_lock_or_policy_change),
		LOBBY_TEST(waiting_request_tells_hosts_and_nobody_when_sent_by_others),
		LOBBY_TEST(accepted_waiter_gets_the_word_then_the_room),
		LOBBY_TEST(every_connection_of_an_accepted_waiter_is_admitted),
		LOBBY_TEST(denied_waiter_goes_and_may_not_return_for_a_minute),
		LOBBY_TEST(only_who_waits_can_be_accepted_or_denied),
		LOBBY_TEST(lobby_switched_off_admits_all_who_wait_longest_first),
		LOBBY_TEST(host_token_passes_the_lobby),
		LOBBY_TEST(one_who_was_in_returns_past_the_lobby_but_not_after_leave),
		LOBBY_TEST(longest_waiting_becomes_host_when_only_waiters_are_left),
		LOBBY_TEST(participant_succeeds_before_any_waiter),
		LOBBY_TEST(presence_counts_from_admission),
		LOBBY_TEST(waiter_who_goes_is_not_announced),
		LOBBY_TEST(signals_to_waiters_are_forbidden),
		LOBBY_TEST(lobby_of_an_endpoint_may_be_on_from_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
