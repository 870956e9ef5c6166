/* api_answer – see api_answer.h. */
#include "api_answer.h"

#include <stdio.h>
#include <string.h>

#include "answer.h"

typedef cJSON *retell(const cJSON *said);

/* A copy of what is called `from`, called `name`; nothing where it is absent. */
static void
copy_as(cJSON *to, const char *name, const cJSON *said, const char *from)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(said, from);

	if (value != NULL)
		cJSON_AddItemToObject(to, name, cJSON_Duplicate(value, true));
}

static void
copy(cJSON *to, const cJSON *said, const char *name)
{
	copy_as(to, name, said, name);
}

static bool
is_waiting(const cJSON *member)
{
	const cJSON *role = cJSON_GetObjectItemCaseSensitive(member, "role");

	return cJSON_IsString(role) && strcmp(role->valuestring, "waiting") == 0;
}

static cJSON *
retell_room(const cJSON *said)
{
	const cJSON *members = cJSON_GetObjectItemCaseSensitive(said, "members"), *m;
	cJSON *room = cJSON_CreateObject();
	int waiting = 0;

	cJSON_ArrayForEach(m, members)
		waiting += is_waiting(m);
	copy(room, said, "endpoint");
	copy_as(room, "roomId", said, "room");
	cJSON_AddNumberToObject(room, "participantCount", cJSON_GetArraySize(members) - waiting);
	cJSON_AddNumberToObject(room, "waitingCount", waiting);
	return room;
}

static cJSON *
retell_rooms(const cJSON *said)
{
	cJSON *all = cJSON_CreateObject(), *rooms = cJSON_AddArrayToObject(all, "rooms");
	const cJSON *one;

	cJSON_ArrayForEach(one, said)
		cJSON_AddItemToArray(rooms, retell_room(one));
	return all;
}

static cJSON *
retell_member(const cJSON *said)
{
	static const char *const names[] = { "clientId", "displayName", "role", "connections",
		"since", "audio", "video" };
	cJSON *member = cJSON_CreateObject();

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		copy(member, said, names[i]);
	copy_as(member, "screenshare", said, "share");
	copy_as(member, "handRaised", said, "hand");
	return member;
}

/* A room, and those in it. */
static cJSON *
retell_one(const cJSON *said)
{
	const cJSON *members = cJSON_GetObjectItemCaseSensitive(said, "members"), *m;
	cJSON *room = retell_room(said), *to;

	copy(room, said, "locked");
	copy(room, said, "lobby");
	copy(room, said, "policy");
	to = cJSON_AddArrayToObject(room, "members");
	cJSON_ArrayForEach(m, members)
		cJSON_AddItemToArray(to, retell_member(m));
	return room;
}

/* total: there may be more than are told. */
static cJSON *
retell_bans(const cJSON *said)
{
	static const char *const names[] = { "clientId", "by", "reason", "until" };
	cJSON *all = cJSON_CreateObject(), *bans = cJSON_AddArrayToObject(all, "bans"), *ban;
	const cJSON *one;

	cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(said, "bans")) {
		cJSON_AddItemToArray(bans, ban = cJSON_CreateObject());
		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
			copy(ban, one, names[i]);
	}
	copy(all, said, "total");
	return all;
}

static const struct {
	const char *name;
	retell *run;
} answers[] = {
	{ "rooms", retell_rooms },
	{ "room", retell_one },
	{ "bans", retell_bans },
};

static void
put_found(struct buf *to, cJSON *found)
{
	char *text = cJSON_PrintUnformatted(found);

	buf_str(to, "Status: 200 OK\r\nContent-Type: application/json\r\n");
	buf_str(to, "Cache-Control: no-store\r\n\r\n");
	buf_str(to, text != NULL ? text : "{}");
	buf_char(to, '\n');
	cJSON_free(text);
	cJSON_Delete(found);
}

void
api_answer(struct buf *to, const struct api_judgement *j, const cJSON *said)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		if (j->route->answer != NULL && strcmp(answers[i].name, j->route->answer) == 0) {
			put_found(to, answers[i].run(said));
			return;
		}
	}
	buf_str(to, "Status: 204 No Content\r\nCache-Control: no-store\r\n\r\n");
}

void
api_answer_fault(struct buf *to, const struct api_judgement *j)
{
	char header[128] = "";

	if (j->fault == FAULT_METHOD)
		snprintf(header, sizeof(header), "Allow: %s\r\n", j->allow);
	if (j->fault == FAULT_SCOPE)
		snprintf(header, sizeof(header),
		    "WWW-Authenticate: Bearer error=\"insufficient_scope\", scope=\"%s\"\r\n",
		    scope_name(j->route->scope));
	answer_no(to, &api_fault_table[j->fault], header, j->why, 0);
}
