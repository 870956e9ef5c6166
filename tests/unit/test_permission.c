/* permission – every event of the table, sent by everyone there is.
 *
 * Who is entitled gets an effect; who is not gets `forbidden`, and then nothing has changed and
 * nobody has heard of it. The same for payloads that do not fit. Made from the table: a row without
 * a good payload here fails. */
#include "room_check.h"

/* One that takes effect whoever is entitled. $ is the sender. */
static const char *const good[EVENTS] = {
	[EVENT_OFFER] = "{\"targetClientId\":\"pat\",\"sdp\":\"v=0\"}",
	[EVENT_ANSWER] = "{\"targetClientId\":\"pat\",\"sdp\":\"v=0\"}",
	[EVENT_CANDIDATE] = "{\"targetClientId\":\"pat\",\"candidate\":null}",
	[EVENT_RENEGOTIATE] = "{\"targetClientId\":\"pat\"}",
	[EVENT_MESSAGE] = "{\"data\":[1]}",
	[EVENT_ADD_CHAT] = "{\"chatContent\":\"x\"}",
	[EVENT_EDIT_CHAT] = "{\"chatId\":\"of-$\",\"chatContent\":\"y\"}",
	[EVENT_DELETE_CHAT] = "{\"chatId\":\"of-$\"}",
	[EVENT_RECENTS_CHAT] = "{}",
	[EVENT_TYPING] = "{\"isTyping\":true}",
	[EVENT_REACTION] = "{\"emoji\":\"x\"}",
	[EVENT_RAISE_HAND] = "{}",
	[EVENT_LOWER_HAND] = "{}",
	[EVENT_TOGGLE_AUDIO] = "{\"enabled\":true}",
	[EVENT_TOGGLE_VIDEO] = "{\"enabled\":true}",
	[EVENT_TOGGLE_SCREENSHARE] = "{\"enabled\":true}",
	[EVENT_REQUEST_SCREENSHARE] = "{}",
	[EVENT_ACCEPT_SCREENSHARE] = "{\"clientId\":\"pat\"}",
	[EVENT_DENY_SCREENSHARE] = "{\"clientId\":\"pat\"}",
	[EVENT_STOP_SCREENSHARE] = "{\"clientId\":\"pat\"}",
	[EVENT_WAITING_REQUEST] = "{}",
	[EVENT_ACCEPT_WAITING] = "{\"clientId\":\"wes\"}",
	[EVENT_DENY_WAITING] = "{\"clientId\":\"wes\"}",
	[EVENT_SET_LOBBY] = "{\"enabled\":false}",
	[EVENT_SET_POLICY] = "{\"screenshare\":\"ask\"}",
	[EVENT_LOCK_ROOM] = "{\"locked\":true}",
	[EVENT_MUTE] = "{\"clientId\":\"pat\"}",
	[EVENT_KICK] = "{\"clientId\":\"pat\"}",
	[EVENT_BAN] = "{\"clientId\":\"pat\"}",
	[EVENT_SET_ROLE] = "{\"clientId\":\"pat\",\"role\":\"host\"}",
	[EVENT_CLOSE_ROOM] = "{}",
	[EVENT_REFRESH_TOKEN] = "{\"token\":\"a.b.c\"}",
	[EVENT_LEAVE] = "{}",
	[EVENT_PING] = "{}",
	[EVENT_PONG] = "{}",
};

static int wes, bob, ann, pat;

/* A host, two participants of whom one shows all there is, one who waits. */
static void
stage(void)
{
	world_begin(NULL);
	ann = join("ann");
	bob = join("bob");
	pat = join("pat");
	send_event(ann, "set_lobby", "{\"enabled\":true}");
	wes = join("wes");
	send_event(ann, "add_chat", "{\"chatContent\":\"x\",\"chatId\":\"of-ann\"}");
	send_event(bob, "add_chat", "{\"chatContent\":\"x\",\"chatId\":\"of-bob\"}");
	send_event(pat, "toggle_audio", "{\"enabled\":true}");
	send_event(pat, "toggle_screenshare", "{\"enabled\":true}");
	pass(1000);
	forget_all();
}

static bool
anybody_heard(void)
{
	for (int i = 1; i <= w.clients; i++)
		if (w.client[i].got.len > 0)
			return true;
	return w.stored.len > 0;
}

static const char *
payload_of(enum event_kind k, const char *sender)
{
	static char text[256];
	const char *mark = strchr(good[k], '$');

	if (mark == NULL)
		return good[k];
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(mark - good[k]), good[k], sender, mark + 1);
	return text;
}

static void
expect_effect(enum event_kind k, int client, const char *name, const char *before)
{
	const char *reply = send_event(client, event_table[k].name, payload_of(k, name));
	bool ended = w.client[client].over, answered = *reply != '\0';
	char *after = core_dump(w.core);
	bool quiet = k == EVENT_PONG || k == EVENT_PING || k == EVENT_REFRESH_TOKEN ||
		     (k == EVENT_WAITING_REQUEST && client != wes);

	if (strstr(reply, "\"event\":\"error\"") != NULL)
		fail_msg("%s by %s: %s", event_table[k].name, name, reply);
	assert_true(answered || ended || k == EVENT_REFRESH_TOKEN);
	if (!quiet && strcmp(before, after) == 0 && !anybody_heard())
		fail_msg("%s by %s had no effect", event_table[k].name, name);
	free(after);
}

static void
expect_nothing(const char *event, const char *sender, const char *reply, const char *word,
    const char *before)
{
	char expected[64], *after = core_dump(w.core);

	snprintf(expected, sizeof(expected), "{\"code\":\"%s\"", word);
	if (strstr(reply, expected) == NULL)
		fail_msg("%s by %s: expected %s, got %s", event, sender, word, reply);
	assert_string_equal(before, after);
	pass(1000);
	if (anybody_heard())
		fail_msg("%s by %s was heard", event, sender);
	free(after);
}

static void
try_row(enum event_kind k, int *client, const char *name, enum event_who who)
{
	const struct event_row *row = &event_table[k];
	char *before;

	stage();
	before = core_dump(w.core);
	if ((row->who & who) != 0)
		expect_effect(k, *client, name, before);
	else
		expect_nothing(row->name, name, send_event(*client, row->name, payload_of(k, name)),
		    "forbidden", before);
	assert_null(core_wrong(w.core));
	free(before);
	world_end(NULL);
}

static void
each_event_has_its_effect_for_the_entitled_and_none_for_others(void **state)
{
	(void)state;
	for (enum event_kind k = 0; k < EVENTS; k++) {
		if (good[k] == NULL)
			fail_msg("%s has no good payload in this test", event_table[k].name);
		try_row(k, &wes, "wes", WHO_WAITING);
		try_row(k, &bob, "bob", WHO_PARTICIPANT);
		try_row(k, &ann, "ann", WHO_HOST);
	}
}

/* Values that are not of the type before the colon. */
static const struct {
	const char *type;
	const char *wrong[8];
} wrongs[] = {
	{ "bool", { "0", "1", "\"true\"", "[]", "{}", "-1.5e3", "[true]" } },
	{ "id", { "0", "true", "\"\"", "[]", "{}", "[\"pat\"]", "{\"clientId\":\"pat\"}" } },
	{ "text(0", { "0", "true", "[]", "{}", "[\"x\"]", "false" } },
	{ "text", { "0", "true", "[]", "{}", "\"\"", "[\"x\"]", "false" } },
	{ "int", { "\"1\"", "true", "[]", "{}", "1.5", "-1", "1e300" } },
	{ "word", { "0", "true", "[]", "{}", "\"\"", "\"nope\"", "[\"open\"]" } },
	{ "any", { NULL } },
};

static void
expect_bad(enum event_kind k, const char *payload)
{
	int sender = (event_table[k].who & WHO_HOST) != 0 ? ann : wes;
	char *before = core_dump(w.core);

	expect_nothing(event_table[k].name, payload, send_event(sender, event_table[k].name, payload),
	    "bad_payload", before);
	free(before);
}

/* The field comes first, and the first of its name counts. */
static void
try_value(enum event_kind k, const char *field, int n, const char *value)
{
	const char *rest = payload_of(k, "ann") + 1;
	char payload[2048];

	snprintf(payload, sizeof(payload), "{\"%.*s\":%s%s%s", n, field, value, *rest == '}' ? "" : ",",
	    rest);
	expect_bad(k, payload);
}

static void
try_long_text(enum event_kind k, const char *field, int n)
{
	static char value[70000];

	memset(value, 'x', sizeof(value));
	value[0] = '"';
	memcpy(value + 1200, "\"", 2);
	try_value(k, field, n, value);
}

static void
try_field(enum event_kind k, const char *rule)
{
	const char *type = strchr(rule, ':') + 1;
	int n = (int)(type - 1 - rule);
	bool required = rule[strlen(rule) - 1] == '!';
	size_t i = 0;

	while (strncmp(wrongs[i].type, type, strlen(wrongs[i].type)) != 0)
		assert_true(++i < sizeof(wrongs) / sizeof(wrongs[0]));
	for (int j = 0; j < 8 && wrongs[i].wrong[j] != NULL; j++)
		try_value(k, rule, n, wrongs[i].wrong[j]);
	if (required && strncmp(type, "any", 3) != 0)
		try_value(k, rule, n, "null");
	if (required)
		expect_bad(k, "{}");
	if (strncmp(type, "text", 4) == 0 && k != EVENT_REFRESH_TOKEN)
		try_long_text(k, rule, n);
}

static void
payload_of_a_wrong_type_is_refused_and_changes_nothing(void **state)
{
	static const char *const none[] = { "null", "true", "7", "\"x\"", "[]", "[{}]" };

	(void)state;
	stage();
	for (enum event_kind k = 0; k < EVENTS; k++) {
		char body[256], *rest = body, *rule;

		for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
			expect_bad(k, none[i]);
		snprintf(body, sizeof(body), "%s", event_table[k].body);
		while ((rule = strsep(&rest, " ")) != NULL && *rule != '\0')
			if (strchr(rule, ':') != NULL)
				try_field(k, rule);
	}
	world_end(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_event_has_its_effect_for_the_entitled_and_none_for_others),
		cmocka_unit_test(payload_of_a_wrong_type_is_refused_and_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
