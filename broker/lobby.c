/* lobby – waiting for a host's yes. Part of the room core, see room.h.
 *
 * Waiters are told of themselves only, by mail; they have no bus and no place in the room's order. */
#include "room.h"

#include <utlist.h>

static void
tell_hosts(const struct member *about, const char *event)
{
	struct room *r = about->room;
	struct member *m;

	for (m = r->members; m != NULL; m = m->hh.next) {
		if (m->standing != HOST)
			continue;
		say_about(about, event);
		say_to(member_newest(m));
	}
}

void
lobby_announce(struct member *waiter)
{
	tell_hosts(waiter, "waiting_request");
}

/* The snapshot comes before the `connect` that the others get, so that the one admitted begins at a
 * place of the order where he is already in. */
void
lobby_admit(struct member *m, enum standing standing)
{
	struct room *r = m->room;
	struct session *s;

	member_stand(m, standing);
	DL_FOREACH(m->sessions, s) {
		out_begin(r->core);
		out_end(r->core, (struct out){
		    .kind = OUT_ADMIT, .session = s->id, .room = r->id, .seq = r->seq });
		out_snapshot(s);
	}
	say_text(say_about(m, "connect"), "role", member_role(m));
	say_to_room(r, m);
	room_changed(r);
}
