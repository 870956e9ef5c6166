/* host – what hosts do to rooms and to people, and how long it holds. */
#include "room_three.h"

static void
kicked_one_is_told_by_whom_and_may_come_back(void **state)
{
	(void)state;
	assert_ack(send_event(ann, "kick", "{\"clientId\":\"bob\",\"reason\":\"noise\"}"));
	assert_has(got(bob), "{\"event\":\"bye\",\"payload\":{\"code\":4001,\"reason\":\"kicked\","
			     "\"reconnect\":false,\"retryAfterMs\":0,\"by\":{\"clientId\":\"ann\","
			     "\"displayName\":\"ann\"},\"message\":\"noise\"},\"ts\":");
	assert_has(got(eve), "{\"event\":\"disconnect\",\"payload\":{\"clientId\":\"bob\",\"displayName\":"
			     "\"bob\",\"reason\":\"kicked\",\"by\":{\"clientId\":\"ann\",\"displayName\":\"ann\"},"
			     "\"message\":\"noise\"},");
	assert_int_equal(w.client[join("bob")].refused, REFUSED_NOT);
}

static void
kick_ends_all_connections_of_the_sub(void **state)
{
	int tab;

	(void)state;
	tab = join("bob");
	send_event(ann, "kick", "{\"clientId\":\"bob\"}");
	assert_true(w.client[bob].over);
	assert_true(w.client[tab].over);
	core_event(w.core, w.client[tab].session, 9, "{}", 2, w.now, &w.out);
	assert_int_equal(w.out.count, 1);
	assert_int_equal(w.out.list[0].len, 0);
}

static void
kick_of_oneself_is_a_bye_and_no_ack(void **state)
{
	(void)state;
	assert_string_equal(send_event(ann, "kick", "{\"clientId\":\"ann\"}"), "");
	assert_has(got(ann), "\"kicked\"");
	assert_has(got(bob), "\"role\":\"host\"");
}

static void
kicked_host_does_not_return_as_host(void **state)
{
	(void)state;
	send_event(ann, "set_role", "{\"clientId\":\"bob\",\"role\":\"host\"}");
	send_event(bob, "kick", "{\"clientId\":\"ann\"}");
	ann = join("ann");
	assert_has(got(ann), "\"role\":\"participant\"");
}

static void
ban_holds_against_the_sub_in_that_room_until_it_ends(void **state)
{
	struct token t = token_of("bob");

	(void)state;
	assert_ack(send_event(ann, "ban", "{\"clientId\":\"bob\",\"seconds\":3600,\"reason\":\"x \\u0041\"}"));
	assert_has(got(bob), "\"code\":4002,\"reason\":\"banned\"");
	assert_string_equal(w.stored.at, "ban zoom/r1 bob ann x A\n");
	assert_int_equal(w.client[join("bob")].refused, REFUSED_BANNED);
	assert_int_equal(w.client[join_host("bob")].refused, REFUSED_BANNED);
	assert_int_equal(w.client[join_with(&t, ENDPOINT_ZOOM, "r2", false)].refused, REFUSED_NOT);
	assert_int_equal(w.client[join_with(&t, ENDPOINT_CHAT, "r1", false)].refused, REFUSED_NOT);
	pass(3599999);
	assert_int_equal(w.client[join("bob")].refused, REFUSED_BANNED);
	pass(1);
	assert_int_equal(w.client[join("bob")].refused, REFUSED_NOT);
}

static void
ban_outlives_the_room(void **state)
{
	(void)state;
	send_event(ann, "ban", "{\"clientId\":\"bob\"}");
	send_event(ann, "close_room", "{}");
	pass(86399000);
	assert_int_equal(w.client[join("bob")].refused, REFUSED_BANNED);
	pass(1000);
	assert_int_equal(w.client[join("bob")].refused, REFUSED_NOT);
}

static void
ban_that_was_stored_holds(void **state)
{
	(void)state;
	core_load_ban(w.core, "zoom/r1", "zoe", w.now + 1000);
	assert_int_equal(w.client[join("zoe")].refused, REFUSED_BANNED);
	pass(1000);
	assert_int_equal(w.client[join("zoe")].refused, REFUSED_NOT);
}

static void
locked_room_refuses_newcomers_but_not_those_who_return(void **state)
{
	(void)state;
	assert_ack(send_event(ann, "lock_room", "{\"locked\":true}"));
	pass(100);
	assert_has(got(bob), "\"locked\":true");
	assert_int_equal(w.client[join("zoe")].refused, REFUSED_LOCKED);
	assert_int_equal(w.client[join_host("zoe")].refused, REFUSED_LOCKED);
	assert_int_equal(w.client[join("bob")].refused, REFUSED_NOT);
	gone(eve, "timeout");
	pass(299999);
	assert_int_equal(w.client[eve = join("eve")].refused, REFUSED_NOT);
	send_event(eve, "leave", "{}");
	assert_int_equal(w.client[join("eve")].refused, REFUSED_LOCKED);
	send_event(ann, "lock_room", "{\"locked\":false}");
	assert_int_equal(w.client[join("zoe")].refused, REFUSED_NOT);
}

static void
set_role_makes_and_unmakes_hosts(void **state)
{
	(void)state;
	assert_ack(send_event(ann, "set_role", "{\"clientId\":\"bob\",\"role\":\"host\"}"));
	assert_has(got(bob), "{\"event\":\"role_changed\",\"payload\":{\"clientId\":\"bob\",\"displayName\":"
			     "\"bob\",\"role\":\"host\",\"by\":{\"clientId\":\"ann\",\"displayName\":\"ann\"}},");
	pass(100);
	assert_has(got(bob), "\"role\":\"host\",\"expires\"");
	assert_ack(send_event(bob, "set_role", "{\"clientId\":\"ann\",\"role\":\"participant\"}"));
	assert_error(send_event(ann, "lock_room", "{\"locked\":true}"), "forbidden");
}

static void
last_host_cannot_step_down(void **state)
{
	(void)state;
	assert_error(send_event(ann, "set_role", "{\"clientId\":\"ann\",\"role\":\"participant\"}"),
	    "forbidden");
	assert_string_equal(got(bob), "");
}

static void
closed_room_says_bye_to_all_and_forgets_its_chat(void **state)
{
	int wes;

	(void)state;
	send_event(ann, "set_lobby", "{\"enabled\":true}");
	wes = join("wes");
	send_event(ann, "add_chat", "{\"chatContent\":\"x\"}");
	forget_all();
	assert_string_equal(send_event(ann, "close_room", "{\"reason\":\"good night\"}"), "");
	assert_has(got(ann), "{\"event\":\"bye\",\"payload\":{\"code\":4004,\"reason\":\"room_closed\","
			     "\"reconnect\":false,\"retryAfterMs\":0,\"message\":\"good night\"}");
	assert_has(got(bob), "\"by\":{\"clientId\":\"ann\"");
	assert_has(got(wes), "\"code\":4004");
	assert_string_equal(w.stored.at, "forget zoom/r1\n");
	assert_int_equal(w.open, 0);
	bob = join("bob");
	assert_has(got(bob), "\"role\":\"host\"");
	send_event(bob, "recents_chat", "{}");
	assert_has(got(bob), "\"payload\":[]");
}

static void
unknown_subject_is_not_found(void **state)
{
	static const char *const events[] = { "kick", "ban", "mute", "stop_screenshare" };

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_error(send_event(ann, events[i], "{\"clientId\":\"zoe\"}"), "not_found");
	assert_error(send_event(ann, "set_role", "{\"clientId\":\"zoe\",\"role\":\"host\"}"), "not_found");
}

static void
refreshed_token_moves_the_end(void **state)
{
	struct token t = token_of("zoe");
	int zoe;

	(void)state;
	t.expires = w.now + 100000;
	zoe = join_with(&t, ENDPOINT_ZOOM, "r1", false);
	assert_string_equal(send_event(zoe, "refresh_token", "{\"token\":\"a.b\\u002ec\"}"), "");
	assert_string_equal(w.verify, "a.b.c");
	t.expires = w.now + 200000;
	core_refresh(w.core, w.client[zoe].session, w.verify_number, &t, w.now, &w.out);
	carry_out();
	assert_has(w.reply.at, "{\"event\":\"ack\",\"payload\":{\"expires\":1700000200200},");
	assert_has(w.reply.at, ",\"id\":1}");
	send_event(ann, "lock_room", "{\"locked\":true}");
	pass(100);
	assert_has(got(zoe), "\"expires\":1700000200200");
	pass(139899);
	assert_lacks(got(zoe), "token_expiring");
	pass(1);
	assert_has(got(zoe), "token_expiring");
	pass(60000);
	assert_has(got(zoe), "\"expired\"");
}

static void
token_of_another_or_none_is_forbidden_and_the_old_one_stays(void **state)
{
	struct token t = token_of("ann");
	const struct token *tokens[] = { NULL, &t };

	(void)state;
	for (int i = 0; i < 2; i++) {
		send_event(bob, "refresh_token", "{\"token\":\"x\"}");
		core_refresh(w.core, w.client[bob].session, w.verify_number, tokens[i], w.now, &w.out);
		carry_out();
		assert_has(w.reply.at, "{\"event\":\"error\",\"payload\":{\"code\":\"forbidden\"");
		assert_has(w.reply.at, "\"event\":\"refresh_token\"},\"id\":1}");
	}
	core_refresh(w.core, w.client[bob].session, w.verify_number, &t, w.now, &w.out);
	buf_reset(&w.reply);
	carry_out();
	assert_int_equal(w.reply.len, 1); /* nothing was asked */
}

#define THREE_TEST(f) cmocka_unit_test_setup_teardown(f, three, world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		THREE_TEST(kicked_one_is_told_by_whom_and_may_come_back),
		THREE_TEST(kick_ends_all_connections_of_the_sub),
		THREE_TEST(kick_of_oneself_is_a_bye_and_no_ack),
		THREE_TEST(kicked_host_does_not_return_as_host),
		THREE_TEST(ban_holds_against_the_sub_in_that_room_until_it_ends),
		THREE_TEST(ban_outlives_the_room),
		THREE_TEST(ban_that_was_stored_holds),
		THREE_TEST(locked_room_refuses_newcomers_but_not_those_who_return),
		THREE_TEST(set_role_makes_and_unmakes_hosts),
		THREE_TEST(last_host_cannot_step_down),
		THREE_TEST(closed_room_says_bye_to_all_and_forgets_its_chat),
		THREE_TEST(unknown_subject_is_not_found),
		THREE_TEST(refreshed_token_moves_the_end),
		THREE_TEST(token_of_another_or_none_is_forbidden_and_the_old_one_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
