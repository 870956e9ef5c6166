/* chat – order, ids, history, whispers, allowance; and the small gestures beside it. */
#include "room_three.h"

static void
chat_reaches_everybody_once_with_server_time(void **state)
{
	const int all[] = { ann, bob, eve };

	(void)state;
	assert_ack(send_event(bob, "add_chat", "{\"chatContent\":\"hi\",\"chatId\":\"c1\",\"timestamp\":1,"
					       "\"clientId\":\"ann\",\"other\":true}"));
	for (int i = 0; i < 3; i++)
		assert_string_equal(got(all[i]),
		    "{\"event\":\"add_chat\",\"payload\":{\"clientId\":\"bob\",\"displayName\":\"bob\","
		    "\"chatId\":\"c1\",\"chatContent\":\"hi\",\"timestamp\":1700000000200},"
		    "\"seq\":5,\"ts\":1700000000200}\n");
	assert_string_equal(w.stored.at, "chat zoom/r1 c1 bob bob \"hi\"\n");
}

static void
chat_id_is_made_when_absent_and_kept_apart(void **state)
{
	(void)state;
	send_event(bob, "add_chat", "{\"chatContent\":\"a\"}");
	assert_has(got(ann), "\"chatId\":\"0000000000000abc-1\"");
	send_event(bob, "add_chat", "{\"chatContent\":\"a\",\"chatId\":\"0000000000000abc-2\"}");
	send_event(bob, "add_chat", "{\"chatContent\":\"a\"}");
	assert_has(got(ann), "\"chatId\":\"0000000000000abc-3\"");
}

static void
chat_id_in_use_is_taken(void **state)
{
	(void)state;
	send_event(bob, "add_chat", "{\"chatContent\":\"a\",\"chatId\":\"c1\"}");
	forget_all();
	assert_error(send_event(eve, "add_chat", "{\"chatContent\":\"b\",\"chatId\":\"\\u0063\\u0031\"}"),
	    "chat_id_taken");
	assert_string_equal(got(ann), "");
	send_event(bob, "delete_chat", "{\"chatId\":\"c1\"}");
	assert_ack(send_event(eve, "add_chat", "{\"chatContent\":\"b\",\"chatId\":\"c1\"}"));
}

static void
private_chat_is_seen_by_the_two_alone_and_not_kept(void **state)
{
	(void)state;
	assert_ack(send_event(ann, "add_chat", "{\"chatContent\":\"psst\",\"targetClientId\":\"bob\"}"));
	assert_has(got(bob), "\"targetClientId\":\"bob\"");
	assert_has(got(ann), "psst");
	assert_string_equal(got(eve), "");
	assert_int_equal(w.stored.len, 0);
	send_event(bob, "recents_chat", "{}");
	assert_has(got(bob), "\"payload\":[]");
	send_event(ann, "add_chat", "{\"chatContent\":\"note\",\"targetClientId\":\"ann\"}");
	assert_null(strstr(strstr(got(ann), "note") + 1, "note"));
}

static void
recents_are_a_bare_array_oldest_first_of_the_newest(void **state)
{
	char payload[64];
	const char *text;

	(void)state;
	for (int i = 1; i <= 60; i++) {
		snprintf(payload, sizeof(payload), "{\"chatContent\":\"%d\",\"chatId\":\"c%d\"}", i, i);
		assert_ack(send_event(bob, "add_chat", payload));
		pass(2000);
	}
	forget_all();
	assert_ack(send_event(eve, "get_recent_chats", "{\"limit\":2}"));
	text = got(eve);
	assert_has(text, "{\"event\":\"recents_chat\",\"payload\":[{\"clientId\":\"bob\",\"displayName\":"
			 "\"bob\",\"chatId\":\"c59\",\"chatContent\":\"59\",\"timestamp\":");
	assert_has(text, "},{\"clientId\":\"bob\",\"displayName\":\"bob\",\"chatId\":\"c60\",");
	assert_lacks(text, "c58");
	send_event(eve, "recents_chat", "{\"limit\":1000}");
	text = got(eve);
	assert_lacks(text, "\"c10\"");
	assert_has(text, "\"payload\":[{\"clientId\":\"bob\",\"displayName\":\"bob\",\"chatId\":\"c11\"");
	send_event(eve, "recents_chat", "{\"limit\":2,\"before\":\"c3\"}");
	text = got(eve);
	assert_has(text, "c1");
	assert_has(text, "c2");
	assert_lacks(text, "c3");
	send_event(eve, "recents_chat", "{\"before\":\"c1\"}");
	assert_has(got(eve), "\"payload\":[]");
	assert_error(send_event(eve, "recents_chat", "{\"before\":\"nope\"}"), "not_found");
	assert_string_equal(got(ann), "");
}

static void
history_keeps_the_newest_hundred(void **state)
{
	char payload[64];

	(void)state;
	for (int i = 1; i <= 101; i++) {
		snprintf(payload, sizeof(payload), "{\"chatContent\":\"x\",\"chatId\":\"c%d\"}", i);
		assert_ack(send_event(bob, "add_chat", payload));
		pass(2000);
	}
	assert_error(send_event(bob, "delete_chat", "{\"chatId\":\"c1\"}"), "not_found");
	assert_ack(send_event(bob, "delete_chat", "{\"chatId\":\"c2\"}"));
}

static void
edit_is_the_authors_and_history_shows_it(void **state)
{
	(void)state;
	send_event(bob, "add_chat", "{\"chatContent\":\"a\",\"chatId\":\"c1\"}");
	pass(1000);
	forget_all();
	assert_error(send_event(ann, "edit_chat", "{\"chatId\":\"c1\",\"chatContent\":\"b\"}"), "forbidden");
	assert_error(send_event(bob, "edit_chat", "{\"chatId\":\"c9\",\"chatContent\":\"b\"}"), "not_found");
	assert_int_equal(w.stored.len, 0);
	assert_ack(send_event(bob, "edit_chat", "{\"chatId\":\"c1\",\"chatContent\":\"b\"}"));
	assert_has(got(eve), "{\"event\":\"edit_chat\",\"payload\":{\"clientId\":\"bob\",\"displayName\":"
			     "\"bob\",\"chatId\":\"c1\",\"chatContent\":\"b\",\"timestamp\":1700000000200,"
			     "\"edited\":1700000001200}");
	assert_string_equal(w.stored.at, "chat zoom/r1 c1 bob bob \"b\"\n");
	send_event(eve, "recents_chat", "{}");
	assert_has(got(eve), "\"chatContent\":\"b\",\"timestamp\":1700000000200,\"edited\":1700000001200}]");
}

static void
delete_is_the_authors_or_a_hosts(void **state)
{
	(void)state;
	send_event(bob, "add_chat", "{\"chatContent\":\"a\",\"chatId\":\"c1\"}");
	send_event(bob, "add_chat", "{\"chatContent\":\"a\",\"chatId\":\"c2\"}");
	forget_all();
	assert_error(send_event(eve, "delete_chat", "{\"chatId\":\"c1\"}"), "forbidden");
	assert_error(send_event(eve, "delete_chat", "{\"chatId\":\"c9\"}"), "not_found");
	assert_string_equal(got(bob), "");
	assert_ack(send_event(bob, "delete_chat", "{\"chatId\":\"c1\"}"));
	assert_has(got(eve), "{\"event\":\"delete_chat\",\"payload\":{\"clientId\":\"bob\",\"displayName\":"
			     "\"bob\",\"chatId\":\"c1\"},");
	assert_ack(send_event(ann, "delete_chat", "{\"chatId\":\"c2\"}"));
	assert_has(got(eve), "\"chatId\":\"c2\",\"by\":{\"clientId\":\"ann\",\"displayName\":\"ann\"}},");
	assert_string_equal(w.stored.at, "unchat zoom/r1 c1\nunchat zoom/r1 c2\n");
}

static void
chat_beyond_the_allowance_is_told_to_slow_down(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++)
		assert_ack(send_event(bob, "add_chat", "{\"chatContent\":\"x\"}"));
	forget_all();
	assert_error(send_event(bob, "add_chat", "{\"chatContent\":\"x\"}"), "slow_down");
	assert_has(w.reply.at, "\"retryAfterMs\":2000}");
	assert_string_equal(got(ann), "");
	assert_ack(send_event(ann, "add_chat", "{\"chatContent\":\"x\"}"));
	pass(1999);
	assert_error(send_event(bob, "add_chat", "{\"chatContent\":\"x\"}"), "slow_down");
	pass(1);
	assert_ack(send_event(bob, "add_chat", "{\"chatContent\":\"x\"}"));
	assert_error(send_event(bob, "add_chat", "{\"chatContent\":\"x\"}"), "slow_down");
}

/* A new connection is not a new allowance. */
static void
allowance_is_of_the_sub_and_survives_a_reconnect(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++)
		assert_ack(send_event(bob, "add_chat", "{\"chatContent\":\"x\"}"));
	gone(bob, "closed");
	bob = join("bob");
	assert_error(send_event(bob, "add_chat", "{\"chatContent\":\"x\"}"), "slow_down");
}

static void
refused_chat_costs_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++)
		assert_error(send_event(bob, "add_chat", "{\"chatContent\":\"\"}"), "bad_payload");
	for (int i = 0; i < 10; i++)
		assert_ack(send_event(bob, "add_chat", "{\"chatContent\":\"x\"}"));
}

static void
content_is_one_to_1000_code_points(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_str(&b, "{\"chatContent\":\"");
	for (int i = 0; i < 1000; i++)
		buf_str(&b, "\\ud83d\\ude00");
	buf_str(&b, "\"}");
	buf_add(&b, "", 1);
	assert_ack(send_event(bob, "add_chat", b.at));
	assert_has(got(ann), "\xf0\x9f\x98\x80\xf0\x9f\x98\x80");
	b.len -= 3;
	buf_str(&b, "x\"}");
	buf_add(&b, "", 1);
	assert_error(send_event(bob, "add_chat", b.at), "bad_payload");
	buf_fini(&b);
}

/* Meetings end with the room; the chat endpoint remembers for a week. */
static void
chat_is_forgotten_with_the_room_unless_the_endpoint_keeps_it(void **state)
{
	struct token t = token_of("bob");
	int chatter;

	(void)state;
	chatter = join_with(&t, ENDPOINT_CHAT, "r1", false);
	send_event(bob, "add_chat", "{\"chatContent\":\"x\"}");
	send_event(chatter, "add_chat", "{\"chatContent\":\"x\"}");
	for (int i = 1; i <= 4; i++)
		gone(i, "closed");
	forget_all();
	pass(10000);
	assert_int_equal(w.open, 0);
	assert_string_equal(w.stored.at, "forget zoom/r1\n");
}

static void
stored_chat_is_there_again(void **state)
{
	(void)state;
	core_load_chat(w.core, "zoom/r1", "old", "zoe", "Zoe", "\"hey\"", T0 - 5, T0 - 4);
	core_load_chat(w.core, "zoom/none", "old", "zoe", "Zoe", "\"hey\"", T0, 0);
	send_event(eve, "recents_chat", "{}");
	assert_has(got(eve), "\"payload\":[{\"clientId\":\"zoe\",\"displayName\":\"Zoe\",\"chatId\":\"old\","
			     "\"chatContent\":\"hey\",\"timestamp\":1699999999995,\"edited\":1699999999996}]");
	assert_error(send_event(eve, "add_chat", "{\"chatContent\":\"x\",\"chatId\":\"old\"}"),
	    "chat_id_taken");
}

static void
chat_older_than_the_endpoint_keeps_is_gone(void **state)
{
	struct token t = token_of("bob");
	int chatter;

	(void)state;
	t.expires = T0 + 30 * (int64_t)86400000;
	chatter = join_with(&t, ENDPOINT_CHAT, "r1", false);
	send_event(chatter, "add_chat", "{\"chatContent\":\"x\"}");
	pass(7 * (int64_t)86400000 + 1);
	got(chatter);
	send_event(chatter, "recents_chat", "{}");
	assert_has(got(chatter), "\"payload\":[]");
}

static void
typing_reaches_all_but_the_typist(void **state)
{
	(void)state;
	send_event(bob, "typing", "{\"isTyping\":true}");
	assert_has(got(ann), "{\"event\":\"typing\",\"payload\":{\"clientId\":\"bob\",\"displayName\":\"bob\","
			     "\"isTyping\":true},\"seq\":5,");
	assert_string_equal(got(bob), "");
}

static void
reaction_reaches_everybody(void **state)
{
	(void)state;
	send_event(bob, "reaction", "{\"emoji\":\"\xf0\x9f\x91\x8d\",\"chatId\":\"c1\"}");
	assert_has(got(bob), "{\"event\":\"reaction\",\"payload\":{\"clientId\":\"bob\",\"displayName\":"
			     "\"bob\",\"emoji\":\"\xf0\x9f\x91\x8d\",\"chatId\":\"c1\"},");
}

#define THREE_TEST(f) cmocka_unit_test_setup_teardown(f, three, world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		THREE_TEST(chat_reaches_everybody_once_with_server_time),
		THREE_TEST(chat_id_is_made_when_absent_and_kept_apart),
		THREE_TEST(chat_id_in_use_is_taken),
		THREE_TEST(private_chat_is_seen_by_the_two_alone_and_not_kept),
		THREE_TEST(recents_are_a_bare_array_oldest_first_of_the_newest),
		THREE_TEST(history_keeps_the_newest_hundred),
		THREE_TEST(edit_is_the_authors_and_history_shows_it),
		THREE_TEST(delete_is_the_authors_or_a_hosts),
		THREE_TEST(chat_beyond_the_allowance_is_told_to_slow_down),
		THREE_TEST(allowance_is_of_the_sub_and_survives_a_reconnect),
		THREE_TEST(refused_chat_costs_nothing),
		THREE_TEST(content_is_one_to_1000_code_points),
		THREE_TEST(chat_is_forgotten_with_the_room_unless_the_endpoint_keeps_it),
		THREE_TEST(stored_chat_is_there_again),
		THREE_TEST(chat_older_than_the_endpoint_keeps_is_gone),
		THREE_TEST(typing_reaches_all_but_the_typist),
		THREE_TEST(reaction_reaches_everybody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
