/* core – the life of rooms, and the ways into them. See core.h and room.h. */
#include "room.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <utlist.h>

#include "bounds.h"

void
core_conf_init(struct core_conf *conf)
{
	static const struct core_conf defaults = {
		.of = {
			[ENDPOINT_ZOOM] = { .members = 100, .history = 100 },
			[ENDPOINT_SCREENSHARE] = { .members = 500, .history = 100 },
			[ENDPOINT_CHAT] = { .members = 2000, .history = 1000,
			    .history_age = 7 * 86400 * (int64_t)1000 },
		},
		.connections = 10,
		.chat_per_minute = 30,
		.chat_burst = 10,
		.events_per_second = 50,
		.events_burst = 500,
		.bytes_per_second = 1 << 20,
		.bytes_burst = 1 << 20,
	};

	*conf = defaults;
}

struct core *
core_new(const struct core_conf *conf)
{
	struct core *c = alloc_bytes(sizeof(*c));

	if (conf != NULL)
		c->conf = *conf;
	else
		core_conf_init(&c->conf);
	c->records.timers = &c->timers;
	c->records.changes = &c->changes;
	c->retry.run = owed_retry_due;
	return c;
}

void
core_enter(struct core *c, int64_t now, struct outbox *out)
{
	c->now = now;
	c->out = out;
}

/* The key of a room; one key for the core, for its records and for the store. */
static void
key_make(char key[ROOM_KEY_MAX + 1], enum endpoint e, const char *name)
{
	snprintf(key, ROOM_KEY_MAX + 1, "%s/%s", endpoint_name(e), name);
}

struct room *
room_find(const struct core *c, enum endpoint e, const char *name)
{
	char key[ROOM_KEY_MAX + 1];
	struct room *r;

	key_make(key, e, name);
	HASH_FIND_STR(c->rooms, key, r);
	return r;
}

void
room_touch(struct room *r)
{
	change_note(&r->core->changes, &r->change, KEPT_ROOM);
}

void
room_free(struct room *r)
{
	struct timers *timers = &r->core->timers;

	change_remove(&r->core->changes, &r->change, KEPT_ROOM, r->key, NULL);
	timer_clear(timers, &r->state);
	timer_clear(timers, &r->succession);
	timer_clear(timers, &r->end);
	pending_drop(r);
	recents_free(r);
	HASH_DEL(r->core->rooms, r);
	free(r);
}

void
room_close(struct room *r)
{
	struct core *c = r->core;

	out_begin(c);
	out_end(c, (struct out){ .kind = OUT_CLOSE, .room = r->id });
	room_free(r);
}

/* The grace of an empty room is over. Chat that outlives rooms is the store's from here on. */
static void
room_end(struct timer *t)
{
	struct room *r = timer_owner(t, struct room, end);

	if (r->core->conf.of[r->endpoint].history_age == 0 && r->chats != NULL)
		recents_forget(r);
	room_close(r);
}

struct room *
room_make(struct core *c, enum endpoint e, const char *name)
{
	struct room *r = alloc_bytes(sizeof(*r));

	r->core = c;
	r->endpoint = e;
	key_make(r->key, e, name);
	r->name = strchr(r->key, '/') + 1;
	r->state.run = roster_state_due;
	r->succession.run = role_succession_due;
	r->end.run = room_end;
	HASH_ADD_STR(c->rooms, key, r);
	return r;
}

static struct room *
room_open(struct core *c, enum endpoint e, const char *name, uint64_t epoch)
{
	struct room *r = room_make(c, e, name);

	r->id = ++c->rooms_made;
	owed_settle(c, r->key);
	snprintf(r->epoch, sizeof(r->epoch), "%016" PRIx64, epoch);
	r->lobby = c->conf.of[e].lobby;
	r->ask = c->conf.of[e].ask;
	room_touch(r);

	buf_add(out_begin(c), r->key, strlen(r->key) + 1);
	out_end(c, (struct out){ .kind = OUT_OPEN, .room = r->id,
	    .who = (uint64_t)c->conf.of[e].history });
	return r;
}

void
room_changed(struct room *r)
{
	int64_t at = r->state_at + STATE_INTERVAL;

	room_touch(r);
	if (!timer_is_set(&r->state))
		timer_set(&r->core->timers, &r->state, at > r->core->now ? at : r->core->now);
}

void
core_free(struct core *c)
{
	struct room *r, *next_room;
	struct member *m, *next_member;
	struct session *s, *next;

	if (c == NULL)
		return;
	HASH_ITER(hh, c->rooms, r, next_room) {
		HASH_ITER(hh, r->members, m, next_member) {
			DL_FOREACH_SAFE(m->sessions, s, next)
				session_remove(s);
			member_remove(m);
		}
		room_free(r);
	}
	records_fini(&c->records);
	pending_fini(c);
	timers_fini(&c->timers);
	changes_fini(&c->changes);
	free(c);
}

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

static enum refusal
refuse(const struct core *c, const struct join *j, int64_t now)
{
	const char *sub = j->token->sub;
	const struct room *r = room_find(c, j->endpoint, j->room);
	char key[ROOM_KEY_MAX + 1];
	const struct record *record;
	const struct member *m = r != NULL ? member_find(r, sub) : NULL;
	int connections = person_connections(c, sub);
	enum refusal why = REFUSED_NOT;

	key_make(key, j->endpoint, j->room);
	record = record_get(&c->records, key, sub);
	if (record->banned > now)
		return REFUSED_BANNED;
	if (record->denied > now)
		return REFUSED_DENIED;
	if (r != NULL && m == NULL && record->guest <= now)
		why = refuse_newcomer(c, r);
	if (j->takeover && m != NULL)
		connections -= member_connections(m); /* these will go */
	if (why == REFUSED_NOT && connections >= c->conf.connections)
		why = REFUSED_TOO_MANY;
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
	timer_clear(&r->core->timers, &r->end);
	room_touch(r);
	if (!member_is_in_room(m)) {
		lobby_announce(m);
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
	joined->you = (struct out){ .kind = OUT_YOU, .session = s->id, .room = r->id, .at = b->len };
	roster_you(b, s);
	if (j->resume)
		buf_fmt(b, "\"recovered\":%s,", recovered ? "true" : "false");
	joined->you.len = b->len - joined->you.at;
	joined->state =
	    (struct out){ .kind = OUT_STATE, .session = s->id, .room = r->id, .at = b->len };
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

int64_t
core_now(const struct core *c)
{
	return c->now;
}

uint64_t
core_room(const struct core *c, enum endpoint e, const char *room, char epoch[17])
{
	const struct room *r = room_find(c, e, room);

	if (r == NULL)
		return 0;
	memcpy(epoch, r->epoch, sizeof(r->epoch));
	return r->id;
}

bool
core_has(const struct core *c, uint64_t session, uint64_t *room, bool *in_room)
{
	const struct session *s = session_find(c, session);

	if (s == NULL)
		return false;
	*room = s->member->room->id;
	*in_room = member_is_in_room(s->member);
	return true;
}

void
core_each_room(const struct core *c, core_each *each, void *context)
{
	for (const struct room *r = c->rooms; r != NULL; r = r->hh.next)
		each(context, r->id, r->key, c->conf.of[r->endpoint].history);
}

void
core_tick(struct core *c, int64_t now, struct outbox *out)
{
	struct timer *t;

	core_enter(c, now, out);
	while ((t = timers_take(&c->timers, now)) != NULL)
		t->run(t);
}

int64_t
core_due(const struct core *c)
{
	return timers_next(&c->timers);
}

bool
core_is_open(const struct core *c, const char *room)
{
	struct room *r;

	HASH_FIND_STR(c->rooms, room, r);
	return r != NULL;
}

void
core_load_ban(struct core *c, const char *room, const char *sub, int64_t until)
{
	struct record *record = record_open(&c->records, room, sub);

	record->banned = until;
	record_keep(record);
}
