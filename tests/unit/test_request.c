/* test_request – authorizer and handler read the same request and must see the same room; what one
 * refuses the other must not let in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "request.h"

#define EACH(i, table) size_t i = 0; i < sizeof table / sizeof *table; i++

static struct request r; /* too big for comfort on a stack */

static enum refusal
encoded(const char *path)
{
	return request_read_path(&r, path, PATH_ENCODED);
}

static enum refusal
query(const char *text)
{
	return request_read_query(&r, text, NULL);
}

static void
endpoints_are_found_by_their_exact_names(void **state)
{
	enum endpoint e;

	(void)state;
	for (int i = 0; i < ENDPOINTS; i++) {
		const char *name = endpoint_name((enum endpoint)i);
		assert_int_equal(endpoint_find(name, strlen(name), &e), 0);
		assert_int_equal(e, i);
	}
	assert_int_equal(endpoint_find("zoomx", 4, &e), 0);
	assert_int_equal(endpoint_find("zoo", 3, &e), -1);
	assert_int_equal(endpoint_find("Zoom", 4, &e), -1);
	assert_int_equal(endpoint_find("", 0, &e), -1);
}

static void
a_good_path_names_endpoint_and_room(void **state)
{
	(void)state;
	assert_int_equal(encoded("/ws/screenshare/Room_1.~-x"), REFUSED_NOT);
	assert_int_equal(r.endpoint, ENDPOINT_SCREENSHARE);
	assert_string_equal(r.room, "Room_1.~-x");
	assert_int_equal(encoded("/ws/chat/%72%31"), REFUSED_NOT);
	assert_string_equal(r.room, "r1");
	assert_int_equal(request_read_path(&r, "/ws/zoom/r1", PATH_DECODED), REFUSED_NOT);
	assert_string_equal(r.room, "r1");
}

/* Other paths than /ws/ have places in them too. */
static void
a_place_is_what_stands_behind_the_door(void **state)
{
	(void)state;
	assert_int_equal(request_read_place(&r, "chat/%72%32", PATH_ENCODED), REFUSED_NOT);
	assert_int_equal(r.endpoint, ENDPOINT_CHAT);
	assert_string_equal(r.room, "r2");
	assert_int_equal(request_read_place(&r, "chat/..", PATH_ENCODED), REFUSED_BAD_ROOM);
	assert_int_equal(request_read_place(&r, "/chat/r", PATH_ENCODED), REFUSED_NOT_FOUND);
	assert_int_equal(request_read_place(&r, "ws/chat/r", PATH_ENCODED), REFUSED_NOT_FOUND);
	assert_int_equal(request_read_place(&r, "", PATH_ENCODED), REFUSED_NOT_FOUND);
}

static void
other_paths_are_not_found(void **state)
{
	static const char *const paths[] = { "", "/", "/ws", "/ws/", "/ws/zoom", "/ws/zoom/", "ws/zoom/r",
		"//ws/zoom/r", "/ws//zoom/r", "/ws/zoom//r", "/ws/zoom/r/", "/ws/zoom/r/x", "/WS/zoom/r",
		"/ws/Zoom/r", "/ws/zoomx/r", "/ws/%7aoom/r", "/x/ws/zoom/r", "/validate/zoom/r" };

	(void)state;
	for (EACH(i, paths))
		if (encoded(paths[i]) != REFUSED_NOT_FOUND)
			fail_msg("found: %s", paths[i]);
	assert_int_equal(encoded(NULL), REFUSED_NOT_FOUND);
}

static void
rooms_outside_the_grammar_are_refused(void **state)
{
	static const char *const rooms[] = { ".", "..", "%2e", "%2E%2e", "a%2Fb", "a%00", "a%00b",
		"%", "%4", "%zz", "a b", "a+b", "caf\xc3\xa9", "a%20b", "a;b", "a%0ab", "*", "a:b",
		"%2561" };
	char path[32 + 3 * ROOM_ID_MAX] = "/ws/zoom/";

	(void)state;
	for (EACH(i, rooms)) {
		strcpy(path + 9, rooms[i]);
		if (encoded(path) != REFUSED_BAD_ROOM)
			fail_msg("accepted: %s", path);
	}
	memset(path + 9, 'a', ROOM_ID_MAX + 1);
	path[9 + ROOM_ID_MAX + 1] = '\0';
	assert_int_equal(encoded(path), REFUSED_BAD_ROOM);
	path[9 + ROOM_ID_MAX] = '\0';
	assert_int_equal(encoded(path), REFUSED_NOT);
}

/* Decoding twice would let `%2561` into room `a`, which the authorizer did not ask about. */
static void
a_decoded_path_is_not_decoded_again(void **state)
{
	(void)state;
	assert_int_equal(request_read_path(&r, "/ws/zoom/%61", PATH_DECODED), REFUSED_BAD_ROOM);
}

static void
the_token_is_read_from_the_query(void **state)
{
	(void)state;
	assert_int_equal(query("username=x&token=aa.bb_b.c-c&x"), REFUSED_NOT);
	assert_string_equal(r.token, "aa.bb_b.c-c");
	assert_int_equal(query("%74oken=a%2Eb"), REFUSED_NOT);
	assert_string_equal(r.token, "a.b");
}

static void
a_missing_or_empty_token_is_missing(void **state)
{
	static const char *const texts[] = { "", "x=1", "token", "token=", "tokens=a", "Token=a", "&&" };

	(void)state;
	for (EACH(i, texts))
		if (query(texts[i]) != REFUSED_TOKEN_MISSING)
			fail_msg("not missing: %s", texts[i]);
	assert_int_equal(query(NULL), REFUSED_TOKEN_MISSING);
}

/* Which of two would be looked at depends on the reader: so neither is. */
static void
two_tokens_are_invalid(void **state)
{
	static const char *const texts[] = { "token=a&token=a", "token=a&token=", "token=&token=a",
		"token=a&%74oken=b", "token=a&x=1&token", "token=%&token=a" };

	(void)state;
	for (EACH(i, texts))
		if (query(texts[i]) != REFUSED_TOKEN_INVALID)
			fail_msg("not invalid: %s", texts[i]);
}

static void
what_is_not_of_a_tokens_alphabet_is_invalid(void **state)
{
	static const char *const texts[] = { "token=a+b", "token=a%20b", "token=a%00", "token=%",
		"token=%zz", "token=a=b", "token=a/b", "token=\xc3\xa9" };

	(void)state;
	for (EACH(i, texts))
		if (query(texts[i]) != REFUSED_TOKEN_INVALID)
			fail_msg("not invalid: %s", texts[i]);
}

static void
a_token_longer_than_the_bound_is_invalid(void **state)
{
	static char text[8 + TOKEN_MAX + 2] = "token=";

	(void)state;
	memset(text + 6, 'a', TOKEN_MAX + 1);
	assert_int_equal(query(text), REFUSED_TOKEN_INVALID);
	memset(text, 'a', sizeof text - 1);
	memcpy(text, "token=", 6);
	text[6 + TOKEN_MAX] = '\0';
	assert_int_equal(query(text), REFUSED_NOT);
	assert_int_equal(strlen(r.token), TOKEN_MAX);
}

static void
a_bearer_token_serves_where_the_query_has_none(void **state)
{
	(void)state;
	assert_int_equal(request_read_query(&r, "caps=x", "Bearer a.b.c"), REFUSED_NOT);
	assert_string_equal(r.token, "a.b.c");
	assert_int_equal(request_read_query(&r, NULL, "bEARER  a.b.c "), REFUSED_NOT);
	assert_string_equal(r.token, "a.b.c");
	assert_int_equal(request_read_query(&r, "token=q", "Bearer a.b.c"), REFUSED_NOT);
	assert_string_equal(r.token, "q");
	assert_int_equal(request_read_query(&r, "token=", "Bearer a.b.c"), REFUSED_TOKEN_MISSING);
	assert_int_equal(request_read_query(&r, NULL, "Bearer"), REFUSED_TOKEN_MISSING);
	assert_int_equal(request_read_query(&r, NULL, "Bearer  "), REFUSED_TOKEN_MISSING);
	assert_int_equal(request_read_query(&r, NULL, "Basic YTpi"), REFUSED_TOKEN_MISSING);
	assert_int_equal(request_read_query(&r, NULL, "Bearer a,b"), REFUSED_TOKEN_INVALID);
	assert_int_equal(request_read_query(&r, NULL, "Bearer a b"), REFUSED_TOKEN_INVALID);
}

static void
caps_are_wishes_and_unknown_ones_are_none(void **state)
{
	(void)state;
	assert_int_equal(query("token=a&caps=delta%2Cfoo,batch"), REFUSED_NOT);
	assert_true(r.delta && r.batch);
	assert_int_equal(query("token=a&caps=deltas,,bat"), REFUSED_NOT);
	assert_false(r.delta || r.batch);
}

static void
resume_is_an_epoch_and_a_position(void **state)
{
	static const char *const none[] = { "resume=", "resume=.", "resume=a.", "resume=.1", "resume=a.x",
		"resume=a.-1", "resume=a.1.1", "resume=a-b.1", "resume=a.18446744073709551616",
		"resume=123456789012345678901234567890123.1", "resume=%zz.1", "resume=1" };

	(void)state;
	for (EACH(i, none)) {
		query(none[i]);
		if (r.resume)
			fail_msg("accepted: %s", none[i]);
	}
	assert_int_equal(query("resume=00ab34cd.18446744073709551615&token=a"), REFUSED_NOT);
	assert_true(r.resume);
	assert_string_equal(r.epoch, "00ab34cd");
	assert_true(r.seq == UINT64_MAX);
}

static void
wiping_leaves_nothing_of_the_token(void **state)
{
	(void)state;
	query("token=secret");
	request_wipe(&r);
	for (size_t i = 0; i < sizeof r.token; i++)
		assert_int_equal(r.token[i], 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(endpoints_are_found_by_their_exact_names),
		cmocka_unit_test(a_good_path_names_endpoint_and_room),
		cmocka_unit_test(a_place_is_what_stands_behind_the_door),
		cmocka_unit_test(other_paths_are_not_found),
		cmocka_unit_test(rooms_outside_the_grammar_are_refused),
		cmocka_unit_test(a_decoded_path_is_not_decoded_again),
		cmocka_unit_test(the_token_is_read_from_the_query),
		cmocka_unit_test(a_missing_or_empty_token_is_missing),
		cmocka_unit_test(two_tokens_are_invalid),
		cmocka_unit_test(what_is_not_of_a_tokens_alphabet_is_invalid),
		cmocka_unit_test(a_token_longer_than_the_bound_is_invalid),
		cmocka_unit_test(a_bearer_token_serves_where_the_query_has_none),
		cmocka_unit_test(caps_are_wishes_and_unknown_ones_are_none),
		cmocka_unit_test(resume_is_an_epoch_and_a_position),
		cmocka_unit_test(wiping_leaves_nothing_of_the_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
