/* api_judge, api_words, api_answer – who may do what, with real keys and tokens; how the broker is
 * asked for it, and how an application is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "api_answer.h"
#include "api_judge.h"
#include "api_words.h"
#include "argv.h"

enum { NOW = 1000000 }; /* s since 1970 */

/* --- a door with one key ---------------------------------------------------- */

static char folder[] = "/tmp/bk.XXXXXX", secret[64];
static struct keys *keys;
static struct api_authority authority;
static struct api_judgement j;

static int
set_up(void **state)
{
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(secret, sizeof(secret), "%s/dev.HS256.secret", folder);
	f = fopen(secret, "w");
	fputs("0123456789abcdef0123456789abcdef", f);
	fclose(f);
	chmod(secret, 0600);
	keys = keys_open(folder, NULL, NULL);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	keys_free(keys);
	unlink(secret);
	return rmdir(folder);
}

static int
anew(void **state)
{
	(void)state;
	authority = (struct api_authority){ keys, { "", "admin", 0, "people" } };
	return 0;
}

#define ALL "beckon:read beckon:moderate"

/* A request that lacks nothing, but for what a test takes away. */
static struct api_call
good_call(void)
{
	static const char body[] = "{\"clientId\":\"bob\"}";

	return (struct api_call){ .method = "POST", .uri = "/api/rooms/zoom/r1/kick", .origin = "",
		.type = "application/json", .body = body, .len = sizeof(body) - 1 };
}

/* Judges it with a token of these claims, `exp` aside. */
static enum api_fault
judge_with(struct api_call c, const char *claims)
{
	char all[512], why[160], header[1024];
	char *token;

	snprintf(all, sizeof(all), "{\"sub\":\"app\",\"exp\":1000060,%s}", claims);
	token = token_mint(all, keys, NULL, why, sizeof(why));
	assert_non_null(token);
	snprintf(header, sizeof(header), "Bearer %s", token);
	free(token);
	c.authorization = header;
	api_judge(&authority, &c, (int64_t)NOW * 1000, &j);
	return j.fault;
}

static enum api_fault
judge(struct api_call c)
{
	return judge_with(c, "\"aud\":\"admin\",\"scope\":\"" ALL "\"");
}

static enum api_fault
judge_body(const char *body)
{
	struct api_call c = good_call();

	c.body = body;
	c.len = strlen(body);
	return judge(c);
}

/* --- who -------------------------------------------------------------------- */

static void
a_good_request_passes_and_its_application_is_known(void **state)
{
	(void)state;
	assert_int_equal(judge(good_call()), FAULT_NONE);
	assert_string_equal(j.token.sub, "app");
	assert_string_equal(j.place.room, "zoom/r1");
}

static void
without_an_audience_there_is_no_api(void **state)
{
	(void)state;
	authority.policy.audience = "";
	assert_int_equal(judge(good_call()), FAULT_NOT_FOUND);
	assert_int_equal(judge_with(good_call(), "\"scope\":\"" ALL "\""), FAULT_NOT_FOUND);
}

/* The same key signs both; the audience alone tells them apart. */
static void
a_person_s_token_is_none_of_an_application(void **state)
{
	static const char *const people[] = { "\"name\":\"Ann\"", "\"aud\":\"people\"",
		"\"aud\":[\"people\",\"admin\"]", "\"aud\":\"\"", "\"aud\":[]", "\"aud\":\"admins\"",
		"\"role\":\"host\",\"video\":{\"roomAdmin\":true}" };
	char claims[256];

	(void)state;
	for (size_t i = 0; i < sizeof(people) / sizeof(*people); i++) {
		snprintf(claims, sizeof(claims), "%s,\"scope\":\"" ALL "\"", people[i]);
		if (judge_with(good_call(), claims) != FAULT_TOKEN_INVALID)
			fail_msg("%s passes", claims);
	}
	assert_int_equal(judge_with(good_call(), "\"aud\":[\"x\",\"admin\"],\"scope\":\"" ALL "\""),
	    FAULT_NONE);
}

static void
a_scope_is_what_it_says_and_no_more(void **state)
{
	struct api_call look = good_call();

	(void)state;
	look.method = "GET";
	look.uri = "/api/rooms";
	look.len = 0;
	assert_int_equal(judge_with(look, "\"aud\":\"admin\",\"scope\":\"beckon:read\""),
	    FAULT_NONE);
	assert_int_equal(judge_with(look, "\"aud\":\"admin\",\"scope\":\"beckon:moderate\""),
	    FAULT_SCOPE);
	assert_string_equal(j.why, "expected beckon:read");
	assert_int_equal(judge_with(good_call(), "\"aud\":\"admin\",\"scope\":\"beckon:read\""),
	    FAULT_SCOPE);
	assert_int_equal(judge_with(good_call(), "\"aud\":\"admin\""), FAULT_SCOPE);
}

/* --- in which order --------------------------------------------------------- */

static struct api_call
with(void (*defect)(struct api_call *), struct api_call c)
{
	defect(&c);
	return c;
}

static void no_path(struct api_call *c) { c->uri = "/api/nope?x"; }
static void no_method(struct api_call *c) { c->method = "PUT"; }
static void a_page(struct api_call *c) { c->origin = "https://app.example"; }
static void a_query(struct api_call *c) { c->uri = "/api/rooms/zoom/r1/kick?token=x"; }
static void a_form(struct api_call *c) { c->type = "text/plain"; }
static void no_json(struct api_call *c) { c->len = 1; }

/* Each by itself has its answer; of two, the earlier here has it. */
static void
of_two_reasons_the_earlier_is_given(void **state)
{
	static const struct {
		void (*defect)(struct api_call *);
		enum api_fault fault;
	} rows[] = { { no_path, FAULT_NOT_FOUND }, { no_method, FAULT_METHOD },
		{ a_page, FAULT_ORIGIN }, { a_query, FAULT_BAD_REQUEST },
		{ a_form, FAULT_MEDIA_TYPE }, { no_json, FAULT_BAD_JSON } };
	size_t n = sizeof(rows) / sizeof(*rows);

	(void)state;
	for (size_t i = 0; i < n; i++)
		for (size_t k = i; k < n; k++)
			assert_int_equal(
			    judge(with(rows[i].defect, with(rows[k].defect, good_call()))),
			    rows[i].fault);
	assert_int_equal(judge_with(with(a_query, good_call()), "\"x\":1"), FAULT_BAD_REQUEST);
	assert_int_equal(judge_with(with(a_form, good_call()), "\"x\":1"), FAULT_TOKEN_INVALID);
	assert_int_equal(judge_with(with(a_form, good_call()), "\"aud\":\"admin\""), FAULT_SCOPE);
}

/* --- bodies ----------------------------------------------------------------- */

static void
a_body_says_what_is_expected_once_and_nothing_else(void **state)
{
	static const struct {
		const char *body;
		enum api_fault fault;
	} rows[] = {
		{ "{\"clientId\":\"bob\",\"reason\":\"x\"}", FAULT_NONE },
		{ " {\"clientId\" : \"\\u0062ob\" , \"reason\":null}\n", FAULT_NONE },
		{ "{}", FAULT_BAD_BODY },
		{ "", FAULT_BAD_BODY },
		{ "[]", FAULT_BAD_BODY },
		{ "7", FAULT_BAD_BODY },
		{ "\"x\"", FAULT_BAD_BODY },
		{ "{\"clientId\":\"\"}", FAULT_BAD_BODY },
		{ "{\"clientId\":7}", FAULT_BAD_BODY },
		{ "{\"clientId\":null}", FAULT_BAD_BODY },
		{ "{\"clientId\":[\"bob\"]}", FAULT_BAD_BODY },
		{ "{\"clientId\":\"bob\",\"clientId\":\"eve\"}", FAULT_BAD_BODY },
		{ "{\"clientId\":\"bob\",\"client\\u0049d\":\"eve\"}", FAULT_BAD_BODY },
		{ "{\"clientId\":\"bob\",\"x\":1,\"x\":2}", FAULT_BAD_BODY },
		{ "{\"clientId\":\"bob\",\"seconds\":60}", FAULT_BAD_BODY },
		{ "{\"ClientId\":\"bob\"}", FAULT_BAD_BODY },
		{ "{\"clientId\":\"bob\"} {}", FAULT_BAD_JSON },
		{ "{\"clientId\":\"bob\",}", FAULT_BAD_JSON },
		{ "{\"clientId\":\"b\\u0000b\"}", FAULT_BAD_JSON },
		{ "{\"clientId\":\"\xff\"}", FAULT_BAD_JSON },
		{ "{'clientId':'bob'}", FAULT_BAD_JSON },
		{ "\xef\xbb\xbf{\"clientId\":\"bob\"}", FAULT_BAD_JSON },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (judge_body(rows[i].body) != rows[i].fault)
			fail_msg("%s: %s", rows[i].body, api_fault_table[j.fault].word);
}

static void
depth_has_a_bound(void **state)
{
	static char body[10000];

	(void)state;
	memset(body, '[', sizeof(body) - 1);
	assert_int_equal(judge_body(body), FAULT_BAD_JSON);
}

static void
a_body_is_json_by_its_type_and_only_where_one_belongs(void **state)
{
	static const char *const good[] = { "application/json", "Application/JSON",
		"application/json; charset=utf-8", "application/json;x" };
	static const char *const bad[] = { "", "application/jsonp", "text/json", "application",
		"application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
		" application/json", "text/plain;application/json" };
	struct api_call c = good_call();

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		c.type = good[i];
		assert_int_equal(judge(c), FAULT_NONE);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		c.type = bad[i];
		assert_int_equal(judge(c), FAULT_MEDIA_TYPE);
	}
	c.body = NULL;
	c.len = 0;
	assert_int_equal(judge(c), FAULT_TOO_LARGE);
	c = good_call();
	c.method = "GET";
	c.uri = "/api/rooms";
	assert_int_equal(judge(c), FAULT_BAD_REQUEST);
	c.uri = "/api/rooms/zoom/r1/close";
	c.method = "POST";
	c.len = 0;
	c.type = "";
	assert_int_equal(judge(c), FAULT_NONE); /* no body need not be of a type */
}

/* --- the broker's words ----------------------------------------------------- */

/* They are separated by a `|` here. */
static void
assert_words(const char *uri, const char *body, const char *expected)
{
	struct api_call c = good_call();
	struct buf words = BUF_INIT;

	c.uri = uri;
	c.body = body;
	c.len = strlen(body);
	assert_int_equal(judge(c), FAULT_NONE);
	assert_null(api_words(&words, &j));
	for (size_t i = 0; i < words.len; i++)
		if (words.at[i] == '\0')
			words.at[i] = '|';
	assert_int_equal(words.len, strlen(expected));
	assert_memory_equal(words.at, expected, words.len);
	buf_fini(&words);
}

static void
a_request_becomes_a_command_word_by_word(void **state)
{
	(void)state;
	assert_words("/api/rooms/zoom/r1/kick", "{\"clientId\":\"bob\"}", "kick|zoom/r1|bob|");
	assert_words("/api/rooms/zoom/r1/kick",
	    "{\"reason\":\"be \\\"nice\\\" \\ud83d\\ude00\",\"clientId\":\"a b|c\"}",
	    "kick|zoom/r1|a b|c|be \"nice\" \xf0\x9f\x98\x80|");
	assert_words("/api/rooms/chat/%7E/close", "", "close|chat/~|");
	assert_words("/api/rooms/chat/r/message", "{\"message\":\"-x kick\"}",
	    "say|chat/r|-x kick|");
}

/* It is the broker that would say so; nobody is asked what cannot be. */
static void
words_that_steer_are_refused(void **state)
{
	struct buf words = BUF_INIT;

	(void)state;
	assert_int_equal(judge_body("{\"clientId\":\"bob\\u001b[2J\"}"), FAULT_NONE);
	assert_string_equal(api_words(&words, &j), "a word holds a control character");
	buf_fini(&words);
}

/* --- answers ---------------------------------------------------------------- */

static const char *
answer_text(const char *said)
{
	static char text[2048];
	struct buf b = BUF_INIT;
	cJSON *tree = said != NULL ? cJSON_Parse(said) : NULL;

	if (j.fault == FAULT_NONE)
		api_answer(&b, &j, tree);
	else
		api_answer_fault(&b, &j);
	assert_in_range(b.len, 1, sizeof(text) - 1);
	memcpy(text, b.at, b.len);
	text[b.len] = '\0';
	cJSON_Delete(tree);
	buf_fini(&b);
	return text;
}

static void
each_fault_has_an_answer_with_its_status_and_word(void **state)
{
	char line[80];

	(void)state;
	assert_int_equal(judge(good_call()), FAULT_NONE);
	for (int i = FAULT_NONE + 1; i < FAULTS; i++) {
		j.fault = (enum api_fault)i;
		snprintf(line, sizeof(line), "Status: %d ", api_fault_table[i].status);
		assert_ptr_equal(strstr(answer_text(NULL), line), answer_text(NULL));
		snprintf(line, sizeof(line), "{\"error\":\"%s\",\"message\":\"",
		    api_fault_table[i].word);
		assert_non_null(strstr(answer_text(NULL), line));
		assert_null(strstr(answer_text(NULL), "Access-Control"));
	}
}

static void
statuses_have_the_headers_that_belong_to_them(void **state)
{
	struct api_call c = good_call();

	(void)state;
	judge_with(c, "\"aud\":\"admin\"");
	assert_non_null(strstr(answer_text(NULL),
	    "\r\nWWW-Authenticate: Bearer error=\"insufficient_scope\", "
	    "scope=\"beckon:moderate\"\r\n"));
	judge_with(c, "\"x\":1");
	assert_non_null(strstr(answer_text(NULL), "\r\nWWW-Authenticate: Bearer error=\"invalid_t"));
	c.method = "GET";
	judge(c);
	assert_non_null(strstr(answer_text(NULL), "\r\nAllow: POST\r\n"));
	judge(good_call());
	assert_string_equal(answer_text("{\"people\":1}"),
	    "Status: 204 No Content\r\nCache-Control: no-store\r\n\r\n");
}

static void
what_only_operators_need_is_not_told(void **state)
{
	struct api_call c = good_call();

	(void)state;
	c.method = "GET";
	c.uri = "/api/rooms";
	c.len = 0;
	assert_int_equal(judge(c), FAULT_NONE);
	assert_non_null(strstr(
	    answer_text("[{\"endpoint\":\"zoom\",\"room\":\"r1\",\"bus\":\"/run/x\",\"id\":7,"
			"\"members\":[{\"clientId\":\"ann\",\"role\":\"host\"},"
			"{\"clientId\":\"wil\",\"role\":\"waiting\"}]}]"),
	    "\r\n\r\n{\"rooms\":[{\"endpoint\":\"zoom\",\"roomId\":\"r1\",\"participantCount\":1,"
	    "\"waitingCount\":1}]}\n"));
	assert_non_null(strstr(answer_text("[]"), "{\"rooms\":[]}"));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, anew)
	const struct CMUnitTest tests[] = {
		TEST(a_good_request_passes_and_its_application_is_known),
		TEST(without_an_audience_there_is_no_api),
		TEST(a_person_s_token_is_none_of_an_application),
		TEST(a_scope_is_what_it_says_and_no_more),
		TEST(of_two_reasons_the_earlier_is_given),
		TEST(a_body_says_what_is_expected_once_and_nothing_else),
		TEST(depth_has_a_bound),
		TEST(a_body_is_json_by_its_type_and_only_where_one_belongs),
		TEST(a_request_becomes_a_command_word_by_word),
		TEST(words_that_steer_are_refused),
		TEST(each_fault_has_an_answer_with_its_status_and_word),
		TEST(statuses_have_the_headers_that_belong_to_them),
		TEST(what_only_operators_need_is_not_told),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
