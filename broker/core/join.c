/* join – the ways into a room: who may come in, as what, and what a newcomer is told. Part of the
 * room core, see core.h and room.h. */
#include "room.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <utlist.h>

#include "bounds.h"

/* A newcomer is neither there already, nor back soon after losing the connection. */
static enum refusal
refuse_newcomer(const struct core *c, const struct room *r)
{
	size_t there = r->count[WAITING] + r->count[PARTICIPANT] + r->count[HOST];

	if (r->locked)
		return REFUSED_LOCKED;
	if (there >= (size_t)c->conf.of[r->endpoint].members)
		return REFUSED_FULL;
	return REFUSED_NOT;
}

/* Is there room for one more where so many go? */
static bool
has_place(const struct core *c, int going)
{
	int most = c->conf.max_connections;

	return most == 0 || HASH_COUNT(c->sessions) < (unsigned)(most + going);
}

bool
core_is_full(const struct core *c)
{
	return !has_place(c, 0);
}

static enum refusal
refuse(const struct core *c, const struct join *j, int64_t now)
{
	const char *sub = j->token->sub;
	const struct room *r = room_find(c, j->endpoint, j->room);
	char key[ROOM_KEY_MAX + 1];
	const struct record *record;
	const struct member *m = r != NULL ? member_find(r, sub) : NULL;
	int connections = person_connections(c, sub), going = 0;
	enum refusal why = REFUSED_NOT;

	room_key_make(key, j->endpoint, j->room);
	record = record_get(&c->records, key, sub);
	if (ban_holds(c, key, sub, now))
		return REFUSED_BANNED;
	if (record->denied > now)
		return REFUSED_DENIED;
	if (r != NULL && m == NULL && record->guest <= now)
		why = refuse_newcomer(c, r);
	if (j->takeover && m != NULL)
		going = member_connections(m);
	if (why == REFUSED_NOT && connections - going >= c->conf.connections)
		why = REFUSED_TOO_MANY;
	if (why == REFUSED_NOT && !has_place(c, going))
		why = REFUSED_UNAVAILABLE;
	return why;
}

/* What a newcomer is. */
static enum standing
join_standing(const struct room *r, const struct token *token, int64_t now)
{
	const struct record *was = record_get(&r->core->records, r->key, token->sub);

	if (r->members == NULL || token->grants.host || was->host > now)
		return HOST;
	return r->lobby && was->guest <= now ? WAITING : PARTICIPANT;
}

/* What anybody is: who is there already stays what he is, and the first is host. */
static enum standing
foretell_standing(const struct core *c, const struct join *j, int64_t now)
{
	const struct room *r = room_find(c, j->endpoint, j->room);
	const struct member *m = r != NULL ? member_find(r, j->token->sub) : NULL;

	if (m != NULL)
		return m->standing;
	return r != NULL ? join_standing(r, j->token, now) : HOST;
}

enum refusal
core_would_admit(const struct core *c, const struct join *j, int64_t now, const char **role)
{
	enum refusal why = refuse(c, j, now);

	if (why == REFUSED_NOT)
		*role = standing_name(foretell_standing(c, j, now));
	return why;
}

/* Whoever comes back in time is who he was: what the room said meanwhile was for him too. The right
 * to return is used up. */
static void
join_return(struct member *m)
{
	struct room *r = m->room;
	const struct record *was = record_get(&r->core->records, r->key, m->sub);
	struct record *record;

	if (was->host <= r->core->now && was->guest <= r->core->now)
		return;
	record = record_open(&r->core->records, r->key, m->sub);
	if (record->guest > r->core->now && record->room == r->id && member_is_in_room(m)) {
		m->number = record->number;
		m->from = record->from;
	}
	record->host = record->guest = 0;
	record_keep(record);
}

static struct member *
join_member(struct room *r, const struct token *token)
{
	struct member *m = member_add(r, token, join_standing(r, token, r->core->now));
	struct buf *b;

	join_return(m);
	vacancy_end(r);
	room_touch(r);
	if (!member_is_in_room(m)) {
		lobby_announce(m);
		r->waiters_at = r->seq;
	} else {
		b = say_about(m, MESSAGE_CONNECT);
		say_text(b, "role", member_role(m));
		say_to_room(r, m);
		role_settle(r);
		if (m->from == 0)
			m->from = r->seq;
	}
	if (r->count[PARTICIPANT] + r->count[HOST] > (size_t)member_is_in_room(m))
		room_changed(r);
	return m;
}

/* A resumed connection takes the place of all older ones. */
static void
join_takeover(struct session *s)
{
	struct session *old, *next;

	DL_FOREACH_SAFE(s->member->sessions, old, next)
		if (old != s)
			session_bye(old, BYE_REPLACED, NULL);
}

/* Nobody is told again what was not for him the first time. */
static bool
join_recovers(const struct member *m, const struct join *j)
{
	return j->resume && j->takeover && j->replayable && member_is_in_room(m) &&
	       j->seq >= m->from && j->seq <= m->room->seq;
}

static void
join_describe(struct session *s, const struct join *j, struct joined *joined)
{
	struct member *m = s->member;
	struct room *r = m->room;
	struct buf *b = &r->core->out->bytes;
	const struct member *viewer = member_is_in_room(m) ? NULL : m;
	bool recovered = join_recovers(m, j);
	uint64_t seq = viewer != NULL ? 0 : recovered ? j->seq : r->seq;

	*joined = (struct joined){ .session = s->id, .room = r->id, .member = m->number,
		.seq = seq, .missed = recovered ? r->seq : 0, .waiting = viewer != NULL };
	memcpy(joined->epoch, r->epoch, sizeof(joined->epoch));
	joined->you =
	    (struct out){ .kind = OUT_YOU, .session = s->id, .room = r->id, .at = b->len };
	roster_you(b, s);
	if (j->resume)
		buf_fmt(b, "\"recovered\":%s,", recovered ? "true" : "false");
	joined->you.len = b->len - joined->you.at;
	joined->state =
	    (struct out){ .kind = OUT_STATE, .session = s->id, .room = r->id, .at = b->len,
		.who = r->waiters_at };
	roster_state(b, r, seq, viewer);
	joined->state.len = b->len - joined->state.at;
	if (buf_failed(b))
		abort();
}

enum refusal
core_join(struct core *c, const struct join *j, int64_t now, struct joined *joined,
    struct outbox *out)
{
	enum refusal why = refuse(c, j, now);
	struct session *s;
	struct member *m;
	struct room *r;

	if (why != REFUSED_NOT)
		return why;
	core_enter(c, now, out);
	r = room_find(c, j->endpoint, j->room);
	if (r == NULL)
		r = room_open(c, j->endpoint, j->room, j->epoch);
	m = member_find(r, j->token->sub);
	if (m == NULL)
		m = join_member(r, j->token);
	s = session_add(m, j->token);
	if (j->takeover)
		join_takeover(s);
	session_watch_expiry(s);
	join_describe(s, j, joined);
	return REFUSED_NOT;
}
