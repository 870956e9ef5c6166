/* member – who is in a room, by which connections. Part of the room core, see room.h.
 *
 * Keeps indexes, lists and counts together, and says nothing to anybody. */
#include "room.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <utlist.h>

#include "bounds.h"

struct member *
member_find(const struct room *r, const char *sub)
{
	struct member *m;

	HASH_FIND_STR(r->members, sub, m);
	return m;
}

/* The ClientInfo is the same in all that a room ever says about a member: made once. */
static char *
info_make(const char *sub, const char *name)
{
	struct buf b = BUF_INIT;
	char *info;

	buf_str(&b, "\"clientId\":");
	buf_json(&b, sub, strlen(sub));
	buf_str(&b, ",\"displayName\":");
	buf_json(&b, name, strlen(name));
	if (buf_failed(&b))
		abort();
	info = alloc_text(b.at, b.len);
	buf_fini(&b);
	return info;
}

void
member_touch(struct member *m)
{
	change_note(&m->room->core->changes, &m->change, KEPT_MEMBER);
}

struct member *
member_make(struct room *r, const char *sub, const char *name, enum standing standing)
{
	struct member *m = alloc_bytes(sizeof(*m));

	m->room = r;
	m->sub = alloc_text(sub, strlen(sub));
	m->name = alloc_text(name, strlen(name));
	m->info = info_make(sub, name);
	m->standing = standing;
	r->count[standing]++;
	HASH_ADD_KEYPTR(hh, r->members, m->sub, strlen(m->sub), m);
	return m;
}

struct member *
member_add(struct room *r, const struct token *token, enum standing standing)
{
	struct member *m = member_make(r, token->sub, token->name, standing);

	m->number = ++r->members_made;
	m->order = ++r->orders_made;
	m->since = r->core->now;
	room_touch(r);
	member_touch(m);
	return m;
}

void
member_remove(struct member *m)
{
	struct room *r = m->room;

	change_remove(&r->core->changes, &m->change, KEPT_MEMBER, r->key, m->sub);
	if (m->hand != 0 && m->hand_prev != NULL) /* while a core is restored it is in no list */
		DL_DELETE2(r->hands, m, hand_prev, hand_next);
	r->count[m->standing]--;
	HASH_DEL(r->members, m);
	free(m->sub);
	free(m->name);
	free(m->info);
	free(m);
}

void
member_promote(struct member *m, enum standing standing)
{
	m->room->count[m->standing]--;
	m->standing = standing;
	m->room->count[standing]++;
	member_touch(m);
}

/* uthash walks a table in the order of adding, which is the order of presence. */
void
member_stand(struct member *m, enum standing standing)
{
	struct room *r = m->room;

	member_promote(m, standing);
	m->since = r->core->now;
	m->order = ++r->orders_made;
	room_touch(r);
	HASH_DEL(r->members, m);
	HASH_ADD_KEYPTR(hh, r->members, m->sub, strlen(m->sub), m);
}

void
member_raise(struct member *m, bool raised)
{
	if (raised == (m->hand != 0))
		return;
	if (raised)
		DL_APPEND2(m->room->hands, m, hand_prev, hand_next);
	else
		DL_DELETE2(m->room->hands, m, hand_prev, hand_next);
	m->hand = raised ? ++m->room->orders_made : 0;
	member_touch(m);
}

bool
member_is_in_room(const struct member *m)
{
	return m->standing != WAITING;
}

bool
member_is_presenting(const struct member *m)
{
	return m->share || m->granted;
}

const char *
standing_name(enum standing s)
{
	static const char *const names[STANDINGS] = {
		[WAITING] = "waiting",
		[PARTICIPANT] = "participant",
		[HOST] = "host",
	};

	return names[s];
}

/* A host who presents is "screenshare" too, and stays among the hosts. */
const char *
member_role(const struct member *m)
{
	return member_is_presenting(m) ? "screenshare" : standing_name(m->standing);
}

struct session *
member_newest(const struct member *m)
{
	return m->sessions->prev; /* utlist: the head's prev is the tail */
}

int
member_connections(const struct member *m)
{
	const struct session *s;
	int n;

	DL_COUNT(m->sessions, s, n);
	return n;
}

void
member_stale(struct member *m)
{
	struct session *s;

	DL_FOREACH(m->sessions, s) {
		s->stale = true;
		session_touch(s);
	}
}

static struct person *
person_find(const struct core *c, const char *sub)
{
	struct person *p;

	HASH_FIND_STR(c->persons, sub, p);
	return p;
}

int
person_connections(const struct core *c, const char *sub)
{
	const struct person *p = person_find(c, sub);

	return p != NULL ? p->connections : 0;
}

static void
person_connect(struct core *c, const char *sub)
{
	struct person *p = person_find(c, sub);

	if (p == NULL) {
		p = alloc_bytes(sizeof(*p));
		p->sub = alloc_text(sub, strlen(sub));
		HASH_ADD_KEYPTR(hh, c->persons, p->sub, strlen(p->sub), p);
	}
	p->connections++;
}

static void
person_disconnect(struct core *c, const char *sub)
{
	struct person *p = person_find(c, sub);

	if (--p->connections > 0)
		return;
	HASH_DEL(c->persons, p);
	free(p->sub);
	free(p);
}

void
session_touch(struct session *s)
{
	change_note(&s->member->room->core->changes, &s->change, KEPT_SESSION);
}

struct session *
session_make(struct member *m, uint64_t id)
{
	struct core *c = m->room->core;
	struct session *s = alloc_bytes(sizeof(*s));

	s->id = id;
	s->member = m;
	s->expiry.run = session_expiry_due;
	DL_APPEND(m->sessions, s);
	HASH_ADD(hh, c->sessions, id, sizeof(s->id), s);
	person_connect(c, m->sub);
	return s;
}

struct session *
session_add(struct member *m, const struct token *token)
{
	struct session *s = session_make(m, ++m->room->core->sessions_made);

	session_take_token(s, token);
	return s;
}

static void
session_note_removal(struct session *s)
{
	char id[24];

	snprintf(id, sizeof(id), "%" PRIu64, s->id);
	change_remove(&s->member->room->core->changes, &s->change, KEPT_SESSION, id, NULL);
}

void
session_remove(struct session *s)
{
	struct member *m = s->member;
	struct core *c = m->room->core;

	session_note_removal(s);
	person_disconnect(c, m->sub);
	HASH_DEL(c->sessions, s);
	DL_DELETE(m->sessions, s);
	timer_clear(&c->timers, &s->expiry);
	free(s->refresh_id);
	free(s);
}

struct session *
session_find(const struct core *c, uint64_t id)
{
	struct session *s;

	HASH_FIND(hh, c->sessions, &id, sizeof(id), s);
	return s;
}
