/* authorize – the order of precedence of protocol §1, with real keys and tokens. */
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

#include "authorize.h"

enum { NOW = 1000000 }; /* s since 1970 */

/* --- a gate with one key ---------------------------------------------------- */

struct gate {
	char folder[32], secret[64];
	struct keys *keys;
	struct authority authority;
	struct verdict verdict; /* the broker's */
	int asked; /* times the broker was troubled */
	struct judgement j;
};

static void
admit(void *context, const struct request *r, const struct token *t, struct verdict *v)
{
	struct gate *g = context;

	assert_string_equal(r->room, "r1");
	assert_string_equal(t->sub, "ann");
	g->asked++;
	*v = g->verdict;
}

static int
set_up(void **state)
{
	struct gate *g = calloc(1, sizeof(*g));
	FILE *f;

	strcpy(g->folder, "/tmp/bk.XXXXXX");
	assert_non_null(mkdtemp(g->folder));
	snprintf(g->secret, sizeof(g->secret), "%s/dev.HS256.secret", g->folder);
	f = fopen(g->secret, "w");
	fputs("0123456789abcdef0123456789abcdef", f);
	fclose(f);
	chmod(g->secret, 0600);
	g->keys = keys_open(g->folder, NULL, NULL);
	g->authority = (struct authority){
		.keys = g->keys,
		.policy = { .issuer = "", .audience = "", .never = "" },
		.origins = "https://app.example",
		.port = 8080,
		.admit = admit,
		.context = g,
	};
	*state = g;
	return 0;
}

static int
tear_down(void **state)
{
	struct gate *g = *state;

	keys_free(g->keys);
	unlink(g->secret);
	rmdir(g->folder);
	free(g);
	return 0;
}

/* A request that lacks nothing, but for what a test takes away. */
static struct visit
good_visit(void)
{
	return (struct visit){
		.method = "GET", .uri = "/ws/zoom/r1", .origin = "", .authorization = "",
		.upgrade = "websocket", .connection = "Upgrade",
		.version = "13", .key = "dGhlIHNhbXBsZSBub25jZQ==",
	};
}

/* Judges the visit with a token of these claims behind its uri. */
static enum refusal
judge_with(struct gate *g, struct visit v, const char *claims)
{
	char why[256], uri[2048];
	char *token = token_mint(claims, g->keys, NULL, why, sizeof(why));

	assert_non_null(token);
	snprintf(uri, sizeof(uri), "%s?token=%s", v.uri, token);
	free(token);
	v.uri = uri;
	authorize(&g->authority, &v, (int64_t)NOW * 1000, &g->j);
	return g->j.refusal;
}

#define GOOD "{\"sub\":\"ann\",\"exp\":1000060}"
#define EXPIRED "{\"sub\":\"ann\",\"exp\":999999}"
#define ELSEWHERE "{\"sub\":\"ann\",\"exp\":1000060,\"room\":\"other\"}"

static enum refusal
judge(struct gate *g, struct visit v)
{
	authorize(&g->authority, &v, (int64_t)NOW * 1000, &g->j);
	return g->j.refusal;
}

/* --- what passes ------------------------------------------------------------ */

static void
a_good_request_passes(void **state)
{
	struct gate *g = *state;

	assert_int_equal(judge_with(g, good_visit(), GOOD), REFUSED_NOT);
	assert_int_equal(g->asked, 1);
	assert_int_equal(g->j.request.endpoint, ENDPOINT_ZOOM);
}

static void
an_allowed_origin_passes(void **state)
{
	struct gate *g = *state;
	struct visit v = good_visit();

	v.origin = "https://app.example";
	assert_int_equal(judge_with(g, v, GOOD), REFUSED_NOT);
}

static void
a_token_in_the_header_passes(void **state)
{
	struct gate *g = *state;
	struct visit v = good_visit();
	char why[256], header[1024];
	char *token = token_mint(GOOD, g->keys, NULL, why, sizeof(why));

	snprintf(header, sizeof(header), "Bearer %s", token);
	free(token);
	v.authorization = header;
	assert_int_equal(judge(g, v), REFUSED_NOT);
}

/* Browsers differ: Firefox says `keep-alive, Upgrade`. */
static void
headers_of_the_upgrade_are_lists_without_case(void **state)
{
	struct gate *g = *state;
	struct visit v = good_visit();

	v.connection = "keep-alive, Upgrade";
	v.upgrade = "WebSocket";
	assert_int_equal(judge_with(g, v, GOOD), REFUSED_NOT);
}

/* --- what does not: one test a row, in the order of protocol §1 ------------- */

/* Things go wrong one after the other, each to be judged before those that were wrong already. */
static void
assert_order(struct gate *g, struct visit v, const char *bad_room, const char *no_path)
{
	g->verdict.refusal = REFUSED_FULL;
	assert_int_equal(judge_with(g, v, GOOD), REFUSED_FULL);
	assert_int_equal(judge_with(g, v, ELSEWHERE), REFUSED_ROOM_FORBIDDEN);
	assert_int_equal(judge_with(g, v, EXPIRED), REFUSED_TOKEN_EXPIRED);
	assert_int_equal(judge(g, v), REFUSED_TOKEN_MISSING);
	v.origin = "https://evil.example";
	assert_int_equal(judge_with(g, v, EXPIRED), REFUSED_ORIGIN);
	v.uri = bad_room;
	assert_int_equal(judge_with(g, v, EXPIRED), REFUSED_BAD_ROOM);
	v.uri = no_path;
	assert_int_equal(judge_with(g, v, EXPIRED), REFUSED_NOT_FOUND);
}

/* Whatever else is wrong, the first rule that is broken is the answer. */
static void
each_rule_is_judged_before_the_next(void **state)
{
	struct gate *g = *state;
	struct visit v = good_visit();

	v.method = "POST";
	assert_order(g, v, "/ws/zoom/r%201", "/ws/foo/r%201");
}

static void
the_broker_is_asked_only_about_who_may_enter_the_room(void **state)
{
	struct gate *g = *state;

	judge(g, good_visit());
	judge_with(g, good_visit(), EXPIRED);
	judge_with(g, good_visit(), ELSEWHERE);
	assert_int_equal(g->asked, 0);
}

static void
the_brokers_refusal_is_the_answer_with_its_time(void **state)
{
	struct gate *g = *state;

	g->verdict = (struct verdict){ .refusal = REFUSED_UNAVAILABLE, .retry_after = 9 };
	assert_int_equal(judge_with(g, good_visit(), GOOD), REFUSED_UNAVAILABLE);
	assert_int_equal(g->j.verdict.retry_after, 9);
}

static void
whatever_the_room_refuses_with_is_the_answer(void **state)
{
	struct gate *g = *state;

	for (enum refusal why = REFUSED_BANNED; why <= REFUSED_UNAVAILABLE; why++) {
		g->verdict.refusal = why;
		assert_int_equal(judge_with(g, good_visit(), GOOD), why);
	}
}

static void
a_refused_token_says_why(void **state)
{
	struct gate *g = *state;

	assert_int_equal(judge_with(g, good_visit(), "{\"sub\":\"ann\"}"), REFUSED_TOKEN_INVALID);
	assert_non_null(strstr(g->j.why, "exp"));
}

/* What websocketd would answer in words of its own is refused here. */
static void
what_is_no_proper_upgrade_is_told_to_upgrade(void **state)
{
	struct gate *g = *state;
	const struct {
		size_t field;
		const char *value;
	} faults[] = {
		{ offsetof(struct visit, method), "POST" },
		{ offsetof(struct visit, upgrade), "" },
		{ offsetof(struct visit, upgrade), "h2c" },
		{ offsetof(struct visit, upgrade), "websockets" },
		{ offsetof(struct visit, connection), "" },
		{ offsetof(struct visit, connection), "keep-alive" },
		{ offsetof(struct visit, version), "" },
		{ offsetof(struct visit, version), "8" },
		{ offsetof(struct visit, key), "" },
		{ offsetof(struct visit, key), "dGhlIHNhbXBsZSBub25jZQ=" },
		{ offsetof(struct visit, key), "dGhlIHNhbXBsZSBub25jZQ==x" },
		{ offsetof(struct visit, key), "dGhl IHNhbXBsZSBub25jZQ=" },
	};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct visit v = good_visit();

		*(const char **)((char *)&v + faults[i].field) = faults[i].value;
		assert_int_equal(judge_with(g, v, GOOD), REFUSED_UPGRADE_REQUIRED);
	}
}

static void
a_path_without_end_is_too_long(void **state)
{
	struct gate *g = *state;
	struct visit v = good_visit();
	char *path = malloc(20001);

	memset(path, 'a', 20000);
	path[20000] = '\0';
	v.uri = path;
	assert_int_equal(judge(g, v), REFUSED_TOO_LONG);
	free(path);
}

/* --- who only asks ------------------------------------------------------------ */

static struct visit
asking_visit(enum errand errand)
{
	struct visit v = good_visit();

	v.errand = errand;
	v.uri = "/validate/zoom/r1";
	v.upgrade = v.connection = v.version = v.key = "";
	return v;
}

/* A page that asks must not be told otherwise than the upgrade would be. */
static void
who_asks_gets_the_same_answer_but_need_not_upgrade(void **state)
{
	struct gate *g = *state;
	struct visit v = asking_visit(ERRAND_VALIDATE);

	strcpy(g->verdict.role, "waiting");
	assert_int_equal(judge_with(g, v, GOOD), REFUSED_NOT);
	assert_string_equal(g->j.verdict.role, "waiting");
	assert_order(g, v, "/validate/zoom/r%201", "/validate/foo/r1");
}

static void
each_errand_has_its_own_path(void **state)
{
	struct gate *g = *state;
	struct visit v = asking_visit(ERRAND_VALIDATE);

	v.uri = "/ws/zoom/r1";
	assert_int_equal(judge_with(g, v, GOOD), REFUSED_NOT_FOUND);
	v = good_visit();
	v.uri = "/validate/zoom/r1";
	assert_int_equal(judge_with(g, v, GOOD), REFUSED_NOT_FOUND);
}

/* It carries no token, and asks about none. */
static void
a_preflight_is_judged_by_path_and_origin_alone(void **state)
{
	struct gate *g = *state;
	struct visit v = asking_visit(ERRAND_PREFLIGHT);

	v.method = "OPTIONS";
	v.origin = "https://app.example";
	assert_int_equal(judge(g, v), REFUSED_NOT);
	assert_int_equal(g->asked, 0);
	v.origin = "https://evil.example";
	assert_int_equal(judge(g, v), REFUSED_ORIGIN);
	v.uri = "/validate/foo/r1";
	assert_int_equal(judge(g, v), REFUSED_NOT_FOUND);
}

/* Whatever the answer is: a page wants to say why it was refused. */
static void
pages_of_allowed_origins_may_read_every_answer_and_no_others_any(void **state)
{
	struct gate *g = *state;
	struct visit v = asking_visit(ERRAND_VALIDATE);
	static const char *const uris[] = { "/validate/zoom/r1", "/validate/foo/r1" };

	for (int i = 0; i < 2; i++) {
		v.uri = uris[i];
		v.origin = "https://app.example";
		judge(g, v);
		assert_string_equal(g->j.reader, "https://app.example");
		v.origin = "https://evil.example";
		judge(g, v);
		assert_string_equal(g->j.reader, "");
		v.origin = "";
		judge(g, v);
		assert_string_equal(g->j.reader, "");
	}
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_good_request_passes),
		TEST(an_allowed_origin_passes),
		TEST(a_token_in_the_header_passes),
		TEST(headers_of_the_upgrade_are_lists_without_case),
		TEST(each_rule_is_judged_before_the_next),
		TEST(the_broker_is_asked_only_about_who_may_enter_the_room),
		TEST(the_brokers_refusal_is_the_answer_with_its_time),
		TEST(whatever_the_room_refuses_with_is_the_answer),
		TEST(a_refused_token_says_why),
		TEST(what_is_no_proper_upgrade_is_told_to_upgrade),
		TEST(a_path_without_end_is_too_long),
		TEST(who_asks_gets_the_same_answer_but_need_not_upgrade),
		TEST(each_errand_has_its_own_path),
		TEST(a_preflight_is_judged_by_path_and_origin_alone),
		TEST(pages_of_allowed_origins_may_read_every_answer_and_no_others_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
