/* vacancy – empty rooms, which are kept for a while. Part of the room core, see room.h.
 *
 * An empty room still has its bus, and who may join any room can leave one after the other. So of
 * those that one sub was the last to leave, no more are kept than it may have connections; then the
 * oldest ends before its time. */
#include "room.h"

#include <string.h>

#include <utlist.h>

#include "bounds.h"

static struct leaver *
leaver_open(struct core *c, const char *sub)
{
	struct leaver *l;

	HASH_FIND_STR(c->leavers, sub, l);
	if (l != NULL)
		return l;
	l = alloc_bytes(sizeof(*l));
	l->sub = alloc_text(sub, strlen(sub));
	HASH_ADD_KEYPTR(hh, c->leavers, l->sub, strlen(l->sub), l);
	return l;
}

/* It is nobody's any more. */
static void
disown(struct room *r)
{
	struct leaver *l = r->leaver;

	if (l == NULL)
		return;
	r->leaver = NULL;
	DL_DELETE2(l->rooms, r, leaver_prev, leaver_next);
	if (--l->count > 0)
		return;
	HASH_DEL(r->core->leavers, l);
	free(l->sub);
	free(l);
}

void
vacancy_restore(struct room *r, const char *sub)
{
	disown(r);
	if (*sub == '\0')
		return;
	r->leaver = leaver_open(r->core, sub);
	r->leaver->count++;
	DL_APPEND2(r->leaver->rooms, r, leaver_prev, leaver_next);
}

/* It ends with the next tick: whoever is just leaving another one need not know. */
static void
cut_short(struct room *r)
{
	disown(r);
	timer_set(&r->core->timers, &r->end, r->core->now);
	room_touch(r);
}

void
vacancy_begin(struct room *r, const char *sub)
{
	struct core *c = r->core;

	timer_set(&c->timers, &r->end, c->now + ROOM_GRACE);
	vacancy_restore(r, sub);
	if (r->leaver->count > c->conf.connections)
		cut_short(r->leaver->rooms);
	room_touch(r);
}

void
vacancy_end(struct room *r)
{
	timer_clear(&r->core->timers, &r->end);
	disown(r);
}

static int
by_end(const struct room *a, const struct room *b)
{
	return a->end.at < b->end.at ? -1 : a->end.at > b->end.at;
}

void
vacancies_sort(struct core *c)
{
	for (struct leaver *l = c->leavers; l != NULL; l = l->hh.next)
		DL_SORT2(l->rooms, by_end, leaver_prev, leaver_next);
}
