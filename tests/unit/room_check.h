/* room_check – looks inside the room core, for tests: its invariants, and all of its state as text.
 *
 * The only header of the tests that includes the core's private one. */
#ifndef ROOM_CHECK_H
#define ROOM_CHECK_H

#include <inttypes.h>

#include "room_world.h"

#include "room.h"
#include <utlist.h>

/* NULL if the room is as it must be, else what is not. */
static inline const char *
room_wrong(const struct room *r)
{
	size_t count[STANDINGS] = { 0 }, in_room, hands = 0, raised = 0;
	const struct member *m;

	for (m = r->members; m != NULL; m = m->hh.next) {
		count[m->standing]++;
		raised += m->hand != 0;
		if (m->sessions == NULL)
			return "a member without a connection";
		if (m->standing == WAITING && (m->hand || m->audio || m->video || m->share || m->granted))
			return "a waiter with a hand, media or a grant";
		if (m->hh.next != NULL && m->since > ((struct member *)m->hh.next)->since &&
		    (m->standing == WAITING) == (((struct member *)m->hh.next)->standing == WAITING))
			return "not in the order of presence";
	}
	for (m = r->hands; m != NULL; m = m->hand_next, hands++)
		if (!m->hand || member_find(r, m->sub) != m)
			return "a hand of nobody";
	in_room = count[PARTICIPANT] + count[HOST];
	if (memcmp(count, r->count, sizeof(count)) != 0)
		return "counts are wrong";
	if (hands != raised)
		return "a raised hand is not in the list";
	if (in_room + count[WAITING] > 0 && count[HOST] == 0 && !timer_is_set(&r->succession))
		return "no host, and none to come";
	if (count[HOST] > 0 && timer_is_set(&r->succession))
		return "a succession although there is a host";
	if ((r->members == NULL) != timer_is_set(&r->end))
		return "an empty room that does not end, or another that does";
	if (r->leaver != NULL && r->members != NULL)
		return "a room is vacant, and is not";
	if (HASH_COUNT(r->chats) > (size_t)r->core->conf.of[r->endpoint].history)
		return "too much chat";
	return NULL;
}

/* Each in the order of their ends, and no more than may be. */
static inline const char *
vacancies_wrong(const struct core *c)
{
	const struct leaver *l;
	const struct room *r;
	int listed = 0, left = 0, n;

	for (l = c->leavers; l != NULL; l = l->hh.next, left += n) {
		DL_COUNT2(l->rooms, r, n, leaver_next);
		if (n == 0 || n != l->count || n > c->conf.connections)
			return "vacancies are miscounted, or too many";
		DL_FOREACH2(l->rooms, r, leaver_next) {
			if (r->leaver != l)
				return "a vacancy of somebody else";
			if (r->leaver_next != NULL && r->end.at > r->leaver_next->end.at)
				return "vacancies are out of order";
		}
	}
	for (r = c->rooms; r != NULL; r = r->hh.next)
		listed += r->leaver != NULL;
	return listed == left ? NULL : "a vacancy that is in no list";
}

static inline const char *
core_wrong(const struct core *c)
{
	const struct session *s;
	const struct room *r;
	const struct person *p;
	const char *why;
	size_t sessions = 0, connections = 0;

	for (r = c->rooms; r != NULL; r = r->hh.next) {
		if ((why = room_wrong(r)) != NULL)
			return why;
		for (const struct member *m = r->members; m != NULL; m = m->hh.next)
			DL_FOREACH(m->sessions, s)
				sessions++;
	}
	for (p = c->persons; p != NULL; p = p->hh.next)
		connections += (size_t)p->connections;
	if (sessions != HASH_COUNT(c->sessions) || connections != sessions)
		return "connections are miscounted";
	if ((why = vacancies_wrong(c)) != NULL)
		return why;
	for (size_t i = 1; i <= c->timers.count; i++)
		if (c->timers.heap[i]->place != i ||
		    (i > 1 && c->timers.heap[i / 2]->at > c->timers.heap[i]->at))
			return "timers are out of order";
	return NULL;
}

static inline int64_t
dump_time(const struct timer *t)
{
	return timer_is_set(t) ? t->at : -1;
}

static inline void
dump_member(const struct member *m, struct buf *to)
{
	const struct session *s;

	buf_fmt(to, "  %s %s number %" PRIu64 " standing %d since %" PRId64 " from %" PRIu64, m->sub,
	    m->name, m->number, m->standing, m->since, m->from);
	buf_fmt(to, " on %d%d%d granted %d hand %d:", m->audio, m->video, m->share, m->granted,
	    m->hand != 0);
	DL_FOREACH(m->sessions, s) {
		buf_fmt(to, " %" PRIu64 " until %" PRId64 " stale %d", s->id, s->expires, s->stale);
		buf_fmt(to, " due %" PRId64 " warned %d no %d%d%d%d", dump_time(&s->expiry), s->warned,
		    s->no_audio, s->no_video, s->no_share, s->no_data);
	}
	buf_char(to, '\n');
}

static inline int
by_record_key(const struct record *a, const struct record *b)
{
	return strcmp(a->key, b->key);
}

/* Everything but the numbers of events taken. Records have no order, and are put into one. To be
 * freed. */
static inline char *
core_dump(struct core *c)
{
	struct buf b = BUF_INIT;
	char *text;

	for (const struct room *r = c->rooms; r != NULL; r = r->hh.next) {
		buf_fmt(&b, "%s %s seq %" PRIu64 " locked %d lobby %d ask %d chats %" PRIu64 "\n", r->key,
		    r->epoch, r->seq, r->locked, r->lobby, r->ask, r->chats_made);
		buf_fmt(&b, " state %" PRId64 " last %" PRId64 " succession %" PRId64 " end %" PRId64
		    " waiters %d made %" PRIu64 "\n", dump_time(&r->state), r->state_at,
		    dump_time(&r->succession), dump_time(&r->end), r->waiters_stale, r->members_made);
		if (r->leaver != NULL)
			buf_fmt(&b, "  vacant since %s left\n", r->leaver->sub);
		for (const struct member *m = r->members; m != NULL; m = m->hh.next)
			dump_member(m, &b);
		for (const struct member *m = r->hands; m != NULL; m = m->hand_next)
			buf_fmt(&b, "  hand %s\n", m->sub);
		for (const struct chat *chat = r->chats; chat != NULL; chat = chat->hh.next)
			buf_fmt(&b, "  chat %s %s %s %" PRId64 " %" PRId64 "\n", chat->id, chat->sub,
			    chat->content, chat->ts, chat->edited);
	}
	HASH_SRT(hh, c->records.table, by_record_key);
	for (const struct record *k = c->records.table; k != NULL; k = k->hh.next)
		buf_fmt(&b, "record %s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64
		    " room %" PRIu64 " number %" PRIu64 " from %" PRIu64 " end %" PRId64 "\n", k->key,
		    k->banned, k->denied, k->host, k->guest, k->chat, k->room, k->number, k->from,
		    dump_time(&k->end));
	text = alloc_text(b.at != NULL ? b.at : "", b.len);
	buf_fini(&b);
	return text;
}

#endif
