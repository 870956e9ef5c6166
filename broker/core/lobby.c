/* lobby – waiting for a host's yes. Part of the room core, see room.h.
 *
 * Waiters are told of themselves only, by mail; they have no bus, and no place in the room's
 * order. */
#include "room.h"

#include <utlist.h>

#include "bounds.h"

void
lobby_announce(struct member *waiter)
{
	say_to_hosts(waiter, MESSAGE_WAITING_REQUEST);
}

/* The snapshot comes before the `connect` that the others get, so that the one admitted begins at a
 * place of the order where he is already in. */
void
lobby_admit(struct member *m, enum standing standing)
{
	struct room *r = m->room;
	struct session *s;

	member_stand(m, standing);
	m->from = r->seq;
	DL_FOREACH(m->sessions, s) {
		out_begin(r->core);
		out_end(r->core, (struct out){
		    .kind = OUT_ADMIT, .session = s->id, .room = r->id, .seq = r->seq });
		out_snapshot(s);
	}
	say_text(say_about(m, MESSAGE_CONNECT), "role", member_role(m));
	say_to_room(r, m);
	room_changed(r);
}

void
lobby_let_in(struct member *m, const struct member *by)
{
	say_by(say_about(m, MESSAGE_ACCEPT_WAITING), by, m);
	say_to(member_newest(m));
	lobby_admit(m, PARTICIPANT);
}

void
lobby_turn_away(struct member *m, const struct member *by)
{
	struct farewell f = { .reason = bye_table[BYE_DENIED].word, .by = by };
	struct core *c = m->room->core;
	struct record *record = record_open(&c->records, m->room->key, m->sub);

	record->denied = c->now + DENIED_TIME;
	record_keep(record);
	say_by(say_about(m, MESSAGE_DENY_WAITING), by, m);
	say_to(member_newest(m));
	member_dismiss(m, BYE_DENIED, &f);
}

static enum problem
find_waiter(const struct act *a, struct member **m)
{
	enum problem p = act_find(a, "clientId", m);

	return p == PROBLEM_NONE && member_is_in_room(*m) ? PROBLEM_NOT_FOUND : p;
}

enum problem
lobby_accept(struct act *a)
{
	struct member *m;
	enum problem p = find_waiter(a, &m);

	if (p == PROBLEM_NONE)
		lobby_let_in(m, a->member);
	return p;
}

enum problem
lobby_deny(struct act *a)
{
	struct member *m;
	enum problem p = find_waiter(a, &m);

	if (p == PROBLEM_NONE)
		lobby_turn_away(m, a->member);
	return p;
}

/* Who is in-room already asks for nothing. */
enum problem
lobby_knock(struct act *a)
{
	if (!member_is_in_room(a->member))
		lobby_announce(a->member);
	return PROBLEM_NONE;
}

static struct member *
first_waiter(const struct room *r)
{
	struct member *m = r->members;

	while (m->standing != WAITING)
		m = m->hh.next;
	return m;
}

enum problem
lobby_set(struct act *a)
{
	struct room *r = a->room;

	r->lobby = act_flag(a, "enabled");
	r->waiters_stale = true;
	say_bool(say_about(a->member, MESSAGE_SET_LOBBY), "enabled", r->lobby);
	a->seq = say_to_room(r, NULL);
	while (!r->lobby && r->count[WAITING] > 0)
		lobby_let_in(first_waiter(r), a->member);
	room_changed(r);
	return PROBLEM_NONE;
}
