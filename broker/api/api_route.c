/* api_route – the table, and paths part by part, as they came. */
#include "api_route.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "request.h"

/* As of the events that hosts send (event.def). */
#define WHOM "clientId:id!"
#define WHY "reason:text(0-1000)"
#define HOW_LONG "seconds:int(1-3153600000)"
#define WHAT "message:text(1-1000)!"

/* clang-format off */
static const struct api_route table[] = {
	{ "GET",    "rooms",             SCOPE_READ,     NULL, "rooms", "rooms" },
	{ "GET",    "rooms/*/*",         SCOPE_READ,     NULL, "room @room", "room" },
	{ "GET",    "rooms/*/*/bans",    SCOPE_READ,     NULL, "bans @room", "bans" },
	{ "DELETE", "rooms/*/*/bans/*",  SCOPE_MODERATE, NULL, "unban @room @client", NULL },
	{ "POST",   "rooms/*/*/kick",    SCOPE_MODERATE, WHOM " " WHY,
	            "kick @room clientId reason", NULL },
	{ "POST",   "rooms/*/*/ban",     SCOPE_MODERATE, WHOM " " WHY " " HOW_LONG,
	            "ban @room clientId seconds= reason", NULL },
	{ "POST",   "rooms/*/*/message", SCOPE_MODERATE, WHAT, "say @room message", NULL },
	{ "POST",   "rooms/*/*/close",   SCOPE_MODERATE, WHY, "close @room reason", NULL },
};
/* clang-format on */

enum { ROUTES = sizeof(table) / sizeof(*table), STARS_MAX = 3 };

struct part {
	const char *at;
	size_t len;
};

const struct api_route *
api_route_at(size_t i)
{
	return i < ROUTES ? &table[i] : NULL;
}

/* The part of a path that begins here. */
static struct part
part_at(const char *at, const char *end)
{
	const char *slash = memchr(at, '/', (size_t)(end - at));

	return (struct part){ at, (size_t)((slash != NULL ? slash : end) - at) };
}

/* Is it a path of this pattern, part by part? Parts for stars are not empty. */
static bool
path_fits(const char *pattern, const char *path, const char *end, struct part stars[STARS_MAX])
{
	const char *pattern_end = pattern + strlen(pattern);
	int n = 0;

	memset(stars, 0, STARS_MAX * sizeof(*stars));
	for (;;) {
		struct part want = part_at(pattern, pattern_end), is = part_at(path, end);
		bool star = want.len == 1 && *want.at == '*';

		if (star ? is.len == 0
			 : is.len != want.len || memcmp(is.at, want.at, is.len) != 0)
			return false;
		if (star)
			stars[n++] = is;
		pattern += want.len;
		path += is.len;
		if (pattern == pattern_end || path == end)
			return pattern == pattern_end && path == end;
		pattern++, path++;
	}
}

/* The endpoint and the room, which stand beside each other, as a client's request has them. */
static enum api_fault
read_room(struct api_place *place, struct part endpoint, struct part room)
{
	size_t n = (size_t)(room.at + room.len - endpoint.at);
	char text[3 * ROOM_KEY_MAX + 1];
	struct request r;
	enum refusal why;

	if (n >= sizeof(text))
		return FAULT_BAD_ROOM; /* of whatever endpoint */
	memcpy(text, endpoint.at, n);
	text[n] = '\0';
	why = request_read_place(&r, text, PATH_ENCODED);
	if (why != REFUSED_NOT)
		return api_fault_of(why);
	snprintf(place->room, sizeof(place->room), "%s/%s", endpoint_name(r.endpoint), r.room);
	return FAULT_NONE;
}

static enum api_fault
read_place(struct api_place *place, const struct part stars[STARS_MAX])
{
	enum api_fault fault = FAULT_NONE;
	struct part client = stars[2];

	*place = (struct api_place){ 0 };
	if (stars[0].len > 0)
		fault = read_room(place, stars[0], stars[1]);
	if (fault == FAULT_NONE && client.len > 0 &&
	    request_decode(client.at, client.len, place->client, sizeof(place->client)) < 0)
		fault = FAULT_BAD_REQUEST;
	return fault;
}

static void
allow_too(char allow[API_ALLOW_SIZE], const char *method)
{
	size_t n = strlen(allow);

	snprintf(allow + n, API_ALLOW_SIZE - n, "%s%s%s", n > 0 ? ", " : "", method,
	    strcmp(method, "GET") == 0 ? ", HEAD" : "");
}

enum api_fault
api_route_find(const char *method, const char *uri, const struct api_route **route,
    struct api_place *place, char allow[API_ALLOW_SIZE])
{
	static const char door[] = "/api/";
	const char *end = uri + strcspn(uri, "?");
	struct part stars[STARS_MAX];
	enum api_fault fault;

	*route = NULL;
	allow[0] = '\0';
	if (strncmp(uri, door, sizeof(door) - 1) != 0)
		return FAULT_NOT_FOUND;
	if (strcmp(method, "HEAD") == 0)
		method = "GET";
	for (size_t i = 0; i < ROUTES && *route == NULL; i++) {
		if (!path_fits(table[i].path, uri + sizeof(door) - 1, end, stars))
			continue;
		allow_too(allow, table[i].method);
		if (strcmp(table[i].method, method) == 0)
			*route = &table[i];
	}
	if (*route == NULL)
		return allow[0] != '\0' ? FAULT_METHOD : FAULT_NOT_FOUND;
	fault = read_place(place, stars);
	if (fault != FAULT_NONE)
		*route = NULL;
	return fault;
}
