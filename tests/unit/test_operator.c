/* operator – what operators do to rooms and people, who are told of it by nobody's name. */
#include "room_three.h"

static struct operated did;

static enum problem
operate(enum operation what, const char *room, const char *sub, const char *words)
{
	struct order o = { .what = what, .room = room, .sub = sub, .words = words,
		.until = w.now + 60000 };
	enum problem p = core_operate(w.core, &o, w.now, &did, &w.out);

	carry_out();
	return p;
}

static void
assert_did(unsigned rooms, unsigned people, unsigned connections)
{
	assert_int_equal(rooms, did.rooms);
	assert_int_equal(people, did.people);
	assert_int_equal(connections, did.connections);
}

static int
join_in(const char *sub, enum endpoint e, const char *room)
{
	struct token t = token_of(sub);

	return join_with(&t, e, room, false);
}

static void
kicked_one_hears_the_reason_and_no_name(void **state)
{
	int tab = join("bob");

	(void)state;
	forget_all();
	assert_int_equal(PROBLEM_NONE, operate(OPERATE_KICK, "zoom/r1", "bob", "too \"loud\""));
	assert_did(1, 1, 2);
	assert_has(got(bob), "{\"event\":\"bye\",\"payload\":{\"code\":4001,\"reason\":\"kicked\","
			     "\"reconnect\":false,\"retryAfterMs\":0,\"message\":\"too \\\"loud\\\"\"},\"ts\":");
	assert_has(got(tab), "\"kicked\"");
	assert_has(got(eve), "{\"event\":\"disconnect\",\"payload\":{\"clientId\":\"bob\",\"displayName\":"
			     "\"bob\",\"reason\":\"kicked\",\"message\":\"too \\\"loud\\\"\"},");
	assert_false(w.client[ann].over || w.client[eve].over);
	assert_int_equal(w.client[join("bob")].refused, REFUSED_NOT);
}

static void
kick_without_a_reason_says_none(void **state)
{
	(void)state;
	assert_int_equal(PROBLEM_NONE, operate(OPERATE_KICK, "zoom/r1", "bob", ""));
	assert_lacks(got(bob), "message");
	assert_lacks(got(ann), "message");
}

static void
who_is_not_there_is_not_found_and_nobody_hears_of_it(void **state)
{
	static const struct {
		enum operation what;
		const char *room, *sub;
	} nobody[] = {
		{ OPERATE_KICK, "zoom/r1", "zoe" }, { OPERATE_KICK, "chat/r1", "bob" },
		{ OPERATE_KICK, "*", "zoe" }, { OPERATE_UNBAN, "zoom/r1", "bob" },
		{ OPERATE_UNBAN, "*", "bob" }, { OPERATE_SAY, "zoom/r2", "" },
		{ OPERATE_CLOSE, "zoom/r2", "" }, { OPERATE_ACCEPT, "zoom/r1", "bob" },
		{ OPERATE_ACCEPT, "zoom/r1", "" }, { OPERATE_DENY, "zoom/r1", "ann" },
		{ OPERATE_DENY, "zoom/r1", "" }, { OPERATE_DENY, "*", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++) {
		assert_int_equal(PROBLEM_NOT_FOUND,
		    operate(nobody[i].what, nobody[i].room, nobody[i].sub, "x"));
		assert_did(0, 0, 0);
	}
	pass(200);
	assert_string_equal(got(ann), "");
	assert_string_equal(got(bob), "");
	assert_int_equal(w.stored.len, 0);
}

static void
kick_everywhere_is_from_each_room_and_from_no_one_else(void **state)
{
	int other = join_in("bob", ENDPOINT_CHAT, "r1"), zoe = join_in("zoe", ENDPOINT_CHAT, "r1");

	(void)state;
	assert_int_equal(PROBLEM_NONE, operate(OPERATE_KICK, "*", "bob", ""));
	assert_did(2, 2, 2);
	assert_true(w.client[bob].over && w.client[other].over);
	assert_false(w.client[ann].over || w.client[zoe].over);
}

/* As where its host goes. */
static void
a_kicked_host_has_a_successor(void **state)
{
	(void)state;
	assert_int_equal(PROBLEM_NONE, operate(OPERATE_KICK, "zoom/r1", "ann", ""));
	assert_has(got(bob), "{\"event\":\"role_changed\",\"payload\":{\"clientId\":\"bob\",\"displayName\":"
			     "\"bob\",\"role\":\"host\"},");
}

static void
ban_holds_in_that_room_and_is_stored_as_the_operators(void **state)
{
	(void)state;
	assert_int_equal(PROBLEM_NONE, operate(OPERATE_BAN, "zoom/r1", "bob", "a b"));
	assert_did(1, 1, 1);
	assert_has(got(bob), "\"code\":4002,\"reason\":\"banned\",\"reconnect\":false,\"retryAfterMs\":0,"
			     "\"message\":\"a b\"}");
	assert_string_equal(w.stored.at, "ban zoom/r1 bob operator a b\n");
	assert_int_equal(w.client[join_host("bob")].refused, REFUSED_BANNED);
	assert_int_equal(w.client[join_in("bob", ENDPOINT_ZOOM, "r2")].refused, REFUSED_NOT);
	pass(59999);
	assert_int_equal(w.client[join("bob")].refused, REFUSED_BANNED);
	pass(1);
	assert_int_equal(w.client[join("bob")].refused, REFUSED_NOT);
}

/* A host can ban whom it sees; an operator knows people from elsewhere. */
static void
ban_of_one_who_is_not_there_holds(void **state)
{
	(void)state;
	assert_int_equal(PROBLEM_NONE, operate(OPERATE_BAN, "zoom/r9", "zoe", ""));
	assert_did(1, 0, 0);
	assert_string_equal(w.stored.at, "ban zoom/r9 zoe operator \n");
	assert_int_equal(w.client[join_in("zoe", ENDPOINT_ZOOM, "r9")].refused, REFUSED_BANNED);
	assert_int_equal(w.open, 1);
}

static void
ban_everywhere_is_for_rooms_to_come_as_well(void **state)
{
	int other = join_in("bob", ENDPOINT_CHAT, "r1");

	(void)state;
	assert_int_equal(PROBLEM_NONE, operate(OPERATE_BAN, "*", "bob", ""));
	assert_did(1, 2, 2);
	assert_true(w.client[bob].over && w.client[other].over);
	assert_has(got(other), "\"code\":4002,");
	assert_string_equal(w.stored.at, "ban * bob operator \n");
	assert_int_equal(w.client[join("bob")].refused, REFUSED_BANNED);
	assert_int_equal(w.client[join_in("bob", ENDPOINT_SCREENSHARE, "new")].refused, REFUSED_BANNED);
	assert_int_equal(w.client[join_in("bobby", ENDPOINT_SCREENSHARE, "new")].refused, REFUSED_NOT);
}

static void
the_last_of_two_bans_holds(void **state)
{
	(void)state;
	send_event(ann, "ban", "{\"clientId\":\"bob\",\"seconds\":3600}");
	assert_int_equal(PROBLEM_NONE, operate(OPERATE_BAN, "zoom/r1", "bob", ""));
	assert_did(1, 0, 0);
	assert_int_equal(PROBLEM_NONE, operate(OPERATE_BAN, "zoom/r1", "bob", ""));
	assert_int_equal(w.client[join("bob")].refused, REFUSED_BANNED);
	pass(60000);
	assert_int_equal(w.client[join("bob")].refused, REFUSED_NOT);
}

static void
unban_lets_in_again_whoever_banned(void **state)
{
	(void)state;
	send_event(ann, "ban", "{\"clientId\":\"bob\"}");
	buf_reset(&w.stored);
	assert_int_equal(PROBLEM_NONE, operate(OPERATE_UNBAN, "zoom/r1", "bob", ""));
	assert_did(1, 0, 0);
	assert_string_equal(w.stored.at, "unban zoom/r1 bob\n");
	assert_int_equal(w.client[join("bob")].refused, REFUSED_NOT);
	assert_int_equal(PROBLEM_NOT_FOUND, operate(OPERATE_UNBAN, "zoom/r1", "bob", ""));
}

static void
unban_everywhere_lifts_the_bans_of_single_rooms_too(void **state)
{
	(void)state;
	operate(OPERATE_BAN, "zoom/r1", "bob", "");
	operate(OPERATE_BAN, "chat/x", "bob", "");
	operate(OPERATE_BAN, "*", "bob", "");
	operate(OPERATE_BAN, "chat/x", "bob bob", "");
	buf_reset(&w.stored);
	assert_int_equal(PROBLEM_NOT_FOUND, operate(OPERATE_UNBAN, "zoom/r2", "bob", ""));
	assert_int_equal(PROBLEM_NONE, operate(OPERATE_UNBAN, "*", "bob", ""));
	assert_did(3, 0, 0);
	assert_has(w.stored.at, "unban zoom/r1 bob\n");
	assert_has(w.stored.at, "unban chat/x bob\n");
	assert_has(w.stored.at, "unban * bob\n");
	assert_lacks(w.stored.at, "bob bob");
	assert_int_equal(w.client[join("bob")].refused, REFUSED_NOT);
	assert_int_equal(w.client[join_in("bob bob", ENDPOINT_CHAT, "x")].refused, REFUSED_BANNED);
}

/* What the store still owes to an older decision must not undo the newer one. */
static void
a_store_that_failed_ends_with_the_last_decision(void **state)
{
	(void)state;
	w.disk_full = true;
	operate(OPERATE_BAN, "zoom/r1", "bob", "");
	assert_int_equal(w.client[join("bob")].refused, REFUSED_BANNED);
	operate(OPERATE_UNBAN, "zoom/r1", "bob", "");
	assert_int_equal(w.client[join("bob")].refused, REFUSED_NOT);
	operate(OPERATE_BAN, "zoom/r1", "eve", "");
	w.disk_full = false;
	operate(OPERATE_BAN, "zoom/r1", "bob", "again");
	pass(20000);
	assert_string_equal(w.stored.at, "ban zoom/r1 bob operator again\nban zoom/r1 eve operator \n");
}

static void
what_is_said_has_its_place_in_the_order_and_no_sender(void **state)
{
	(void)state;
	round_event(ann, "add_chat", "{\"chatContent\":\"1\"}");
	core_operate(w.core, &(struct order){ OPERATE_SAY, "zoom/r1", "", "back at <8>", 0 }, w.now,
	    &did, &w.out);
	round_event(ann, "add_chat", "{\"chatContent\":\"2\"}");
	carry_out();
	assert_did(1, 3, 3);
	for (int i = 0; i < 3; i++) {
		const int who[] = { ann, bob, eve };
		const char *text = got(who[i]), *said = strstr(text, "{\"event\":\"announcement\"");

		assert_non_null(said);
		assert_has(text, "\"chatContent\":\"1\"");
		assert_has(said, "{\"event\":\"announcement\",\"payload\":{\"message\":\"back at <8>\"},\"seq\":");
		assert_has(said, "\"chatContent\":\"2\"");
		assert_lacks(said, "\"chatContent\":\"1\"");
	}
}

static void
say_everywhere_reaches_all_rooms_but_no_waiter(void **state)
{
	int zoe = join_in("zoe", ENDPOINT_CHAT, "x"), wes;

	(void)state;
	send_event(ann, "set_lobby", "{\"enabled\":true}");
	wes = join("wes");
	pass(200);
	forget_all();
	assert_int_equal(PROBLEM_NONE, operate(OPERATE_SAY, "*", "", "hello"));
	assert_did(2, 4, 4);
	assert_has(got(bob), "\"hello\"");
	assert_has(got(zoe), "\"hello\"");
	assert_string_equal(got(wes), "");
}

static void
say_to_nobody_at_all_is_no_error(void **state)
{
	(void)state;
	operate(OPERATE_CLOSE, "zoom/r1", "", "");
	assert_int_equal(PROBLEM_NONE, operate(OPERATE_SAY, "*", "", "hello"));
	assert_did(0, 0, 0);
}

static void
close_ends_the_room_for_all_and_its_chat(void **state)
{
	int wes, zoe = join_in("zoe", ENDPOINT_CHAT, "r1");

	(void)state;
	send_event(ann, "add_chat", "{\"chatContent\":\"x\",\"chatId\":\"c1\"}");
	send_event(ann, "set_lobby", "{\"enabled\":true}");
	wes = join("wes");
	forget_all();
	assert_int_equal(PROBLEM_NONE, operate(OPERATE_CLOSE, "zoom/r1", "", "over"));
	assert_did(1, 4, 4);
	assert_has(got(ann), "\"code\":4004,\"reason\":\"room_closed\",\"reconnect\":false,"
			     "\"retryAfterMs\":0,\"message\":\"over\"}");
	assert_has(got(wes), "\"code\":4004");
	assert_false(w.client[zoe].over);
	assert_string_equal(w.stored.at, "forget zoom/r1\n");
	assert_int_equal(w.open, 1);
	assert_false(core_is_open(w.core, "zoom/r1"));
	assert_has(got(join("eve")), "\"role\":\"host\"");
}

static void
a_room_in_its_grace_can_be_closed(void **state)
{
	(void)state;
	gone(ann, "closed");
	gone(bob, "closed");
	gone(eve, "closed");
	assert_int_equal(PROBLEM_NONE, operate(OPERATE_CLOSE, "zoom/r1", "", ""));
	assert_did(1, 0, 0);
	assert_int_equal(w.open, 0);
}

static void
one_or_all_who_wait_are_let_in(void **state)
{
	int wes, wim, wyn;

	(void)state;
	send_event(ann, "set_lobby", "{\"enabled\":true}");
	wes = join("wes");
	wim = join("wim");
	wyn = join("wyn");
	forget_all();
	assert_int_equal(PROBLEM_NONE, operate(OPERATE_ACCEPT, "zoom/r1", "wim", ""));
	assert_did(1, 1, 1);
	assert_has(got(wim), "{\"event\":\"accept_waiting\",\"payload\":{\"clientId\":\"wim\","
			     "\"displayName\":\"wim\"},\"ts\":");
	assert_false(w.client[wim].waiting);
	assert_true(w.client[wes].waiting && w.client[wyn].waiting);
	assert_int_equal(PROBLEM_NONE, operate(OPERATE_ACCEPT, "zoom/r1", "", ""));
	assert_did(1, 2, 2);
	assert_false(w.client[wes].waiting || w.client[wyn].waiting);
	assert_int_equal(PROBLEM_NOT_FOUND, operate(OPERATE_ACCEPT, "zoom/r1", "wes", ""));
}

static void
one_or_all_who_wait_are_turned_away(void **state)
{
	int wes, wim, wyn;

	(void)state;
	send_event(ann, "set_lobby", "{\"enabled\":true}");
	wes = join("wes");
	wim = join("wim");
	wyn = join("wyn");
	assert_int_equal(PROBLEM_NONE, operate(OPERATE_DENY, "zoom/r1", "wim", "x"));
	assert_did(1, 1, 1);
	assert_has(got(wim), "{\"event\":\"deny_waiting\",\"payload\":{\"clientId\":\"wim\","
			     "\"displayName\":\"wim\"},");
	assert_true(w.client[wim].over);
	assert_int_equal(w.client[join("wim")].refused, REFUSED_DENIED);
	assert_int_equal(PROBLEM_NONE, operate(OPERATE_DENY, "*", "", ""));
	assert_did(1, 2, 2);
	assert_true(w.client[wes].over && w.client[wyn].over);
	assert_false(w.client[ann].over);
}

/* None of them is forgotten, whoever would be next. */
static void
all_who_wait_are_turned_away_while_the_host_is_lost(void **state)
{
	int wes, wim;

	(void)state;
	send_event(ann, "set_lobby", "{\"enabled\":true}");
	wes = join("wes");
	wim = join("wim");
	send_event(bob, "leave", "{}");
	send_event(eve, "leave", "{}");
	gone(ann, "closed");
	assert_int_equal(PROBLEM_NONE, operate(OPERATE_DENY, "zoom/r1", "", ""));
	assert_did(1, 2, 2);
	assert_true(w.client[wes].over && w.client[wim].over);
}

#define OPERATOR_TEST(f) cmocka_unit_test_setup_teardown(f, three, world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		OPERATOR_TEST(kicked_one_hears_the_reason_and_no_name),
		OPERATOR_TEST(kick_without_a_reason_says_none),
		OPERATOR_TEST(who_is_not_there_is_not_found_and_nobody_hears_of_it),
		OPERATOR_TEST(kick_everywhere_is_from_each_room_and_from_no_one_else),
		OPERATOR_TEST(a_kicked_host_has_a_successor),
		OPERATOR_TEST(ban_holds_in_that_room_and_is_stored_as_the_operators),
		OPERATOR_TEST(ban_of_one_who_is_not_there_holds),
		OPERATOR_TEST(ban_everywhere_is_for_rooms_to_come_as_well),
		OPERATOR_TEST(the_last_of_two_bans_holds),
		OPERATOR_TEST(unban_lets_in_again_whoever_banned),
		OPERATOR_TEST(unban_everywhere_lifts_the_bans_of_single_rooms_too),
		OPERATOR_TEST(a_store_that_failed_ends_with_the_last_decision),
		OPERATOR_TEST(what_is_said_has_its_place_in_the_order_and_no_sender),
		OPERATOR_TEST(say_everywhere_reaches_all_rooms_but_no_waiter),
		OPERATOR_TEST(say_to_nobody_at_all_is_no_error),
		OPERATOR_TEST(close_ends_the_room_for_all_and_its_chat),
		OPERATOR_TEST(a_room_in_its_grace_can_be_closed),
		OPERATOR_TEST(one_or_all_who_wait_are_let_in),
		OPERATOR_TEST(one_or_all_who_wait_are_turned_away),
		OPERATOR_TEST(all_who_wait_are_turned_away_while_the_host_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
