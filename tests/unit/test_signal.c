/* signal – directed events, messages, and the envelope around every event. */
#include "room_three.h"

static void
signals_reach_their_target_alone_with_the_true_sender(void **state)
{
	static const char *const events[] = { "offer", "answer", "candidate", "renegotiate" };
	char expected[256];

	(void)state;
	for (int i = 0; i < 4; i++) {
		assert_ack(send_event(ann, events[i],
		    "{\"targetClientId\":\"bob\",\"sdp\":\"v=0\",\"candidate\":null,\"reason\":1}"));
		snprintf(expected, sizeof(expected),
		    "{\"event\":\"%s\",\"payload\":{\"clientId\":\"ann\",\"displayName\":\"ann\","
		    "\"targetClientId\":\"bob\",\"sdp\":\"v=0\",\"candidate\":null,\"reason\":1},\"seq\":",
		    events[i]);
		assert_has(got(bob), expected);
		assert_string_equal(got(ann), "");
		assert_string_equal(got(eve), "");
	}
}

/* What a payload says about its sender is never believed, however it is spelt. */
static void
identity_in_a_payload_is_dropped(void **state)
{
	const char *text;

	(void)state;
	send_event(ann, "offer",
	    "{\"clientId\":\"eve\",\"\\u0063lientId\":\"eve\",\"displayName\":\"Eve\","
	    "\"display\\u004eame\":\"Eve\",\"targetClientId\":\"bob\",\"sdp\":{\"clientId\":\"kept\"}}");
	text = got(bob);
	assert_has(text, "{\"clientId\":\"ann\",\"displayName\":\"ann\",\"targetClientId\":\"bob\","
			 "\"sdp\":{\"clientId\":\"kept\"}}");
}

/* Readers of JSON differ about which of two counts. The handler that charges for an event, the core
 * that decides about it and the client that gets it are three. */
static void
what_decides_about_a_message_must_not_stand_in_it_twice(void **state)
{
	static const char *const messages[] = {
		"{\"event\":\"pong\",\"event\":\"message\",\"payload\":{\"data\":1},\"id\":1}",
		"{\"event\":\"message\",\"payload\":{\"data\":1},\"payload\":{\"data\":2},\"id\":1}",
		"{\"event\":\"message\",\"payload\":{\"data\":1},\"id\":1,\"id\":2}",
		"{\"event\":\"message\",\"\\u0065vent\":\"message\",\"payload\":{\"data\":1}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		assert_error(send_text(ann, messages[i], strlen(messages[i])), "bad_message");
		assert_lacks(w.reply.at, "\"id\"");
	}
	assert_error(send_event(ann, "message",
	    "{\"targetClientId\":null,\"targetClientId\":\"bob\",\"data\":1}"), "bad_payload");
	assert_error(send_event(ann, "offer",
	    "{\"targetClientId\":\"bob\",\"sdp\":1,\"sd\\u0070\":2}"), "bad_payload");
	assert_string_equal(got(bob), "");
	assert_string_equal(got(eve), "");
	assert_ack(send_event(ann, "message", "{\"data\":{\"a\":1,\"a\":2},\"x\":1,\"x\":2}"));
	assert_has(got(bob), "\"data\":{\"a\":1,\"a\":2},\"x\":1,\"x\":2");
}

/* Huge numbers, escapes and unknown fields are not ours to change; only white space goes. */
static void
payload_is_handed_on_as_it_was_written(void **state)
{
	(void)state;
	send_event(ann, "candidate",
	    "{ \"targetClientId\" : \"bob\",\n \"candidate\" : null, \"sdpMid\":null,"
	    "\"big\":12345678901234567890123, \"t\":\"\\u00e4 \\n\", \"x\":[ 1 , {} ] }");
	assert_has(got(bob), "\"candidate\":null,\"sdpMid\":null,\"big\":12345678901234567890123,"
			     "\"t\":\"\\u00e4 \\n\",\"x\":[1,{}]}");
}

static void
unknown_target_is_not_found(void **state)
{
	(void)state;
	assert_error(send_event(ann, "offer", "{\"targetClientId\":\"zoe\",\"sdp\":1}"), "not_found");
	assert_string_equal(got(bob), "");
}

static void
target_of_oneself_is_delivered_to_oneself(void **state)
{
	(void)state;
	send_event(ann, "message", "{\"targetClientId\":\"ann\",\"data\":1}");
	assert_has(got(ann), "\"data\":1");
}

static void
message_without_target_reaches_all_but_the_sender(void **state)
{
	(void)state;
	assert_ack(send_event(ann, "message", "{\"targetClientId\":null,\"data\":{\"a\":1}}"));
	assert_has(got(bob), "\"data\":{\"a\":1}");
	assert_has(got(eve), "\"data\":{\"a\":1}");
	assert_string_equal(got(ann), "");
}

static void
message_is_forbidden_to_tokens_without_data(void **state)
{
	struct token t = token_of("zoe");
	int zoe;

	(void)state;
	t.grants.no_data = true;
	zoe = join_with(&t, ENDPOINT_ZOOM, "r1", false);
	pass(100);
	forget_all();
	assert_error(send_event(zoe, "message", "{\"data\":1}"), "forbidden");
	assert_string_equal(got(ann), "");
	assert_ack(send_event(zoe, "offer", "{\"targetClientId\":\"bob\",\"sdp\":1}"));
}

static void
ack_carries_the_seq_and_the_id_as_it_was_written(void **state)
{
	const char *text = "{\"id\":\"\\u0061b\",\"event\":\"message\",\"payload\":{\"data\":1}}";
	char expected[128];

	(void)state;
	snprintf(expected, sizeof(expected),
	    "{\"event\":\"ack\",\"payload\":{\"seq\":%d},\"ts\":%lld,\"id\":\"\\u0061b\"}",
	    (int)w.room_seq[1] + 1, (long long)w.now);
	assert_string_equal(send_text(ann, text, strlen(text)), expected);
}

static void
event_without_id_gets_no_ack_but_errors(void **state)
{
	const char *good = "{\"event\":\"message\",\"payload\":{\"data\":1}}";
	const char *bad = "{\"event\":\"message\",\"payload\":{}}";

	(void)state;
	assert_string_equal(send_text(ann, good, strlen(good)), "");
	assert_string_equal(send_text(ann, bad, strlen(bad)),
	    "{\"event\":\"error\",\"payload\":{\"code\":\"bad_payload\","
	    "\"message\":\"data: expected any\",\"event\":\"message\"}}");
}

static void
ping_is_answered_by_pong_with_the_id(void **state)
{
	const char *bare = "{\"event\":\"ping\"}";

	(void)state;
	assert_has(send_event(ann, "ping", "{}"), "{\"event\":\"pong\",\"payload\":{},\"ts\":");
	assert_has(w.reply.at, ",\"id\":1}");
	assert_has(send_text(ann, bare, strlen(bare)), "\"pong\"");
}

static void
what_is_no_event_is_an_error_with_its_word(void **state)
{
	static const struct {
		const char *text, *code;
	} rows[] = {
		{ "", "bad_json" },
		{ "{", "bad_json" },
		{ "{\"event\":\"ping\"}\n{\"event\":\"ping\"}", "bad_json" },
		{ "\xff", "bad_json" },
		{ "[]", "bad_message" },
		{ "7", "bad_message" },
		{ "{}", "bad_message" },
		{ "{\"event\":7}", "bad_message" },
		{ "{\"event\":\"ping\",\"id\":null}", "bad_message" },
		{ "{\"event\":\"ping\",\"id\":1.5}", "bad_message" },
		{ "{\"event\":\"ping\",\"id\":{}}", "bad_message" },
		{ "{\"event\":\"ping\",\"id\":\"12345678901234567890123456789012345678901234567890"
		  "123456789012345\"}", "bad_message" },
		{ "{\"event\":\"no_such\",\"payload\":{}}", "unknown_event" },
		{ "{\"event\":\"Ping\",\"payload\":{}}", "unknown_event" },
		{ "{\"event\":\"ping\",\"payload\":[]}", "bad_payload" },
		{ "{\"event\":\"ping\",\"payload\":null}", "bad_payload" },
	};
	char expected[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(expected, sizeof(expected), "{\"code\":\"%s\"", rows[i].code);
		assert_has(send_text(ann, rows[i].text, strlen(rows[i].text)), expected);
	}
	assert_string_equal(got(bob), "");
}

static void
message_over_64_kib_is_too_large(void **state)
{
	static char text[MESSAGE_MAX + 1];

	(void)state;
	memset(text, ' ', sizeof(text));
	memcpy(text, "{\"event\":\"ping\"}", 16);
	assert_error(send_text(ann, text, sizeof(text)), "too_large");
	assert_has(send_text(ann, text, MESSAGE_MAX), "pong");
}

/* A handler that reconnects sends again what was not acknowledged. */
static void
number_that_was_taken_is_not_taken_again(void **state)
{
	(void)state;
	send_event(ann, "message", "{\"data\":1}");
	got(bob);
	w.client[ann].number--;
	assert_string_equal(send_event(ann, "message", "{\"data\":1}"), "");
	assert_string_equal(got(bob), "");
}

#define THREE_TEST(f) cmocka_unit_test_setup_teardown(f, three, world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		THREE_TEST(signals_reach_their_target_alone_with_the_true_sender),
		THREE_TEST(identity_in_a_payload_is_dropped),
		THREE_TEST(what_decides_about_a_message_must_not_stand_in_it_twice),
		THREE_TEST(payload_is_handed_on_as_it_was_written),
		THREE_TEST(unknown_target_is_not_found),
		THREE_TEST(target_of_oneself_is_delivered_to_oneself),
		THREE_TEST(message_without_target_reaches_all_but_the_sender),
		THREE_TEST(message_is_forbidden_to_tokens_without_data),
		THREE_TEST(ack_carries_the_seq_and_the_id_as_it_was_written),
		THREE_TEST(event_without_id_gets_no_ack_but_errors),
		THREE_TEST(ping_is_answered_by_pong_with_the_id),
		THREE_TEST(what_is_no_event_is_an_error_with_its_word),
		THREE_TEST(message_over_64_kib_is_too_large),
		THREE_TEST(number_that_was_taken_is_not_taken_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
