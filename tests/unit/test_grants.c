/* What a token lets its bearer do, in three dialects; and what a careless minter must not widen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#include "claims.h"
#include "grants.h"

static struct token token;
static char why[160];

/* Reads the grants of claims in JSON; quotes may be written as '. */
static int
grants_of(const char *text)
{
	char *json = strdup(text);
	cJSON *claims;
	int rc;

	for (char *c = json; *c; c++)
		if (*c == '\'')
			*c = '"';
	claims = cJSON_Parse(json);
	assert_non_null(claims);
	rc = grants_read(&token.grants, claims, why, sizeof(why));
	cJSON_Delete(claims);
	free(json);
	return rc;
}

static void
given(const char *text)
{
	if (grants_of(text) != 0)
		fail_msg("%s was refused: %s", text, why);
}

static void
refused(const char *because, const char *text)
{
	if (grants_of(text) == 0)
		fail_msg("%s was taken for grants", text);
	assert_string_equal(why, because);
}

static void
enters(const char *room)
{
	if (token_grants_room(&token, room) != REFUSED_NOT)
		fail_msg("it does not let into %s", room);
}

static void
stays_out(const char *room)
{
	if (token_grants_room(&token, room) != REFUSED_ROOM_FORBIDDEN)
		fail_msg("it lets into %s", room);
}

/* ---- rooms ---- */

static void
a_token_without_grants_enters_any_room_without_a_role(void **state)
{
	(void)state;
	given("{}");
	enters("r1");
	assert_false(token.grants.host);
	assert_false(token.grants.participant);
	assert_false(token.grants.no_audio || token.grants.no_video || token.grants.no_share ||
		     token.grants.no_data);
}

static void
a_room_excludes_all_others(void **state)
{
	(void)state;
	given("{'room':'r1'}");
	enters("r1");
	stays_out("r2");
	stays_out("r");
	stays_out("r11");
	stays_out("R1");
	stays_out("*");
}

static void
a_star_is_any_room(void **state)
{
	(void)state;
	given("{'room':'*'}");
	enters("r1");
	given("{'rooms':['x','*']}");
	enters("r1");
	given("{'room':'*','rooms':['x']}");
	enters("r1");
}

static void
rooms_are_a_list_whose_entries_may_be_prefixes(void **state)
{
	(void)state;
	given("{'rooms':['a','team-*']}");
	enters("a");
	enters("team-");
	enters("team-1");
	stays_out("ab");
	stays_out("team");
	stays_out("Team-1");
}

/* `room` is one room; only `rooms` knows prefixes (protocol §2). */
static void
a_room_with_a_star_behind_is_no_prefix(void **state)
{
	(void)state;
	given("{'room':'team-*'}");
	stays_out("team-1");
	stays_out("team-");
}

static void
a_star_elsewhere_matches_nothing(void **state)
{
	(void)state;
	given("{'rooms':['*a','a*b','**','a**']}");
	stays_out("a");
	stays_out("ab");
	stays_out("xa");
	stays_out("axb");
}

static void
rooms_that_cannot_exist_grant_nothing_and_still_exclude(void **state)
{
	char text[300] = "{'room':'";

	(void)state;
	given("{'room':''}");
	stays_out("r1");
	given("{'rooms':[]}");
	stays_out("r1");
	given("{'rooms':['a/b','\xc3\xa9','']}");
	stays_out("a");
	stays_out("");
	memset(text + 9, 'x', 150);
	strcat(text, "'}");
	given(text);
	stays_out("x");
}

static void
the_longest_room_and_the_longest_prefix_fit(void **state)
{
	char room[101], text[300];

	(void)state;
	memset(room, 'x', 100);
	room[100] = '\0';
	snprintf(text, sizeof(text), "{'rooms':['%s','%.99sy*']}", room, room);
	given(text);
	enters(room);
	snprintf(text, sizeof(text), "{'rooms':['%s*']}", room);
	given(text);
	enters(room);
}

static void
several_grants_of_rooms_add_up(void **state)
{
	(void)state;
	given("{'room':'a','rooms':['b'],'video':{'room':'c'}}");
	enters("a");
	enters("b");
	enters("c");
	stays_out("d");
}

static void
a_list_has_a_bound(void **state)
{
	char text[2000] = "{'rooms':['r0'";

	(void)state;
	for (int i = 1; i < 64; i++)
		sprintf(text + strlen(text), ",'r%d'", i);
	strcpy(text + strlen(text), "]}");
	given(text);
	enters("r0");
	enters("r63");
	strcpy(text + strlen(text) - 2, ",'r64']}");
	refused("rooms: expected at most 64 rooms in all", text);
}

/* ---- role ---- */

static void
role_host_and_participant_are_told_apart(void **state)
{
	(void)state;
	given("{'role':'host'}");
	assert_true(token.grants.host);
	given("{'role':'participant'}");
	assert_false(token.grants.host);
	assert_true(token.grants.participant);
}

/* Other systems have roles too; theirs grant nothing here. */
static void
another_role_is_no_role(void **state)
{
	static const char *const roles[] = { "{'role':'admin'}", "{'role':'Host'}", "{'role':''}",
		"{'role':'authenticated'}" };

	(void)state;
	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++) {
		given(roles[i]);
		assert_false(token.grants.host || token.grants.participant);
	}
}

/* ---- LiveKit ---- */

static void
livekit_video_names_a_room_and_its_admin(void **state)
{
	(void)state;
	given("{'video':{'room':'r1','roomJoin':true,'roomAdmin':true}}");
	enters("r1");
	stays_out("r2");
	assert_true(token.grants.host);
	given("{'video':{'room':'r1','roomJoin':true,'roomAdmin':false}}");
	assert_false(token.grants.host);
}

static void
room_join_false_takes_every_room_back(void **state)
{
	(void)state;
	given("{'video':{'roomJoin':false}}");
	stays_out("r1");
	given("{'video':{'room':'r1','roomJoin':false}}");
	stays_out("r1");
	given("{'room':'*','rooms':['r1'],'video':{'roomJoin':false}}");
	stays_out("r1");
}

static void
can_publish_false_forbids_audio_video_and_share(void **state)
{
	(void)state;
	given("{'video':{'canPublish':false}}");
	assert_true(token.grants.no_audio && token.grants.no_video && token.grants.no_share);
	assert_false(token.grants.no_data);
	given("{'video':{'canPublish':true}}");
	assert_false(token.grants.no_audio || token.grants.no_video || token.grants.no_share);
}

static void
can_publish_sources_forbids_what_it_does_not_list(void **state)
{
	(void)state;
	given("{'video':{'canPublishSources':['microphone']}}");
	assert_false(token.grants.no_audio);
	assert_true(token.grants.no_video && token.grants.no_share);
	given("{'video':{'canPublishSources':['camera','screen_share','toaster']}}");
	assert_true(token.grants.no_audio);
	assert_false(token.grants.no_video || token.grants.no_share);
	given("{'video':{'canPublishSources':[]}}");
	assert_true(token.grants.no_audio && token.grants.no_video && token.grants.no_share);
	given("{'video':{'canPublish':false,'canPublishSources':['microphone']}}");
	assert_true(token.grants.no_audio);
}

static void
can_publish_data_false_forbids_messages(void **state)
{
	(void)state;
	given("{'video':{'canPublishData':false}}");
	assert_true(token.grants.no_data);
	assert_false(token.grants.no_audio);
	given("{'video':{'canPublishData':true}}");
	assert_false(token.grants.no_data);
}

/* ---- Jitsi ---- */

static void
a_jitsi_moderator_is_host(void **state)
{
	(void)state;
	given("{'room':'*','context':{'user':{'moderator':true}}}");
	assert_true(token.grants.host);
	given("{'context':{'user':{'moderator':'true'}}}");
	assert_true(token.grants.host);
	given("{'context':{'user':{'moderator':'false'}}}");
	assert_false(token.grants.host);
	given("{'context':{'user':{'moderator':false}}}");
	assert_false(token.grants.host);
	given("{'context':'none of ours'}");
	assert_false(token.grants.host);
	given("{'context':{'user':[]}}");
	assert_false(token.grants.host);
}

/* ---- mistakes ---- */

/* A grant read as absent would let into every room: so a wrong type refuses the token. */
static void
a_grant_of_the_wrong_type_refuses_the_token(void **state)
{
	static const struct {
		const char *text, *because;
	} cases[] = {
		{ "{'room':null}", "room: expected a string" },
		{ "{'room':7}", "room: expected a string" },
		{ "{'room':['a']}", "room: expected a string" },
		{ "{'rooms':'a'}", "rooms: expected an array of strings" },
		{ "{'rooms':null}", "rooms: expected an array of strings" },
		{ "{'rooms':{'a':true}}", "rooms: expected an array of strings" },
		{ "{'rooms':['a',1]}", "rooms: expected an array of strings" },
		{ "{'rooms':[['a']]}", "rooms: expected an array of strings" },
		{ "{'rooms':['*',null]}", "rooms: expected an array of strings" },
		{ "{'role':1}", "role: expected a string" },
		{ "{'role':['host']}", "role: expected a string" },
		{ "{'role':null}", "role: expected a string" },
		{ "{'video':true}", "video: expected an object" },
		{ "{'video':null}", "video: expected an object" },
		{ "{'video':[]}", "video: expected an object" },
		{ "{'video':{'room':1}}", "video.room: expected a string" },
		{ "{'video':{'roomJoin':'false'}}", "video.roomJoin: expected true or false" },
		{ "{'video':{'roomJoin':0}}", "video.roomJoin: expected true or false" },
		{ "{'video':{'roomJoin':null}}", "video.roomJoin: expected true or false" },
		{ "{'video':{'roomAdmin':'true'}}", "video.roomAdmin: expected true or false" },
		{ "{'video':{'canPublish':'no'}}", "video.canPublish: expected true or false" },
		{ "{'video':{'canPublish':0}}", "video.canPublish: expected true or false" },
		{ "{'video':{'canPublishSources':'camera'}}",
		    "video.canPublishSources: expected an array of strings" },
		{ "{'video':{'canPublishSources':[1]}}",
		    "video.canPublishSources: expected an array of strings" },
		{ "{'video':{'canPublishData':'false'}}",
		    "video.canPublishData: expected true or false" },
		{ "{'context':{'user':{'moderator':1}}}",
		    "context.user.moderator: expected true, false or a string" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		refused(cases[i].because, cases[i].text);
}

/* cJSON would take ROOM for room if asked carelessly. */
static void
names_of_grants_have_a_case(void **state)
{
	(void)state;
	given("{'ROOM':7,'Role':'host','Video':1}");
	enters("r1");
	assert_false(token.grants.host);
}

/* ---- scopes ---- */

static unsigned
scopes_of(const char *text)
{
	given(text);
	return token.grants.scopes;
}

static void
scope_is_a_list_of_words_and_each_counts_as_a_whole(void **state)
{
	(void)state;
	assert_int_equal(scopes_of("{}"), 0);
	assert_int_equal(scopes_of("{'scope':'beckon:read'}"), SCOPE_READ);
	assert_int_equal(scopes_of("{'scope':'beckon:moderate'}"), SCOPE_MODERATE);
	assert_int_equal(scopes_of("{'scope':'openid beckon:moderate  beckon:read'}"),
	    SCOPE_READ | SCOPE_MODERATE);
	assert_int_equal(scopes_of("{'scope':' beckon:read '}"), SCOPE_READ);
	for (const char *const *none = (const char *const[]){ "{'scope':''}", "{'scope':' '}",
		 "{'scope':'beckon:reads beckon beckon: xbeckon:read BECKON:READ'}",
		 "{'scope':'beckon:read,beckon:moderate'}", "{'scope':'beckon:read\tx'}",
		 "{'Scope':'beckon:read'}", "{'scp':'beckon:read'}", NULL };
	     *none; none++)
		assert_int_equal(scopes_of(*none), 0);
}

/* People's tokens have such, too. */
static void
a_scope_of_another_shape_grants_nothing_and_refuses_nobody(void **state)
{
	(void)state;
	assert_int_equal(scopes_of("{'scope':['beckon:read']}"), 0);
	assert_int_equal(scopes_of("{'scope':7}"), 0);
	assert_int_equal(scopes_of("{'scope':null}"), 0);
	enters("r1");
}

/* ---- names ---- */

static const char *
name_of(const char *more)
{
	static const struct token_policy policy = { "", "", 0, "" };
	struct claims c = {
		.policy = &policy, .now = 1000, .token = &token, .why = why, .size = sizeof(why)
	};
	char json[3000];
	cJSON *all;

	snprintf(json, sizeof(json), "{'sub':'ann','exp':2000%s}", more);
	for (char *at = json; *at; at++)
		if (*at == '\'')
			*at = '"';
	all = cJSON_Parse(json);
	assert_non_null(all);
	c.all = all;
	memset(&token, 0, sizeof(token));
	for (const struct claims_check *check = claims_checks; check->name; check++)
		assert_int_equal(check->run(&c), REFUSED_NOT);
	cJSON_Delete(all);
	return token.name;
}

static void
the_first_name_there_is_counts(void **state)
{
	(void)state;
	assert_string_equal(name_of(""), "ann");
	assert_string_equal(name_of(",'email':'ann.lee@x.example'"), "ann.lee");
	assert_string_equal(name_of(",'email':'e@x','nickname':'nick'"), "nick");
	assert_string_equal(name_of(",'nickname':'nick','context':{'user':{'name':'Jit'}}"), "Jit");
	assert_string_equal(
	    name_of(",'context':{'user':{'name':'Jit'}},'name':'Ann Lee'"), "Ann Lee");
}

static void
a_name_that_is_none_is_passed_over(void **state)
{
	(void)state;
	assert_string_equal(name_of(",'name':'','nickname':'nick'"), "nick");
	assert_string_equal(name_of(",'name':'  ','nickname':'nick'"), "nick");
	assert_string_equal(name_of(",'name':'\\u0007','nickname':'nick'"), "nick");
	assert_string_equal(name_of(",'name':5,'nickname':'nick'"), "nick");
	assert_string_equal(name_of(",'email':'no address'"), "ann");
	assert_string_equal(name_of(",'email':'@x.example'"), "ann");
}

static void
control_characters_are_removed_from_names(void **state)
{
	(void)state;
	assert_string_equal(name_of(",'name':'a\\nb\\u001b[31m\\u007f\\u0085\\u2028c'"), "ab[31mc");
	assert_string_equal(
	    name_of(",'name':'\xc3\x85sa \\ud83d\\ude00'"), "\xc3\x85sa \xf0\x9f\x98\x80");
}

/* Nobody's name turns round the sentence that it stands in. */
static void
what_turns_text_round_is_removed_from_names(void **state)
{
	(void)state;
	assert_string_equal(name_of(",'name':'a\\u202enna\\u202c \\u2066b\\u2069\\u202a\\u2068'"),
	    "anna b");
	assert_string_equal(name_of(",'name':'\\u202e\\u202d','nickname':'nick'"), "nick");
	assert_string_equal(name_of(",'name':'\\u05d0\\u200f \\u2029\\u202f\\u2065'"),
	    "\xd7\x90\xe2\x80\x8f \xe2\x80\xaf\xe2\x81\xa5");
}

static void
names_are_cut_at_100_code_points(void **state)
{
	char more[1000] = ",'name':'";
	const char *name;

	(void)state;
	for (int i = 0; i < 101; i++)
		strcat(more, "\xf0\x9f\x98\x80");
	strcat(more, "'");
	name = name_of(more);
	assert_int_equal(strlen(name), 400);
	assert_memory_equal(name + 396, "\xf0\x9f\x98\x80", 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_without_grants_enters_any_room_without_a_role),
		cmocka_unit_test(a_room_excludes_all_others),
		cmocka_unit_test(a_star_is_any_room),
		cmocka_unit_test(rooms_are_a_list_whose_entries_may_be_prefixes),
		cmocka_unit_test(a_room_with_a_star_behind_is_no_prefix),
		cmocka_unit_test(a_star_elsewhere_matches_nothing),
		cmocka_unit_test(rooms_that_cannot_exist_grant_nothing_and_still_exclude),
		cmocka_unit_test(the_longest_room_and_the_longest_prefix_fit),
		cmocka_unit_test(several_grants_of_rooms_add_up),
		cmocka_unit_test(a_list_has_a_bound),
		cmocka_unit_test(role_host_and_participant_are_told_apart),
		cmocka_unit_test(another_role_is_no_role),
		cmocka_unit_test(livekit_video_names_a_room_and_its_admin),
		cmocka_unit_test(room_join_false_takes_every_room_back),
		cmocka_unit_test(can_publish_false_forbids_audio_video_and_share),
		cmocka_unit_test(can_publish_sources_forbids_what_it_does_not_list),
		cmocka_unit_test(can_publish_data_false_forbids_messages),
		cmocka_unit_test(a_jitsi_moderator_is_host),
		cmocka_unit_test(a_grant_of_the_wrong_type_refuses_the_token),
		cmocka_unit_test(names_of_grants_have_a_case),
		cmocka_unit_test(scope_is_a_list_of_words_and_each_counts_as_a_whole),
		cmocka_unit_test(a_scope_of_another_shape_grants_nothing_and_refuses_nobody),
		cmocka_unit_test(the_first_name_there_is_counts),
		cmocka_unit_test(a_name_that_is_none_is_passed_over),
		cmocka_unit_test(control_characters_are_removed_from_names),
		cmocka_unit_test(what_turns_text_round_is_removed_from_names),
		cmocka_unit_test(names_are_cut_at_100_code_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
