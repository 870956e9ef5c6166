/* api_route – what there is under /api/, and that nothing else leads there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "api_route.h"

static const struct api_route *route;
static struct api_place place;
static char allow[API_ALLOW_SIZE];

static enum api_fault
find(const char *method, const char *uri)
{
	return api_route_find(method, uri, &route, &place, allow);
}

static void
each_path_has_its_methods_and_the_scope_they_need(void **state)
{
	static const struct {
		const char *method, *uri;
		enum scope scope;
	} rows[] = {
		{ "GET", "/api/rooms", SCOPE_READ },
		{ "HEAD", "/api/rooms", SCOPE_READ },
		{ "GET", "/api/rooms/zoom/r1", SCOPE_READ },
		{ "GET", "/api/rooms/chat/r1/bans", SCOPE_READ },
		{ "DELETE", "/api/rooms/zoom/r1/bans/bob", SCOPE_MODERATE },
		{ "POST", "/api/rooms/zoom/r1/kick", SCOPE_MODERATE },
		{ "POST", "/api/rooms/screenshare/r1/ban", SCOPE_MODERATE },
		{ "POST", "/api/rooms/zoom/r1/message", SCOPE_MODERATE },
		{ "POST", "/api/rooms/zoom/r1/close", SCOPE_MODERATE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(find(rows[i].method, rows[i].uri), FAULT_NONE);
		assert_int_equal(route->scope, rows[i].scope);
	}
}

/* Who may only look can change nothing, whatever is added to the table. */
static void
whatever_changes_something_needs_more_than_to_read(void **state)
{
	const struct api_route *r;

	(void)state;
	for (size_t i = 0; (r = api_route_at(i)) != NULL; i++)
		assert_int_equal(r->scope == SCOPE_READ, strcmp(r->method, "GET") == 0);
}

static void
another_method_is_told_which_there_are(void **state)
{
	(void)state;
	assert_int_equal(find("POST", "/api/rooms"), FAULT_METHOD);
	assert_string_equal(allow, "GET, HEAD");
	assert_int_equal(find("GET", "/api/rooms/zoom/r1/kick"), FAULT_METHOD);
	assert_string_equal(allow, "POST");
	assert_int_equal(find("OPTIONS", "/api/rooms/zoom/r1/bans/x"), FAULT_METHOD);
	assert_string_equal(allow, "DELETE");
	assert_int_equal(find("get", "/api/rooms"), FAULT_METHOD);
	assert_int_equal(find("", "/api/rooms"), FAULT_METHOD);
}

static void
there_are_no_other_paths(void **state)
{
	static const char *const paths[] = { "", "/", "/api", "/api/", "/api/room", "/api/roomsx",
		"/api/rooms/", "/api/rooms/zoom", "/api/rooms/zoom/", "/api/rooms//r1",
		"/api/rooms/zoom/r1/", "/api/rooms/zoom/r1/bans/", "/api/rooms/zoom/r1/bans/b/",
		"/api/rooms/zoom/r1/bans/b/c", "/api/rooms/zoom/r1/kick/", "/api//rooms",
		"//api/rooms", "/api/rooms/nope/r1", "/api/rooms/Zoom/r1", "/x/../api/rooms",
		"/api/x/../rooms", "/api/./rooms", "/api/%72ooms", "/%61pi/rooms", "/api%2frooms",
		"/api/rooms%2fzoom%2fr1", "/api/rooms/%7aoom/r1", "/API/rooms", "/api/rooms;x",
		"/ws/zoom/r1", "/api/rooms/zoom/r1/kick%00", "/api/rooms/zoom/r1/%6bick" };

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		if (find("GET", paths[i]) != FAULT_NOT_FOUND)
			fail_msg("there is something at %s", paths[i]);
		assert_null(route);
	}
}

static void
a_room_is_read_as_a_client_s_request_is(void **state)
{
	static const char *const bad[] = { ".", "..", "%2e", "%2E%2e", "a%2fb", "a%20b", "a%00b",
		"a%2", "%", "%zz", "%252f", "a+b", "r\xc3\xa4um", "a;b", "a*" };
	char uri[400] = "/api/rooms/zoom/";

	(void)state;
	assert_int_equal(find("GET", "/api/rooms/zoom/a_B.9~-%7e%41?x=/y"), FAULT_NONE);
	assert_string_equal(place.room, "zoom/a_B.9~-~A");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(uri, sizeof(uri), "/api/rooms/zoom/%s", bad[i]);
		if (find("GET", uri) != FAULT_BAD_ROOM)
			fail_msg("%s is a room", bad[i]);
	}
	strcpy(uri, "/api/rooms/zoom/");
	for (int i = 0; i < 100; i++)
		strcat(uri, "%41");
	assert_int_equal(find("GET", uri), FAULT_NONE);
	assert_int_equal(strlen(place.room), 105);
	assert_int_equal(find("GET", strcat(uri, "x")), FAULT_BAD_ROOM);
}

static void
a_path_of_any_length_is_borne(void **state)
{
	static char uri[20000] = "/api/rooms/zoom/";
	size_t n = strlen(uri);

	(void)state;
	memset(uri + n, 'a', sizeof(uri) - n - 1);
	assert_int_equal(find("GET", uri), FAULT_BAD_ROOM);
	memcpy(uri + n, "r/bans/", 7);
	assert_int_equal(find("DELETE", uri), FAULT_BAD_REQUEST);
	memset(uri + n, '/', sizeof(uri) - n - 1);
	assert_int_equal(find("GET", uri), FAULT_NOT_FOUND);
	memset(uri + n, '%', sizeof(uri) - n - 1);
	assert_int_equal(find("GET", uri), FAULT_BAD_ROOM);
}

/* A sub is whatever a provider says, and comes through a path unharmed: once decoded, not twice. */
static void
a_sub_in_a_path_is_decoded_once(void **state)
{
	(void)state;
	assert_int_equal(find("DELETE", "/api/rooms/zoom/r/bans/auth0%7C12%2F3"), FAULT_NONE);
	assert_string_equal(place.client, "auth0|12/3");
	assert_int_equal(find("DELETE", "/api/rooms/zoom/r/bans/%252e%2B+%20"), FAULT_NONE);
	assert_string_equal(place.client, "%2e++ ");
	assert_int_equal(find("DELETE", "/api/rooms/zoom/r/bans/..%2f.."), FAULT_NONE);
	assert_string_equal(place.client, "../..");
	assert_int_equal(find("DELETE", "/api/rooms/zoom/r/bans/a%00b"), FAULT_BAD_REQUEST);
	assert_int_equal(find("DELETE", "/api/rooms/zoom/r/bans/a%"), FAULT_BAD_REQUEST);
	assert_int_equal(find("GET", "/api/rooms/zoom/r"), FAULT_NONE);
	assert_string_equal(place.client, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_path_has_its_methods_and_the_scope_they_need),
		cmocka_unit_test(whatever_changes_something_needs_more_than_to_read),
		cmocka_unit_test(another_method_is_told_which_there_are),
		cmocka_unit_test(there_are_no_other_paths),
		cmocka_unit_test(a_room_is_read_as_a_client_s_request_is),
		cmocka_unit_test(a_path_of_any_length_is_borne),
		cmocka_unit_test(a_sub_in_a_path_is_decoded_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
