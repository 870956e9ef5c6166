/* ban – who may not come in: to one room, or to any. Part of the room core, see room.h.
 *
 * A ban is a time in a record, and a row of the store. */
#include "room.h"

#include <stdio.h>
#include <string.h>

/* Ends a row of the store whose body is begun. Older rows of the same ban that the store still has
 * to take would undo this one. */
static void
hand_out(struct core *c, struct out row, size_t name)
{
	struct buf *b = &c->out->bytes;

	if (buf_failed(b))
		abort();
	owed_supersede(c, b->at + c->begun, name);
	out_end(c, row);
	pending_row(c);
}

/* The room, and who: every row of a ban begins with these. Returns how long they are. */
static size_t
put_name(struct buf *b, const char *room, const char *sub)
{
	size_t begin = b->len;

	buf_add(b, room, strlen(room) + 1);
	buf_add(b, sub, strlen(sub) + 1);
	return b->len - begin;
}

void
ban_set(struct core *c, const char *room, const char *sub, int64_t until, const char *by,
    struct json_span words)
{
	struct record *record = record_open(&c->records, room, sub);
	struct buf *b = out_begin(c);
	size_t name = put_name(b, room, sub);
	char *to;

	record->banned = until;
	record_keep(record);
	buf_add(b, by, strlen(by) + 1);
	if (words.at != NULL && (to = buf_reserve(b, words.len + 1)) != NULL)
		b->len += (size_t)json_string_copy(words, to, words.len + 1);
	buf_add(b, "", 1);
	hand_out(c, (struct out){ .kind = OUT_STORE_BAN, .seq = (uint64_t)until }, name);
}

static void
lift(struct core *c, struct record *record, const char *room, const char *sub)
{
	size_t name = put_name(out_begin(c), room, sub);

	record->banned = 0;
	record_keep(record);
	hand_out(c, (struct out){ .kind = OUT_STORE_UNBAN }, name);
}

/* A record's key is "room sub", and a room's name has no blanks. */
static unsigned
lift_all(struct core *c, const char *sub)
{
	char room[ROOM_KEY_MAX + 1];
	struct record *r, *next;
	unsigned n = 0;

	HASH_ITER(hh, c->records.table, r, next) {
		size_t len = strcspn(r->key, " ");

		if (r->banned <= c->now || strcmp(r->key + len + 1, sub) != 0)
			continue;
		snprintf(room, sizeof(room), "%.*s", (int)len, r->key);
		lift(c, r, room, sub);
		n++;
	}
	return n;
}

unsigned
ban_lift(struct core *c, const char *room, const char *sub)
{
	if (strcmp(room, CORE_EVERYWHERE) == 0)
		return lift_all(c, sub);
	if (record_get(&c->records, room, sub)->banned <= c->now)
		return 0;
	lift(c, record_open(&c->records, room, sub), room, sub);
	return 1;
}

bool
ban_holds(const struct core *c, const char *room, const char *sub, int64_t now)
{
	return record_get(&c->records, room, sub)->banned > now ||
	    record_get(&c->records, CORE_EVERYWHERE, sub)->banned > now;
}

void
core_load_ban(struct core *c, const char *room, const char *sub, int64_t until)
{
	struct record *record = record_open(&c->records, room, sub);

	record->banned = until;
	record_keep(record);
}
