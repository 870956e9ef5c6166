/* chat – messages for people: added, edited, deleted, looked up; and how many one may add. Part of
 * the room core, see room.h. */
#include "room.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bounds.h"

enum { CHAT_ID_BYTES = 4 * CHAT_ID_MAX };

/* The allowance is kept as the time when it will be full again: each message moves that by its
 * share of a minute, and it may lie a burst ahead of now. */
static int64_t
chat_share(const struct core *c)
{
	return 60000 / c->conf.chat_per_minute;
}

bool
chat_is_affordable(struct act *a)
{
	const struct core *c = a->core;
	int64_t full = record_get(&c->records, a->room->key, a->member->sub)->chat;
	int64_t ahead = full - c->now, most = (c->conf.chat_burst - 1) * chat_share(c);

	a->retry_after = ahead - most;
	return ahead <= most;
}

void
chat_charge(struct act *a)
{
	struct core *c = a->core;
	struct record *record = record_open(&c->records, a->room->key, a->member->sub);

	if (record->chat < c->now)
		record->chat = c->now;
	record->chat += chat_share(c);
	record_keep(record);
}

void
chat_refund(struct room *r, const char *sub)
{
	struct record *record = record_open(&r->core->records, r->key, sub);

	record->chat -= chat_share(r->core);
	record_keep(record);
}

/* The client's own id, or one that no room has had. */
static void
chat_name(const struct act *a, char id[CHAT_ID_BYTES + 1])
{
	struct room *r = a->room;

	if (act_has(a, "chatId")) {
		json_string_copy(act_field(a, "chatId"), id, CHAT_ID_BYTES + 1);
		return;
	}
	do
		snprintf(id, CHAT_ID_BYTES + 1, "%s-%" PRIu64, r->epoch, ++r->chats_made);
	while (recents_find(r, id) != NULL);
}

/* The text as JSON in our own spelling: as short as it can be, whatever escapes it came in. */
static char *
chat_content(const struct act *a)
{
	char text[4 * CHAT_POINTS_MAX + 1], *content;
	int n = json_string_copy(act_field(a, "chatContent"), text, sizeof(text));
	struct buf b = BUF_INIT;

	buf_json(&b, text, (size_t)n);
	if (buf_failed(&b))
		abort();
	content = alloc_text(b.at, b.len);
	buf_fini(&b);
	return content;
}

static void
put_chat(struct buf *b, const struct act *a, const char *id, const char *content)
{
	say_text(b, "chatId", id);
	buf_fmt(b, ",\"chatContent\":%s,\"timestamp\":%" PRId64, content, a->core->now);
	if (act_has(a, "targetClientId"))
		say_json(b, "targetClientId", act_field(a, "targetClientId"));
}

/* To the target and to the sender; not kept. The ack names the sender's own copy. */
static void
chat_whisper(struct act *a, struct member *target, const char *id, const char *content)
{
	if (target != a->member) {
		put_chat(say_about(a->member, MESSAGE_ADD_CHAT), a, id, content);
		say_to(member_newest(target));
	}
	put_chat(say_about(a->member, MESSAGE_ADD_CHAT), a, id, content);
	a->seq = say_to(a->session);
}

/* Tells the room of what the store was given, provided that it keeps it. */
static void
chat_tell(struct act *a)
{
	a->seq = say_to_room(a->room, NULL);
	out_last(a->core)->stored = true;
	a->stored = true;
}

static void
chat_publish(struct act *a, char *id, char *content)
{
	struct member *m = a->member;
	struct chat chat = { .id = id, .sub = m->sub, .name = m->name, .content = content,
		.ts = a->core->now };

	recents_add(a->room, &chat);
	put_chat(say_about(m, MESSAGE_ADD_CHAT), a, id, content);
	chat_tell(a);
}

enum problem
chat_add(struct act *a)
{
	char id[CHAT_ID_BYTES + 1], *content;
	struct member *target = NULL;
	enum problem p = PROBLEM_NONE;

	if (act_has(a, "targetClientId"))
		p = act_find_in_room(a, "targetClientId", &target);
	if (p != PROBLEM_NONE)
		return p;
	chat_name(a, id);
	if (recents_find(a->room, id) != NULL)
		return PROBLEM_CHAT_ID_TAKEN;
	content = chat_content(a);
	if (target != NULL)
		chat_whisper(a, target, id, content);
	else
		chat_publish(a, id, content);
	free(content);
	return PROBLEM_NONE;
}

static struct chat *
chat_named(const struct act *a, const char *field)
{
	char id[CHAT_ID_BYTES + 1];

	json_string_copy(act_field(a, field), id, sizeof(id));
	return recents_find(a->room, id);
}

static bool
is_author(const struct act *a, const struct chat *chat)
{
	return strcmp(a->member->sub, chat->sub) == 0;
}

enum problem
chat_edit(struct act *a)
{
	struct chat *chat = chat_named(a, "chatId");
	char *content;

	if (chat == NULL)
		return PROBLEM_NOT_FOUND;
	if (!is_author(a, chat))
		return PROBLEM_FORBIDDEN;
	content = chat_content(a);
	recents_edit(a->room, chat, content);
	free(content);
	recents_put(say(a->core, MESSAGE_EDIT_CHAT), chat);
	chat_tell(a);
	return PROBLEM_NONE;
}

enum problem
chat_delete(struct act *a)
{
	struct chat *chat = chat_named(a, "chatId");
	struct buf *b;

	if (chat == NULL)
		return PROBLEM_NOT_FOUND;
	if (!is_author(a, chat) && a->member->standing != HOST)
		return PROBLEM_FORBIDDEN;
	b = say(a->core, MESSAGE_DELETE_CHAT);
	recents_put_author(b, chat);
	say_text(b, "chatId", chat->id);
	if (!is_author(a, chat))
		say_by(b, a->member, NULL);
	chat_tell(a);
	recents_delete(a->room, chat);
	return PROBLEM_NONE;
}

enum problem
chat_recents(struct act *a)
{
	const struct chat *before = NULL;
	int64_t limit = RECENTS_MAX;

	recents_trim(a->room);
	if (act_has(a, "before") && (before = chat_named(a, "before")) == NULL)
		return PROBLEM_NOT_FOUND;
	if (act_has(a, "limit"))
		json_int(act_field(a, "limit"), &limit);
	recents_list(say_array(a->core, MESSAGE_RECENTS_CHAT), a->room, before,
	    limit < RECENTS_MAX ? (int)limit : RECENTS_MAX);
	a->seq = say_to(a->session);
	/* It may show what nobody is to see if the store fails. */
	out_last(a->core)->stored = a->stored = a->room->pending > 0;
	return PROBLEM_NONE;
}
