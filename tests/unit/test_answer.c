/* answer – what nginx and clients are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "answer.h"

static char text[4096];

static const char *
text_of(struct buf *b)
{
	assert_false(buf_failed(b));
	assert_true(b->len < sizeof(text));
	memcpy(text, b->at, b->len);
	text[b->len] = '\0';
	buf_fini(b);
	return text;
}

static const char *
refusal_text(enum refusal why, const char *detail, int retry_after)
{
	struct buf b = BUF_INIT;

	answer_refusal(&b, why, detail, retry_after);
	return text_of(&b);
}

static const char *
judgement_text(const struct judgement *j)
{
	struct buf b = BUF_INIT;

	answer_judgement(&b, j);
	return text_of(&b);
}

static const char *
validation_text(const struct judgement *j)
{
	struct buf b = BUF_INIT;

	answer_validation(&b, j);
	return text_of(&b);
}

static const char *
preflight_text(const struct judgement *j)
{
	struct buf b = BUF_INIT;

	answer_preflight(&b, j);
	return text_of(&b);
}

#define assert_has(text, part) assert_non_null(strstr((text), (part)))
#define assert_lacks(text, part) assert_null(strstr((text), (part)))

/* A word added to refusal.def without a row for its status would end the authorizer. */
static void
every_refusal_has_an_answer_with_its_status_and_word(void **state)
{
	char line[80];

	(void)state;
	for (int why = REFUSED_NOT + 1; why < REFUSALS; why++) {
		const char *answer = refusal_text((enum refusal)why, "", 0);

		snprintf(line, sizeof(line), "Status: %d ", refusal_table[why].status);
		assert_ptr_equal(strstr(answer, line), answer);
		snprintf(line, sizeof(line), "\r\n\r\n{\"error\":\"%s\",\"message\":\"",
		    refusal_table[why].word);
		assert_has(answer, line);
		assert_has(answer, "\r\nContent-Type: application/json\r\n");
		assert_has(answer, "\r\nCache-Control: no-store\r\n");
	}
}

static void
each_status_has_the_header_that_belongs_to_it(void **state)
{
	const char *challenge = "\r\nWWW-Authenticate: Bearer error=\"invalid_token\", "
				"error_description=\"The token has expired.\"\r\n";

	(void)state;
	assert_has(refusal_text(REFUSED_TOKEN_EXPIRED, "", 0), challenge);
	assert_has(refusal_text(REFUSED_UPGRADE_REQUIRED, "", 0), "\r\nUpgrade: websocket\r\n");
	assert_has(refusal_text(REFUSED_TOO_MANY, "", 0), "\r\nRetry-After: 2\r\n");
	assert_has(refusal_text(REFUSED_UNAVAILABLE, "", 30), "\r\nRetry-After: 30\r\n");
	assert_lacks(refusal_text(REFUSED_LOCKED, "", 30), "Retry-After");
	assert_lacks(refusal_text(REFUSED_LOCKED, "", 0), "WWW-Authenticate");
}

static void
a_detail_joins_the_message(void **state)
{
	(void)state;
	assert_has(refusal_text(REFUSED_TOKEN_INVALID, "exp is missing", 0),
	    "\"message\":\"The token is not acceptable (exp is missing).\"}");
}

/* A detail may name a kid, and a kid is the stranger's. */
static void
a_detail_cannot_leave_its_header_nor_its_string(void **state)
{
	const char *answer = refusal_text(REFUSED_TOKEN_INVALID, "a\"b\\c\r\nX: y", 0);

	(void)state;
	assert_has(answer, "error_description=\"The token is not acceptable (a'b'c''X: y).\"\r\n");
	assert_has(answer, "\"message\":\"The token is not acceptable (a'b'c''X: y).\"}");
	assert_lacks(answer, "\nX: y");
}

static void
a_refused_request_gets_403_with_the_word_and_no_target(void **state)
{
	struct judgement j = { .refusal = REFUSED_BANNED, .why = "a\nb",
		.verdict = { .retry_after = 3 } };

	(void)state;
	assert_string_equal(judgement_text(&j),
	    "Status: 403 Forbidden\r\nX-Beckon-Word: banned\r\n"
	    "X-Beckon-Retry-After: 3\r\nX-Beckon-Why: a'b\r\n\r\n");
}

static void
an_admitted_request_gets_its_target_and_token_apart(void **state)
{
	struct judgement j = { .refusal = REFUSED_NOT,
		.request = { .endpoint = ENDPOINT_CHAT, .room = "r-1", .token = "aa.bb.cc" } };

	(void)state;
	assert_string_equal(judgement_text(&j),
	    "Status: 200 OK\r\nX-Beckon-Target: /ws/chat/r-1\r\n"
	    "X-Beckon-Token: aa.bb.cc\r\n\r\n");
	j.request.batch = j.request.delta = true;
	assert_has(judgement_text(&j), "/ws/chat/r-1?caps=batch,delta\r\n");
	j.request.batch = false;
	j.request.resume = true;
	strcpy(j.request.epoch, "e1");
	j.request.seq = UINT64_MAX;
	assert_has(judgement_text(&j), "/ws/chat/r-1?caps=delta&resume=e1.18446744073709551615\r\n");
	j.request.delta = false;
	assert_has(judgement_text(&j), "/ws/chat/r-1?resume=e1.18446744073709551615\r\n");
}

static const struct judgement good = {
	.reader = "",
	.token = { .sub = "ann", .name = "Ann \"A.\"", .expires = 1700000000000 },
	.verdict = { .role = "waiting" },
};

static void
who_asked_is_told_who_he_would_be(void **state)
{
	const char *answer = validation_text(&good);

	(void)state;
	assert_has(answer, "Status: 200 OK\r\n");
	assert_has(answer, "Content-Type: application/json\r\n");
	assert_has(answer, "Cache-Control: no-store\r\n");
	assert_has(answer, "\r\n\r\n{\"clientId\":\"ann\",\"displayName\":\"Ann \\\"A.\\\"\","
			   "\"role\":\"waiting\",\"expires\":1700000000000}\n");
}

/* The same as the upgrade's, to the byte; the headers for other origins come before it. */
static void
who_asked_is_refused_as_the_upgrade_would_be(void **state)
{
	char expected[4096];
	struct judgement j = { .reader = "", .why = "alg \"none\" is not accepted",
		.verdict = { .retry_after = 7 } };

	(void)state;
	for (int why = REFUSED_NOT + 1; why < REFUSALS; why++) {
		j.refusal = (enum refusal)why;
		strcpy(expected, refusal_text(j.refusal, "alg 'none' is not accepted", 7));
		assert_has(validation_text(&j), expected);
	}
}

/* Without credentials: the token is all that counts, and a page has it or has it not. */
static void
only_the_reader_s_pages_may_read(void **state)
{
	struct judgement j = good;
	const char *const mine = "\r\nAccess-Control-Allow-Origin: https://app.example\r\n";
	const char *(*const texts[])(const struct judgement *) = { validation_text,
		preflight_text };

	(void)state;
	for (int i = 0; i < 4; i++) {
		j.refusal = i < 2 ? REFUSED_NOT : REFUSED_NOT_FOUND;
		j.reader = "https://app.example";
		assert_has(texts[i % 2](&j), mine);
		assert_has(text, "Vary: Origin\r\n");
		assert_lacks(text, "Credentials");
		j.reader = "";
		assert_lacks(texts[i % 2](&j), "Access-Control-Allow-Origin");
		assert_has(text, "Vary: Origin\r\n");
	}
}

static void
a_preflight_is_told_what_may_be_sent(void **state)
{
	struct judgement j = good;
	const char *answer;

	(void)state;
	j.reader = "https://app.example";
	answer = preflight_text(&j);
	assert_has(answer, "Status: 204 No Content\r\n");
	assert_has(answer, "Access-Control-Allow-Methods: GET\r\n");
	assert_has(answer, "Access-Control-Allow-Headers: Authorization\r\n");
	assert_ptr_equal(strstr(answer, "\r\n\r\n") + 4, answer + strlen(answer));
	j.refusal = REFUSED_ORIGIN;
	assert_has(preflight_text(&j), "{\"error\":\"origin_not_allowed\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_refusal_has_an_answer_with_its_status_and_word),
		cmocka_unit_test(each_status_has_the_header_that_belongs_to_it),
		cmocka_unit_test(a_detail_joins_the_message),
		cmocka_unit_test(a_detail_cannot_leave_its_header_nor_its_string),
		cmocka_unit_test(a_refused_request_gets_403_with_the_word_and_no_target),
		cmocka_unit_test(an_admitted_request_gets_its_target_and_token_apart),
		cmocka_unit_test(who_asked_is_told_who_he_would_be),
		cmocka_unit_test(who_asked_is_refused_as_the_upgrade_would_be),
		cmocka_unit_test(only_the_reader_s_pages_may_read),
		cmocka_unit_test(a_preflight_is_told_what_may_be_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
