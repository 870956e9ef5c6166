/* host – what hosts do to rooms and to people: lock, kick, ban, set_role, close. Part of the room
 * core, see room.h. */
#include "room.h"

#include <string.h>

#include <utlist.h>

#include "bounds.h"

enum problem
host_lock(struct act *a)
{
	struct room *r = a->room;

	r->locked = act_flag(a, "locked");
	r->waiters_stale = true;
	say_bool(say_about(a->member, MESSAGE_LOCK_ROOM), "locked", r->locked);
	a->seq = say_to_room(r, NULL);
	room_changed(r);
	return PROBLEM_NONE;
}

static struct farewell
farewell_of(const struct act *a, enum bye why)
{
	return (struct farewell){ .reason = bye_table[why].word, .by = a->member,
		.words = act_field(a, "reason") };
}

enum problem
host_kick(struct act *a)
{
	struct farewell f = farewell_of(a, BYE_KICKED);
	struct member *m;
	enum problem p = act_find(a, "clientId", &m);

	if (p == PROBLEM_NONE)
		a->seq = member_dismiss(m, BYE_KICKED, &f);
	return p;
}

/* The store's row: room, sub, the host's sub, the host's words. */
static void
store_ban(const struct act *a, const struct member *m, int64_t until)
{
	const char *const row[] = { a->room->key, m->sub, a->member->sub };
	struct json_span words = act_field(a, "reason");
	struct buf *b = out_begin(a->core);
	char *to;

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		buf_add(b, row[i], strlen(row[i]) + 1);
	if (words.at != NULL && (to = buf_reserve(b, words.len + 1)) != NULL)
		b->len += (size_t)json_string_copy(words, to, words.len + 1);
	buf_add(b, "", 1);
	out_end(a->core,
	    (struct out){ .kind = OUT_STORE_BAN, .room = a->room->id, .seq = (uint64_t)until });
	pending_row(a->core);
}

enum problem
host_ban(struct act *a)
{
	struct farewell f = farewell_of(a, BYE_BANNED);
	int64_t seconds = BAN_TIME / 1000;
	struct record *record;
	struct member *m;
	enum problem p = act_find(a, "clientId", &m);

	if (p != PROBLEM_NONE)
		return p;
	if (act_has(a, "seconds"))
		json_int(act_field(a, "seconds"), &seconds);
	record = record_open(&a->core->records, a->room->key, m->sub);
	record->banned = a->core->now + seconds * 1000;
	record_keep(record);
	store_ban(a, m, record->banned);
	a->stored = true;
	a->seq = member_dismiss(m, BYE_BANNED, &f);
	return PROBLEM_NONE;
}

enum problem
host_set_role(struct act *a)
{
	bool host = json_string_is(act_field(a, "role"), "host");
	enum standing wanted = host ? HOST : PARTICIPANT;
	struct member *m;
	enum problem p = act_find_in_room(a, "clientId", &m);

	if (p != PROBLEM_NONE || m->standing == wanted)
		return p;
	if (wanted == PARTICIPANT && a->room->count[HOST] == 1)
		return PROBLEM_FORBIDDEN;
	a->seq = role_set(m, wanted, a->member);
	return PROBLEM_NONE;
}

/* Everybody has his bye before anybody is freed: they all name the host. */
enum problem
host_close(struct act *a)
{
	struct farewell f = farewell_of(a, BYE_ROOM_CLOSED);
	struct room *r = a->room;
	struct member *m, *next_member;
	struct session *s, *next;

	a->answer = MESSAGES;
	HASH_ITER(hh, r->members, m, next_member)
		DL_FOREACH_SAFE(m->sessions, s, next)
			session_bye(s, BYE_ROOM_CLOSED, &f);
	HASH_ITER(hh, r->members, m, next_member)
		member_remove(m);
	recents_forget(r);
	room_close(r);
	return PROBLEM_NONE;
}
