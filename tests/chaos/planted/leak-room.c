/* A fault to be found: one room does not end when it is empty. */
#include <string.h>

#include "room.h"

void __real_member_remove(struct member *m);
void __wrap_member_remove(struct member *m);
void __real_timer_set(struct timers *all, struct timer *t, int64_t at);
void __wrap_timer_set(struct timers *all, struct timer *t, int64_t at);

static struct timer *end; /* of the room that somebody is just leaving */

void
__wrap_member_remove(struct member *m)
{
	struct room *r = m->room;

	__real_member_remove(m);
	end = strcmp(r->name, "room1") == 0 ? &r->end : NULL;
}

void
__wrap_timer_set(struct timers *all, struct timer *t, int64_t at)
{
	if (t != end)
		__real_timer_set(all, t, at);
}
