/* core – the life of rooms. See core.h and room.h; the ways into them are in join.c. */
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
void
room_key_make(char key[ROOM_KEY_MAX + 1], enum endpoint e, const char *name)
{
	snprintf(key, ROOM_KEY_MAX + 1, "%s/%s", endpoint_name(e), name);
}

struct room *
room_by_key(const struct core *c, const char *key)
{
	struct room *r;

	HASH_FIND_STR(c->rooms, key, r);
	return r;
}

struct room *
room_find(const struct core *c, enum endpoint e, const char *name)
{
	char key[ROOM_KEY_MAX + 1];

	room_key_make(key, e, name);
	return room_by_key(c, key);
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
	vacancy_end(r);
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
	room_key_make(r->key, e, name);
	r->name = strchr(r->key, '/') + 1;
	r->state.run = roster_state_due;
	r->succession.run = role_succession_due;
	r->end.run = room_end;
	HASH_ADD_STR(c->rooms, key, r);
	return r;
}

struct room *
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
core_configure(struct core *c, const struct core_conf *conf)
{
	c->conf = *conf;
}

const char *
core_role(const struct core *c, uint64_t session)
{
	const struct session *s = session_find(c, session);

	return s != NULL ? member_role(s->member) : NULL;
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
	return room_by_key(c, room) != NULL;
}
