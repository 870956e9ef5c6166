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

enum problem
host_ban(struct act *a)
{
	struct farewell f = farewell_of(a, BYE_BANNED);
	int64_t seconds = BAN_TIME / 1000;
	struct member *m;
	enum problem p = act_find(a, "clientId", &m);

	if (p != PROBLEM_NONE)
		return p;
	if (act_has(a, "seconds"))
		json_int(act_field(a, "seconds"), &seconds);
	ban_set(a->core, a->room->key, m->sub, a->core->now + seconds * 1000, a->member->sub,
	    f.words);
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

/* Everybody has his bye before anybody is freed: they may all name the host. */
void
room_dismiss(struct room *r, const struct farewell *f)
{
	struct member *m, *next_member;
	struct session *s, *next;

	HASH_ITER(hh, r->members, m, next_member)
		DL_FOREACH_SAFE(m->sessions, s, next)
			session_bye(s, BYE_ROOM_CLOSED, f);
	HASH_ITER(hh, r->members, m, next_member)
		member_remove(m);
	recents_forget(r);
	room_close(r);
}

enum problem
host_close(struct act *a)
{
	struct farewell f = farewell_of(a, BYE_ROOM_CLOSED);

	a->answer = MESSAGES;
	room_dismiss(a->room, &f);
	return PROBLEM_NONE;
}
