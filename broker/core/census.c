/* census – how many there are. Part of the room core, see room.h. */
#include "room.h"

static void
count_sessions(const struct core *c, struct core_count *n)
{
	for (const struct session *s = c->sessions; s != NULL; s = s->hh.next) {
		enum endpoint e = s->member->room->endpoint;

		if (member_is_in_room(s->member))
			n->in_room[e]++;
		else
			n->waiting[e]++;
	}
}

void
core_count(const struct core *c, struct core_count *n)
{
	*n = (struct core_count){ .people = HASH_COUNT(c->persons), .owed = owed_count(c) };
	for (const struct room *r = c->rooms; r != NULL; r = r->hh.next) {
		n->rooms[r->endpoint]++;
		n->empty += r->members == NULL;
	}
	count_sessions(c, n);
}
