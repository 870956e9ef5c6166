/* recents – the chat a room remembers. Part of the room core, see room.h.
 *
 * In memory the newest of it, as many as the endpoint keeps; what happens to it is also written to
 * the store. uthash walks a table in the order of adding: oldest first. */
#include "room.h"

#include <inttypes.h>
#include <string.h>

struct chat *
recents_find(const struct room *r, const char *id)
{
	struct chat *chat;

	HASH_FIND_STR(r->chats, id, chat);
	return chat;
}

void
chat_destroy(struct chat *chat)
{
	free(chat->id);
	free(chat->sub);
	free(chat->name);
	free(chat->content);
	free(chat);
}

/* Begins a store's output: the room, and the id where there is one. */
static struct buf *
store_begin_row(const struct room *r, const char *id)
{
	struct buf *b = out_begin(r->core);

	buf_add(b, r->key, strlen(r->key) + 1);
	if (id != NULL)
		buf_add(b, id, strlen(id) + 1);
	return b;
}

static void
store_row(const struct room *r, const struct chat *chat, enum out_kind kind)
{
	struct buf *b = store_begin_row(r, chat->id);

	buf_add(b, chat->sub, strlen(chat->sub) + 1);
	buf_add(b, chat->name, strlen(chat->name) + 1);
	buf_add(b, chat->content, strlen(chat->content) + 1);
	out_end(r->core, (struct out){ .kind = kind, .room = r->id,
	    .seq = (uint64_t)chat->ts, .number = (uint64_t)chat->edited,
	    .who = (uint64_t)r->core->conf.of[r->endpoint].history });
}

static void
store_chat(const struct room *r, const struct chat *chat)
{
	owed_settle(r->core, r->key);
	store_row(r, chat, OUT_STORE_CHAT);
}

/* Out of the room, but not forgotten before the store says so. */
static void
recents_remove(struct room *r, struct chat *chat)
{
	HASH_DEL(r->chats, chat);
	pending_removed(r, chat);
}

/* Only the newest stay, and none that is too old. The store does the same with its own. */
void
recents_trim(struct room *r)
{
	size_t keep = (size_t)r->core->conf.of[r->endpoint].history;
	int64_t age = r->core->conf.of[r->endpoint].history_age;

	while (r->chats != NULL &&
	       (HASH_COUNT(r->chats) > keep || (age > 0 && r->chats->ts < r->core->now - age)))
		recents_remove(r, r->chats);
}

static struct chat *
recents_append(struct room *r, const struct chat *values)
{
	struct chat *chat = alloc_bytes(sizeof(*chat));

	*chat = *values;
	chat->number = ++r->chats_numbered;
	chat->id = alloc_text(values->id, strlen(values->id));
	chat->sub = alloc_text(values->sub, strlen(values->sub));
	chat->name = alloc_text(values->name, strlen(values->name));
	chat->content = alloc_text(values->content, strlen(values->content));
	HASH_ADD_KEYPTR(hh, r->chats, chat->id, strlen(chat->id), chat);
	return chat;
}

void
recents_add(struct room *r, const struct chat *values)
{
	struct chat *chat = recents_append(r, values);

	store_chat(r, chat);
	pending_added(r, chat);
	recents_trim(r);
}

void
recents_edit(struct room *r, struct chat *chat, const char *content)
{
	pending_edited(r, chat);
	chat->content = alloc_text(content, strlen(content));
	chat->edited = r->core->now;
	store_chat(r, chat);
}

void
recents_delete(struct room *r, struct chat *chat)
{
	store_row(r, chat, OUT_STORE_UNCHAT);
	recents_remove(r, chat);
}

void
recents_take_back(struct room *r, struct chat *chat)
{
	HASH_DEL(r->chats, chat);
	chat_destroy(chat);
}

static int
by_number(const struct chat *a, const struct chat *b)
{
	return a->number < b->number ? -1 : 1;
}

void
recents_put_back(struct room *r, struct chat *chat)
{
	HASH_ADD_KEYPTR_INORDER(hh, r->chats, chat->id, strlen(chat->id), chat, by_number);
}

void
recents_put_author(struct buf *b, const struct chat *chat)
{
	buf_str(b, "\"clientId\":");
	buf_json(b, chat->sub, strlen(chat->sub));
	say_text(b, "displayName", chat->name);
}

void
recents_put(struct buf *b, const struct chat *chat)
{
	recents_put_author(b, chat);
	say_text(b, "chatId", chat->id);
	buf_fmt(b, ",\"chatContent\":%s,\"timestamp\":%" PRId64, chat->content, chat->ts);
	if (chat->edited != 0)
		buf_fmt(b, ",\"edited\":%" PRId64, chat->edited);
}

static const struct chat *
newest(const struct room *r)
{
	const UT_hash_table *table = r->chats != NULL ? r->chats->hh.tbl : NULL;

	return table != NULL ? ELMT_FROM_HH(table, table->tail) : NULL;
}

void
recents_list(struct buf *b, const struct room *r, const struct chat *before, int limit)
{
	const struct chat *last = before != NULL ? before->hh.prev : newest(r), *chat = last;

	if (last == NULL)
		return;
	for (int n = 1; n < limit && chat->hh.prev != NULL; n++)
		chat = chat->hh.prev;
	for (;; chat = chat->hh.next) {
		buf_char(b, '{');
		recents_put(b, chat);
		buf_char(b, '}');
		if (chat == last)
			break;
		buf_char(b, ',');
	}
}

void
recents_free(struct room *r)
{
	while (r->chats != NULL)
		recents_take_back(r, r->chats);
}

void
recents_forget(struct room *r)
{
	store_begin_row(r, NULL);
	out_end(r->core, (struct out){ .kind = OUT_STORE_FORGET, .room = r->id });
	pending_row(r->core);
	pending_drop(r);
	recents_free(r);
}

void
core_load_chat(struct core *c, const char *room, const char *chat_id, const char *sub,
    const char *name, const char *content, int64_t ts, int64_t edited)
{
	struct chat values = { .id = (char *)chat_id, .sub = (char *)sub, .name = (char *)name,
		.content = (char *)content, .ts = ts, .edited = edited };
	struct room *r;

	HASH_FIND_STR(c->rooms, room, r);
	if (r == NULL || recents_find(r, chat_id) != NULL)
		return;
	recents_append(r, &values);
	recents_trim(r);
}
