/* grants – a table of claims, a small function for each. */
#include "grants.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char room_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789_.~-";

/* ---- rooms ---- */

/* Adds one room; `*` is any, and where prefixes are allowed a trailing `*` stays with it. A name
 * that no room can have (protocol §1) grants nothing and needs no place. */
static const char *
add_room(struct grants *g, const cJSON *value, bool prefixes)
{
	const char *room = cJSON_GetStringValue(value);
	size_t n = room ? strlen(room) : 0, known = room ? strspn(room, room_alphabet) : 0;

	if (!room)
		return prefixes ? "expected an array of strings" : "expected a string";
	if (strcmp(room, "*") == 0)
		g->any_room = true;
	if (n == 0 || n > ROOM_ID_MAX + 1)
		return NULL;
	if (known != n && !(prefixes && n > 1 && known == n - 1 && room[known] == '*'))
		return NULL;
	if (g->rooms == GRANT_ROOMS_MAX)
		return "expected at most 64 rooms in all";
	strcpy(g->room[g->rooms++], room);
	return NULL;
}

static const char *
read_room(struct grants *g, const cJSON *value)
{
	return add_room(g, value, false);
}

static const char *
read_rooms(struct grants *g, const cJSON *value)
{
	const char *expected = NULL;
	const cJSON *one;

	if (!cJSON_IsArray(value))
		return "expected an array of strings";
	cJSON_ArrayForEach(one, value)
		if (!expected)
			expected = add_room(g, one, true);
	return expected;
}

/* ---- role ---- */

/* Other words are other people's roles (an identity provider's "user"), and grant nothing here. */
static const char *
read_role(struct grants *g, const cJSON *value)
{
	if (!cJSON_IsString(value))
		return "expected a string";
	if (strcmp(value->valuestring, "host") == 0)
		g->host = true;
	if (strcmp(value->valuestring, "participant") == 0)
		g->participant = true;
	return NULL;
}

static const char *
read_room_admin(struct grants *g, const cJSON *value)
{
	if (!cJSON_IsBool(value))
		return "expected true or false";
	if (cJSON_IsTrue(value))
		g->host = true;
	return NULL;
}

/* Jitsi's minters write true, "true" and "false". */
static const char *
read_moderator(struct grants *g, const cJSON *value)
{
	if (!cJSON_IsBool(value) && !cJSON_IsString(value))
		return "expected true, false or a string";
	if (cJSON_IsTrue(value) || (cJSON_IsString(value) && !strcmp(value->valuestring, "true")))
		g->host = true;
	return NULL;
}

/* ---- media ---- */

static const char *
read_can_publish(struct grants *g, const cJSON *value)
{
	if (!cJSON_IsBool(value))
		return "expected true or false";
	if (cJSON_IsFalse(value))
		g->no_audio = g->no_video = g->no_share = true;
	return NULL;
}

static bool
lists(const cJSON *array, const char *word)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, array)
		if (strcmp(one->valuestring, word) == 0)
			return true;
	return false;
}

static const char *
read_sources(struct grants *g, const cJSON *value)
{
	const cJSON *one;

	if (!cJSON_IsArray(value))
		return "expected an array of strings";
	cJSON_ArrayForEach(one, value)
		if (!cJSON_IsString(one))
			return "expected an array of strings";
	g->no_audio |= !lists(value, "microphone");
	g->no_video |= !lists(value, "camera");
	g->no_share |= !lists(value, "screen_share");
	return NULL;
}

static const char *
read_can_publish_data(struct grants *g, const cJSON *value)
{
	if (!cJSON_IsBool(value))
		return "expected true or false";
	if (cJSON_IsFalse(value))
		g->no_data = true;
	return NULL;
}

/* roomJoin's own work is in grants_read: it takes back what the others gave. */
static const char *
read_room_join(struct grants *g, const cJSON *value)
{
	(void)g;
	return cJSON_IsBool(value) ? NULL : "expected true or false";
}

/* ---- scopes ---- */

static const struct {
	enum scope scope;
	const char *name;
} scopes[] = { { SCOPE_READ, "beckon:read" }, { SCOPE_MODERATE, "beckon:moderate" } };

const char *
scope_name(enum scope scope)
{
	return scope == SCOPE_READ ? scopes[0].name : scopes[1].name;
}

/* Words with a space between (RFC 8693 §4.2, RFC 9068 §2.2.3). Others are other services'; and of
 * another shape, which some providers write, it grants nothing and refuses nobody. */
static const char *
read_scope(struct grants *g, const cJSON *value)
{
	const char *word = cJSON_GetStringValue(value);

	for (size_t n; word && *word; word += n + (word[n] == ' ')) {
		n = strcspn(word, " ");
		for (size_t i = 0; i < sizeof(scopes) / sizeof(*scopes); i++)
			if (strlen(scopes[i].name) == n && !memcmp(word, scopes[i].name, n))
				g->scopes |= scopes[i].scope;
	}
	return NULL;
}

/* ---- the table ---- */

enum place { CLAIM, VIDEO, USER };

/* clang-format off */
static const struct grant {
	enum place place;
	const char *name;
	const char *shown;
	bool names_rooms; /* its presence excludes all rooms it does not name */
	const char *(*read)(struct grants *g, const cJSON *value); /* what was expected, or NULL */
} table[] = {
	{ CLAIM, "room",              "room",                    true,  read_room },
	{ CLAIM, "rooms",             "rooms",                   true,  read_rooms },
	{ CLAIM, "role",              "role",                    false, read_role },
	{ CLAIM, "scope",             "scope",                   false, read_scope },
	{ VIDEO, "room",              "video.room",              true,  read_room },
	{ VIDEO, "roomJoin",          "video.roomJoin",          false, read_room_join },
	{ VIDEO, "roomAdmin",         "video.roomAdmin",         false, read_room_admin },
	{ VIDEO, "canPublish",        "video.canPublish",        false, read_can_publish },
	{ VIDEO, "canPublishSources", "video.canPublishSources", false, read_sources },
	{ VIDEO, "canPublishData",    "video.canPublishData",    false, read_can_publish_data },
	{ USER,  "moderator",         "context.user.moderator",  false, read_moderator },
};
/* clang-format on */

int
grants_read(struct grants *g, const cJSON *claims, char *why, size_t size)
{
	const cJSON *video = cJSON_GetObjectItemCaseSensitive(claims, "video");
	const cJSON *context = cJSON_GetObjectItemCaseSensitive(claims, "context");
	const cJSON *places[] = { [CLAIM] = claims, [VIDEO] = video,
		[USER] = cJSON_GetObjectItemCaseSensitive(context, "user") };
	bool rooms_named = false;

	*g = (struct grants){ 0 };
	if (video && !cJSON_IsObject(video)) {
		snprintf(why, size, "video: expected an object");
		return -1;
	}
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		const struct grant *row = &table[i];
		const cJSON *place = places[row->place];
		const cJSON *value = cJSON_GetObjectItemCaseSensitive(place, row->name);
		const char *expected = value ? row->read(g, value) : NULL;

		if (expected) {
			snprintf(why, size, "%s: %s", row->shown, expected);
			return -1;
		}
		rooms_named |= value && row->names_rooms;
	}
	if (!rooms_named)
		g->any_room = true;
	if (cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(video, "roomJoin"))) {
		g->any_room = false;
		g->rooms = 0;
	}
	return 0;
}

enum refusal
token_grants_room(const struct token *t, const char *room)
{
	const struct grants *g = &t->grants;

	if (g->any_room)
		return REFUSED_NOT;
	for (int i = 0; i < g->rooms; i++) {
		size_t n = strlen(g->room[i]);
		bool prefix = g->room[i][n - 1] == '*';

		if (prefix ? strncmp(room, g->room[i], n - 1) == 0 : strcmp(room, g->room[i]) == 0)
			return REFUSED_NOT;
	}
	return REFUSED_ROOM_FORBIDDEN;
}
