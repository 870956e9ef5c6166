/* core – who is in a room, who is host, and what everybody is told about it. */
#include "room_world.h"

static const char *
describe(void)
{
	static char text[65536];
	struct buf b = BUF_INIT;

	core_describe(w.core, &b, NULL);
	assert_true(json_valid(b.at, b.len));
	snprintf(text, sizeof(text), "%.*s", (int)b.len, b.at);
	buf_fini(&b);
	return text;
}

static void
first_in_a_room_is_host_and_the_second_is_participant(void **state)
{
	int ann, bob;

	(void)state;
	ann = join("ann");
	bob = join("bob");
	assert_has(got(ann), "\"role\":\"host\"");
	assert_has(got(bob), "\"role\":\"participant\"");
}

/* Clients loop over these arrays: one that is absent breaks them. */
static void
room_state_always_has_all_its_fields(void **state)
{
	static const char *const fields[] = { "\"clientId\":\"ann\"", "\"displayName\":\"ann\"",
		"\"roomId\":\"r1\"", "\"hosts\":[{\"clientId\":\"ann\",\"displayName\":\"ann\"}]",
		"\"participants\":[]", "\"handsRaised\":[]", "\"waitingUsers\":[]",
		"\"sharingScreen\":[]", "\"unmuted\":[]", "\"cameraOn\":[]", "\"locked\":false",
		"\"lobby\":false", "\"policy\":{\"screenshare\":\"open\"}", "\"participantCount\":1",
		"\"epoch\":\"0000000000000abc\"", "\"expires\":1700086400000", "\"features\":[\"v1\"",
		"\"limits\":{", "\"seq\":1", "\"ts\":1700000000000" };
	const char *text;
	int ann;

	(void)state;
	ann = join("ann");
	text = got(ann);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		assert_has(text, fields[i]);
}

static void
joiner_is_announced_to_the_others_only(void **state)
{
	int ann, bob;

	(void)state;
	ann = join("ann");
	got(ann);
	bob = join("bob");
	assert_has(got(ann), "{\"event\":\"connect\",\"payload\":{\"clientId\":\"bob\",\"displayName\":"
			     "\"bob\",\"role\":\"participant\"},\"seq\":2,\"ts\":1700000000000}");
	assert_lacks(got(bob), "\"connect\"");
}

static void
token_may_grant_host(void **state)
{
	int bob;

	(void)state;
	join("ann");
	bob = join_host("bob");
	assert_has(got(bob), "\"role\":\"host\"");
}

static const char *
role_foretold(const char *sub, bool host)
{
	struct token t = token_of(sub);
	struct join j = { .endpoint = ENDPOINT_ZOOM, .room = "r1", .token = &t };
	const char *role = NULL;

	t.grants.host = host;
	assert_int_equal(core_would_admit(w.core, &j, w.now, &role), REFUSED_NOT);
	return role;
}

/* That it is the role which a join then gives, each join of all these tests checks as well. */
static void
role_is_foretold_without_changing_anything(void **state)
{
	int ann;

	(void)state;
	assert_string_equal(role_foretold("ann", false), "host");
	assert_false(core_is_open(w.core, "zoom/r1"));
	ann = join("ann");
	assert_string_equal(role_foretold("bob", false), "participant");
	assert_string_equal(role_foretold("bob", true), "host");
	send_event(ann, "set_lobby", "{\"enabled\":true}");
	assert_string_equal(role_foretold("bob", false), "waiting");
	assert_string_equal(role_foretold("bob", true), "host");
	assert_string_equal(role_foretold("ann", false), "host");
	send_event(ann, "toggle_screenshare", "{\"enabled\":true}");
	assert_string_equal(role_foretold("ann", false), "host");
	join("bob");
	forget_all();
	gone(ann, "closed");
	assert_string_equal(role_foretold("ann", false), "host");
	assert_string_equal(role_foretold("ann", false), "host");
}

static void
second_connection_of_a_sub_is_no_second_member(void **state)
{
	int ann, tab;

	(void)state;
	ann = join("ann");
	join("bob");
	pass(200);
	forget_all();
	tab = join("ann");
	assert_string_equal(got(ann), "");
	assert_has(got(tab), "\"participantCount\":2");
	gone(ann, "closed");
	pass(200);
	assert_string_equal(got(2), "");
	gone(tab, "closed");
	assert_has(got(2), "\"disconnect\"");
}

static void
directed_events_reach_the_newest_connection(void **state)
{
	int ann, bob, tab;

	(void)state;
	ann = join("ann");
	bob = join("bob");
	tab = join("bob");
	forget_all();
	send_event(ann, "offer", "{\"targetClientId\":\"bob\",\"sdp\":\"x\"}");
	assert_string_equal(got(bob), "");
	assert_has(got(tab), "\"offer\"");
}

static void
lost_host_is_host_again_within_ten_seconds(void **state)
{
	int ann, bob;

	(void)state;
	ann = join("ann");
	bob = join("bob");
	gone(ann, "closed");
	pass(9000);
	assert_lacks(got(bob), "role_changed");
	ann = join("ann");
	assert_has(got(ann), "\"role\":\"host\"");
	pass(9000);
	assert_lacks(got(bob), "role_changed");
}

static void
longest_present_participant_succeeds_after_ten_seconds(void **state)
{
	int ann, bob, eve;

	(void)state;
	ann = join("ann");
	bob = join("bob");
	eve = join("eve");
	gone(ann, "timeout");
	pass(9999);
	assert_lacks(got(eve), "role_changed");
	pass(1);
	assert_has(got(eve), "{\"event\":\"role_changed\",\"payload\":{\"clientId\":\"bob\","
			     "\"displayName\":\"bob\",\"role\":\"host\"}");
	pass(100);
	assert_has(got(bob), "\"role\":\"host\",\"expires\"");
	ann = join("ann");
	assert_has(got(ann), "\"role\":\"participant\"");
}

static void
succession_is_at_once_when_the_host_says_leave(void **state)
{
	int ann, bob;

	(void)state;
	ann = join("ann");
	bob = join("bob");
	assert_string_equal(send_event(ann, "leave", "{}"), "");
	assert_has(got(ann), "{\"event\":\"bye\",\"payload\":{\"code\":4000,\"reason\":\"left\","
			     "\"reconnect\":false,\"retryAfterMs\":0},\"ts\":1700000000000}");
	assert_has(got(bob), "role_changed");
	ann = join("ann");
	assert_has(got(ann), "\"role\":\"participant\"");
}

static void
two_hosts_need_no_succession(void **state)
{
	int ann, bob, eve;

	(void)state;
	ann = join("ann");
	bob = join_host("bob");
	eve = join("eve");
	gone(ann, "closed");
	gone(bob, "closed");
	pass(5000);
	ann = join("ann");
	assert_has(got(ann), "\"role\":\"host\"");
	pass(10000);
	assert_lacks(got(eve), "role_changed");
}

/* Otherwise an empty room would belong to somebody who is not there. */
static void
who_joins_a_room_left_empty_is_host_and_so_is_the_returning_host(void **state)
{
	int ann, bob;

	(void)state;
	gone(join("ann"), "closed");
	pass(1000);
	bob = join("bob");
	assert_has(got(bob), "\"role\":\"host\"");
	ann = join("ann");
	assert_has(got(ann), "\"role\":\"host\"");
}

static void
empty_room_ends_after_its_grace(void **state)
{
	(void)state;
	gone(join("ann"), "closed");
	pass(9999);
	assert_int_equal(w.open, 1);
	pass(1);
	assert_int_equal(w.open, 0);
	assert_string_equal(describe(), "[]");
	assert_true(core_due(w.core) > w.now);
}

static void
room_entered_in_its_grace_does_not_end(void **state)
{
	(void)state;
	gone(join("ann"), "closed");
	pass(5000);
	join("bob");
	pass(60000);
	assert_int_equal(w.open, 1);
}

static void
rooms_of_endpoints_are_unrelated(void **state)
{
	struct token t = token_of("bob");
	int bob;

	(void)state;
	join("ann");
	bob = join_with(&t, ENDPOINT_CHAT, "r1", false);
	assert_has(got(bob), "\"role\":\"host\"");
	assert_int_equal(w.open, 2);
}

static int
count(const char *text, const char *part)
{
	int n = 0;

	for (; (text = strstr(text, part)) != NULL; text++)
		n++;
	return n;
}

static void
room_state_comes_at_most_once_in_100_ms_and_the_last_always(void **state)
{
	const char *text;
	char name[16];
	int ann;

	(void)state;
	ann = join("ann");
	got(ann);
	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "user%d", i);
		join(name);
		pass(10);
	}
	pass(100);
	text = got(ann);
	assert_true(count(text, "\"room_state\"") <= 7);
	assert_has(text, "\"participantCount\":51");
	pass(1000);
	assert_string_equal(got(ann), "");
}

static void
room_state_is_cut_at_200_and_the_count_is_true(void **state)
{
	struct token t;
	char name[16];
	int last = 0;

	(void)state;
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "user%d", i);
		t = token_of(name);
		last = join_with(&t, ENDPOINT_CHAT, "big", false);
	}
	assert_int_equal(count(got(last), "\"clientId\""), 202);
	pass(100);
	assert_has(got(last), "\"participantCount\":300");
}

static void
disconnect_tells_the_reason(void **state)
{
	int ann, bob;

	(void)state;
	ann = join("ann");
	bob = join("bob");
	got(ann);
	gone(bob, "slow_consumer");
	assert_has(got(ann), "{\"event\":\"disconnect\",\"payload\":{\"clientId\":\"bob\","
			     "\"displayName\":\"bob\",\"reason\":\"slow_consumer\"},\"seq\":3");
}

static void
session_that_is_unknown_is_ignored(void **state)
{
	(void)state;
	core_gone(w.core, 17, "closed", w.now, &w.out);
	assert_int_equal(w.out.count, 0);
}

static void
resume_takes_over_older_connections_of_the_sub(void **state)
{
	struct token t = token_of("bob");
	int ann, bob;

	(void)state;
	ann = join("ann");
	bob = join("bob");
	forget_all();
	join_with(&t, ENDPOINT_ZOOM, "r1", true);
	assert_has(got(bob), "\"code\":4005,\"reason\":\"replaced\"");
	assert_string_equal(got(ann), "");
}

static void
eleventh_connection_of_a_sub_is_refused(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++)
		assert_int_equal(w.client[join("ann")].refused, REFUSED_NOT);
	assert_int_equal(w.client[join("ann")].refused, REFUSED_TOO_MANY);
	gone(1, "closed");
	assert_int_equal(w.client[join("ann")].refused, REFUSED_NOT);
}

static void
no_more_than_so_many_are_let_in_whoever_they_are(void **state)
{
	struct token bob = token_of("bob");
	struct core_conf conf;

	world_end(state);
	core_conf_init(&conf);
	conf.max_connections = 3;
	world_begin_with(&conf);
	join("ann");
	join_with(&bob, ENDPOINT_ZOOM, "r1", false);
	assert_false(core_is_full(w.core));
	join_with(&bob, ENDPOINT_CHAT, "r2", false);
	assert_true(core_is_full(w.core));
	assert_int_equal(w.client[join("cyd")].refused, REFUSED_UNAVAILABLE);
	assert_int_equal(w.client[join("ann")].refused, REFUSED_UNAVAILABLE);
	assert_int_equal(w.client[join_with(&bob, ENDPOINT_ZOOM, "r1", true)].refused, REFUSED_NOT);
	assert_int_equal(w.client[join("cyd")].refused, REFUSED_UNAVAILABLE);
	gone(1, "closed");
	assert_int_equal(w.client[join("cyd")].refused, REFUSED_NOT);
}

/* Else a client could have any number of connections by calling each a resumption. */
static void
resume_frees_only_the_connections_it_takes_over(void **state)
{
	struct token t = token_of("ann");

	(void)state;
	for (int i = 0; i < 9; i++)
		join("ann");
	join_with(&t, ENDPOINT_ZOOM, "r2", false);
	assert_int_equal(w.client[join_with(&t, ENDPOINT_ZOOM, "r3", true)].refused, REFUSED_TOO_MANY);
	assert_int_equal(w.client[join_with(&t, ENDPOINT_ZOOM, "r1", true)].refused, REFUSED_NOT);
	assert_int_equal(w.client[join_with(&t, ENDPOINT_ZOOM, "r3", true)].refused, REFUSED_NOT);
}

static void
full_room_refuses_newcomers_but_not_those_who_return(void **state)
{
	struct core_conf conf;
	int ann;

	core_conf_init(&conf);
	conf.of[ENDPOINT_ZOOM].members = 2;
	world_end(state);
	world_begin_with(&conf);
	ann = join("ann");
	join("bob");
	assert_int_equal(w.client[join("eve")].refused, REFUSED_FULL);
	assert_int_equal(w.client[join("bob")].refused, REFUSED_NOT);
	gone(ann, "closed");
	assert_int_equal(w.client[join("eve")].refused, REFUSED_NOT);
	assert_int_equal(w.client[join("ann")].refused, REFUSED_NOT);
}

static void
rooms_and_members_are_described(void **state)
{
	(void)state;
	join("ann");
	join("ann");
	assert_string_equal(describe(),
	    "[{\"endpoint\":\"zoom\",\"room\":\"r1\",\"id\":1,\"epoch\":\"0000000000000abc\",\"seq\":1,"
	    "\"members\":[{\"clientId\":\"ann\",\"displayName\":\"ann\",\"role\":\"host\","
	    "\"connections\":2,\"since\":1700000000000}]}]");
}

static void
token_is_warned_of_and_then_ends_the_connection(void **state)
{
	struct token t = token_of("bob");
	int ann, bob;

	(void)state;
	ann = join("ann");
	t.expires = T0 + 120000;
	bob = join_with(&t, ENDPOINT_ZOOM, "r1", false);
	pass(59999);
	assert_lacks(got(bob), "token_expiring");
	pass(1);
	assert_has(got(bob), "{\"event\":\"token_expiring\",\"payload\":{\"expires\":1700000120000},");
	pass(59999);
	assert_lacks(got(bob), "bye");
	pass(1);
	assert_has(got(bob), "\"code\":4104,\"reason\":\"expired\",\"reconnect\":true");
	assert_has(got(ann), "\"reason\":\"expired\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(first_in_a_room_is_host_and_the_second_is_participant),
		WORLD_TEST(room_state_always_has_all_its_fields),
		WORLD_TEST(joiner_is_announced_to_the_others_only),
		WORLD_TEST(token_may_grant_host),
		WORLD_TEST(role_is_foretold_without_changing_anything),
		WORLD_TEST(second_connection_of_a_sub_is_no_second_member),
		WORLD_TEST(directed_events_reach_the_newest_connection),
		WORLD_TEST(lost_host_is_host_again_within_ten_seconds),
		WORLD_TEST(longest_present_participant_succeeds_after_ten_seconds),
		WORLD_TEST(succession_is_at_once_when_the_host_says_leave),
		WORLD_TEST(two_hosts_need_no_succession),
		WORLD_TEST(who_joins_a_room_left_empty_is_host_and_so_is_the_returning_host),
		WORLD_TEST(empty_room_ends_after_its_grace),
		WORLD_TEST(room_entered_in_its_grace_does_not_end),
		WORLD_TEST(rooms_of_endpoints_are_unrelated),
		WORLD_TEST(room_state_comes_at_most_once_in_100_ms_and_the_last_always),
		WORLD_TEST(room_state_is_cut_at_200_and_the_count_is_true),
		WORLD_TEST(disconnect_tells_the_reason),
		WORLD_TEST(session_that_is_unknown_is_ignored),
		WORLD_TEST(resume_takes_over_older_connections_of_the_sub),
		WORLD_TEST(eleventh_connection_of_a_sub_is_refused),
		WORLD_TEST(no_more_than_so_many_are_let_in_whoever_they_are),
		WORLD_TEST(resume_frees_only_the_connections_it_takes_over),
		WORLD_TEST(full_room_refuses_newcomers_but_not_those_who_return),
		WORLD_TEST(rooms_and_members_are_described),
		WORLD_TEST(token_is_warned_of_and_then_ends_the_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
