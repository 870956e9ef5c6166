/* role – hosts and their succession. Part of the room core, see room.h. */
#include "room.h"

uint64_t
role_tell(struct member *m, const char *role, const struct member *by)
{
	struct buf *b = say_about(m, MESSAGE_ROLE_CHANGED);

	say_text(b, "role", role);
	say_by(b, by, m);
	member_stale(m);
	room_changed(m->room);
	return say_to_room(m->room, NULL);
}

/* Tells the role that changed, also of one who presents. */
uint64_t
role_set(struct member *m, enum standing standing, const struct member *by)
{
	member_promote(m, standing);
	role_settle(m->room);
	return role_tell(m, standing_name(standing), by);
}

/* The one who is longest in-room; else who waits longest. */
static struct member *
heir_find(const struct room *r)
{
	enum standing wanted = r->count[PARTICIPANT] > 0 ? PARTICIPANT : WAITING;
	struct member *m = r->members;

	while (m->standing != wanted)
		m = m->hh.next;
	return m;
}

void
role_settle(struct room *r)
{
	struct member *heir;

	room_touch(r);
	if (r->count[HOST] > 0 || r->members == NULL) {
		timer_clear(&r->core->timers, &r->succession);
		return;
	}
	if (timer_is_set(&r->succession))
		return; /* the host may be back by then */
	heir = heir_find(r);
	if (member_is_in_room(heir))
		member_promote(heir, HOST);
	else
		lobby_admit(heir, HOST);
	role_tell(heir, "host", NULL);
}

void
role_succession_due(struct timer *t)
{
	role_settle(timer_owner(t, struct room, succession));
}
