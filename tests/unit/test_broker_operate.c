/* What operators ask of a real broker: every word of it is looked at, and every answer is one JSON
 * text, whatever people are called. What it does is in test_operator. */
#include "broker_client.h"

#include "argv.h"

static nng_socket ctl;

/* The answer, for as long as nothing else is asked. */
static struct frame
operate(const char *const words[])
{
	struct buf b = BUF_INIT;
	size_t begin = frame_begin(&b, &(struct frame){ .kind = FRAME_CTL });
	struct frame f;

	argv_put(&b, words);
	frame_end(&b, begin);
	f = frame_at(ask(ctl, &b), 0);
	assert_int_equal(FRAME_CTL, f.kind);
	if (!json_valid(f.body, f.len))
		fail_msg("%s: no JSON: %.*s", words[0], (int)f.len, (const char *)f.body);
	return f;
}

#define OPERATE(...) operate((const char *[]){ __VA_ARGS__, NULL })

static void
answers(const char *expected, const char *const words[])
{
	struct frame f = operate(words);

	if (!body_has(f, expected))
		fail_msg("%s %s: expected %s, got %.*s", words[0], words[1] ? words[1] : "",
		    expected, (int)f.len, (const char *)f.body);
}

#define ANSWERS(expected, ...) answers(expected, (const char *[]){ __VA_ARGS__, NULL })

static int
begin(void **state)
{
	int rc = start(state);

	ctl = dial_door(PLACE_OPERATORS);
	return rc;
}

static int
end(void **state)
{
	nng_close(ctl);
	return stop(state);
}

static void
words_that_are_too_few_too_many_or_wrong_are_usage_errors(void **state)
{
	static const char usage[] = "{\"error\":\"usage\",\"message\":\"";
	static const char *const bad[][7] = {
		{ "room" }, { "room", "zoom/r1", "x" }, { "room", "*" }, { "room", "" }, { "room", "r1" },
		{ "room", "zoom/" }, { "room", "zoom/.." }, { "room", "zoom/a/b" }, { "room", "Zoom/r1" },
		{ "room", "zoom/r%31" }, { "room", "/zoom/r1" }, { "room", "zoom/r1 " },
		{ "who", "" }, { "who", "ann", "bob" }, { "lobby", "*" }, { "bans", "r1" },
		{ "kick" }, { "kick", "zoom/r1" }, { "kick", "zoom/r1", "" }, { "kick", "**", "ann" },
		{ "kick", "zoom/r1", "ann", "why", "more" },
		{ "ban", "zoom/r1", "ann", "0" }, { "ban", "zoom/r1", "ann", "-1" },
		{ "ban", "zoom/r1", "ann", "1e3" }, { "ban", "zoom/r1", "ann", "3153600001" },
		{ "ban", "zoom/r1", "ann", "99999999999999999999" }, { "ban", "zoom/r1", "ann", " 5" },
		{ "ban", "zoom/r1", "ann", "5", "why", "more" },
		{ "unban", "zoom/r1" }, { "unban", "zoom/r1", "ann", "why" },
		{ "say", "zoom/r1" }, { "say", "zoom/r1", "" }, { "say", "*", "a", "b" },
		{ "close" }, { "close", "*" }, { "close", "zoom/r1", "why", "more" },
		{ "accept" }, { "accept", "*" }, { "accept", "zoom/r1", "" }, { "deny", "zoom/r1", "a", "b" },
		{ "drain", "now" }, { "help", "me" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		answers(usage, bad[i]);
	ANSWERS("{\"bans\":[],\"total\":0}", "bans");
}

static void
names_and_texts_have_the_length_that_people_may_have(void **state)
{
	char sub[SUB_MAX + 2], text[4 * CHAT_POINTS_MAX + 5] = "";
	struct client ann;

	(void)state;
	new_room();
	ann = join("ann");
	memset(sub, 'x', sizeof sub - 1);
	sub[sizeof sub - 1] = '\0';
	ANSWERS("\"usage\"", "ban", "chat/x", sub);
	sub[SUB_MAX] = '\0';
	ANSWERS("\"until\":", "ban", "chat/x", sub, "3153600000");
	ANSWERS("{\"rooms\":1,", "unban", "*", sub);
	for (int i = 0; i < CHAT_POINTS_MAX; i++)
		strcat(text, "\xf0\x9f\x98\x80");
	ANSWERS("\"people\":", "say", "*", text);
	strcat(text, "x");
	ANSWERS("\"usage\"", "say", "*", text);
	leave(&ann);
}

static void
what_is_not_there_is_not_found(void **state)
{
	static const char not_found[] = "{\"error\":\"not_found\",\"message\":\"";
	struct client ann;
	char key[64];

	(void)state;
	new_room();
	ann = join("ann");
	snprintf(key, sizeof key, "zoom/%s", room);
	ANSWERS(not_found, "room", "zoom/nowhere");
	ANSWERS(not_found, "lobby", "zoom/nowhere");
	ANSWERS(not_found, "kick", key, "bob");
	ANSWERS(not_found, "unban", key, "ann");
	ANSWERS(not_found, "accept", key);
	ANSWERS(not_found, "deny", key, "ann");
	ANSWERS(not_found, "close", "chat/nowhere");
	ANSWERS("[]", "who", "bob");
	ANSWERS(not_found, "say", "chat/nowhere", "hello");
	leave(&ann);
}

/* As a provider may call people, and a handler that was taken over its client's address. */
static void
whatever_people_are_called_the_answer_is_json(void **state)
{
	static const char sub[] = "\"},{\\\\\xe2\x80\xaf", name[] = "\\\"},{\\\\\\\\\xe2\x80\xaf";
	struct client odd = { .req = dial_door(PLACE_BROKER) };
	char *token = mint(name, 600, "");
	struct buf b;

	(void)state;
	new_room();
	b = join_message("odd", NULL, token);
	field_str(&b, FIELD_ADDRESS, "\"},{<script>");
	frame_end(&b, 0);
	take_welcome(&odd, ask(odd.req, &b));
	ANSWERS("\"address\":\"\\\"},{<script>\"", "who", sub);
	ANSWERS("\"connections\":1", "ban", "*", sub, "", "why \"not\"");
	ANSWERS("\"reason\":\"why \\\"not\\\"\"", "bans", "*");
	free(token);
	leave(&odd);
}

static void
an_address_that_would_steer_a_terminal_ends_the_connection(void **state)
{
	int fd;
	struct buf b;
	char path[SOCKET_PATH_MAX];

	(void)state;
	new_room();
	snprintf(path, sizeof path, "%s/" PLACE_BROKER, run_folder);
	fd = connect_raw(path, 0x30);
	b = join_message("odd", NULL, NULL);
	field_str(&b, FIELD_ADDRESS, "1.2.3.4\x1b[31m");
	frame_end(&b, 0);
	put_raw(fd, &b);
	assert_true(is_closed_by_peer(fd));
	close(fd);
	buf_fini(&b);
}

int
main(void)
{
#define RULE(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		RULE(words_that_are_too_few_too_many_or_wrong_are_usage_errors),
		RULE(names_and_texts_have_the_length_that_people_may_have),
		RULE(what_is_not_there_is_not_found),
		RULE(whatever_people_are_called_the_answer_is_json),
		RULE(an_address_that_would_steer_a_terminal_ends_the_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
