/* keep – the core's state as records, written as it changes and read back after a crash (that is in
 * keep_read.c). Part of the room core, see core.h (core_keep, core_restore) and room.h.
 *
 * A record is a kind, a length and fields. One function for each kind both writes and reads its
 * fields, so that the two cannot differ. Bytes are the machine's own: they are read by the same
 * program on the same machine, KEEP_FORMAT says whether it is the same program. Things refer to
 * each other by room's key and sub. Not kept: chat, which the store has, and what is owed to the
 * store. */
#include "keep.h"

#include <string.h>

#include <utlist.h>

#include "request.h"

/* Fields, written or read. */

static void
keep_bytes(struct keeper *k, void *field, size_t n)
{
	if (k->to != NULL) {
		buf_add(k->to, field, n);
		return;
	}
	if (n > k->left) {
		k->failed = true;
		memset(field, 0, n);
		return;
	}
	memcpy(field, k->at, n);
	k->at += n;
	k->left -= n;
}

#define KEEP(k, field) keep_bytes(k, &(field), sizeof(field))

static void
keep_flag(struct keeper *k, bool *flag)
{
	uint8_t byte = *flag;

	KEEP(k, byte);
	*flag = byte != 0;
}

/* ms since 1970. One that is not within reason would overflow when something is added to it. */
static void
keep_time(struct keeper *k, int64_t *time)
{
	KEEP(k, *time);
	if (k->to != NULL || (*time >= 0 && *time <= KEEP_TIME_MAX))
		return;
	k->failed = true;
	*time = 0;
}

void
keep_text(struct keeper *k, char *text, size_t cap)
{
	uint32_t n = k->to != NULL ? (uint32_t)strlen(text) : 0;

	KEEP(k, n);
	if (k->to == NULL && n >= cap) {
		k->failed = true;
		n = 0;
	}
	keep_bytes(k, text, n);
	if (k->to == NULL)
		text[n] = '\0';
}

static void
keep_timer(struct keeper *k, struct timer *t)
{
	bool set = k->to != NULL && timer_is_set(t);
	int64_t at = t->at;

	keep_flag(k, &set);
	keep_time(k, &at);
	if (k->to != NULL || k->failed)
		return;
	if (set)
		timer_set(&k->core->timers, t, at);
	else
		timer_clear(&k->core->timers, t);
}

size_t
keep_begin(struct buf *to, uint8_t kind)
{
	size_t begin = to->len;
	uint32_t len = 0;

	buf_add(to, &kind, 1);
	buf_add(to, &len, sizeof(len));
	return begin;
}

void
keep_end(struct buf *to, size_t begin)
{
	uint32_t len = (uint32_t)(to->len - begin - RECORD_HEAD);

	if (buf_failed(to))
		abort();
	memcpy(to->at + begin + 1, &len, sizeof(len));
}

/* One function for each kind. When reading, what is described is found, or made where there is none
 * yet; the orders of members and hands are settled at the end. */

static void
keep_core(struct keeper *k, struct change *ch)
{
	struct core *c = k->core;

	(void)ch;
	KEEP(k, c->rooms_made);
	KEEP(k, c->sessions_made);
	keep_time(k, &c->now);
}

/* Both go into JSON as they are. */
static bool
key_is_valid(const char *key, enum endpoint e)
{
	struct request place;

	return request_read_place(&place, key, PATH_DECODED) == REFUSED_NOT && place.endpoint == e;
}

static bool
epoch_is_valid(const struct room *r)
{
	return r->epoch[sizeof(r->epoch) - 1] == '\0' &&
	    strspn(r->epoch, "0123456789abcdef") == sizeof(r->epoch) - 1;
}

static void
keep_leaver(struct keeper *k, struct room *r)
{
	char sub[SUB_MAX + 1] = "";

	if (k->to != NULL && r->leaver != NULL)
		strcpy(sub, r->leaver->sub);
	keep_text(k, sub, sizeof(sub));
	if (k->to == NULL && !k->failed)
		vacancy_restore(r, sub);
}

static void
keep_room(struct keeper *k, struct change *ch)
{
	struct room *r = k->to != NULL ? timer_owner(ch, struct room, change) : NULL;
	enum endpoint e = r != NULL ? r->endpoint : 0;
	char key[ROOM_KEY_MAX + 1] = "";

	if (r != NULL)
		memcpy(key, r->key, sizeof(key));
	keep_text(k, key, sizeof(key));
	KEEP(k, e);
	if (k->failed || !key_is_valid(key, e)) {
		k->failed = true;
		return;
	}
	if (k->to == NULL && (r = room_by_key(k->core, key)) == NULL)
		r = room_make(k->core, e, strchr(key, '/') + 1);
	KEEP(k, r->id);
	KEEP(k, r->epoch);
	if (!epoch_is_valid(r)) {
		memset(r->epoch, 0, sizeof(r->epoch));
		k->failed = true;
	}
	KEEP(k, r->seq);
	KEEP(k, r->members_made);
	KEEP(k, r->chats_made);
	KEEP(k, r->orders_made);
	keep_flag(k, &r->locked);
	keep_flag(k, &r->lobby);
	keep_flag(k, &r->ask);
	keep_flag(k, &r->waiters_stale);
	KEEP(k, r->waiters_at);
	keep_time(k, &r->state_at);
	keep_timer(k, &r->state);
	keep_timer(k, &r->succession);
	keep_timer(k, &r->end);
	keep_leaver(k, r);
}

/* Reads whose it is: a room's key and a sub. */
static struct member *
read_member(struct keeper *k, struct room **r, char sub[SUB_MAX + 1])
{
	char key[ROOM_KEY_MAX + 1];

	keep_text(k, key, sizeof(key));
	keep_text(k, sub, SUB_MAX + 1);
	*r = k->failed ? NULL : room_by_key(k->core, key);
	if (*r == NULL)
		k->failed = true;
	return *r != NULL ? member_find(*r, sub) : NULL;
}

static void
keep_member(struct keeper *k, struct change *ch)
{
	struct member *m = k->to != NULL ? timer_owner(ch, struct member, change) : NULL;
	enum standing standing = m != NULL ? m->standing : 0;
	char sub[SUB_MAX + 1], name[DISPLAY_NAME_MAX + 1] = "";
	struct room *r = NULL;

	if (m != NULL) {
		keep_text(k, m->room->key, 0);
		keep_text(k, m->sub, 0);
		strcpy(name, m->name);
	} else {
		m = read_member(k, &r, sub);
	}
	keep_text(k, name, sizeof(name));
	KEEP(k, standing);
	if (k->failed || standing >= STANDINGS) {
		k->failed = true;
		return;
	}
	if (m == NULL)
		m = member_make(r, sub, name, standing);
	else if (k->to == NULL)
		member_promote(m, standing);
	KEEP(k, m->number);
	keep_time(k, &m->since);
	KEEP(k, m->order);
	KEEP(k, m->from);
	keep_flag(k, &m->audio);
	keep_flag(k, &m->video);
	keep_flag(k, &m->share);
	keep_flag(k, &m->granted);
	KEEP(k, m->hand);
}

static void
keep_session(struct keeper *k, struct change *ch)
{
	struct session *s = k->to != NULL ? timer_owner(ch, struct session, change) : NULL;
	uint64_t id = s != NULL ? s->id : 0;
	char sub[SUB_MAX + 1];
	struct member *m = NULL;
	struct room *r;

	if (s != NULL) {
		keep_text(k, s->member->room->key, 0);
		keep_text(k, s->member->sub, 0);
	} else {
		m = read_member(k, &r, sub);
	}
	KEEP(k, id);
	if (k->to == NULL && !k->failed)
		s = session_find(k->core, id);
	if (k->failed || (s == NULL && m == NULL)) {
		k->failed = true;
		return;
	}
	if (s == NULL)
		s = session_make(m, id);
	KEEP(k, s->taken);
	keep_time(k, &s->expires);
	keep_timer(k, &s->expiry);
	keep_flag(k, &s->warned);
	keep_flag(k, &s->no_audio);
	keep_flag(k, &s->no_video);
	keep_flag(k, &s->no_share);
	keep_flag(k, &s->no_data);
	keep_flag(k, &s->stale);
}

static void
keep_record(struct keeper *k, struct change *ch)
{
	struct record *record = k->to != NULL ? timer_owner(ch, struct record, change) : NULL;
	char key[RECORD_KEY_MAX + 1], *sub;

	if (record != NULL)
		strcpy(key, record->key);
	keep_text(k, key, sizeof(key));
	if (k->to == NULL) {
		sub = k->failed ? NULL : strchr(key, ' ');
		if (sub == NULL) {
			k->failed = true;
			return;
		}
		*sub = '\0';
		record = record_open(&k->core->records, key, sub + 1);
	}
	keep_time(k, &record->banned);
	keep_time(k, &record->denied);
	keep_time(k, &record->host);
	keep_time(k, &record->guest);
	keep_time(k, &record->chat);
	KEEP(k, record->room);
	KEEP(k, record->number);
	KEEP(k, record->from);
	keep_timer(k, &record->end);
}

void (*const keep_table[KEPTS])(struct keeper *, struct change *) = {
	[KEPT_CORE] = keep_core,
	[KEPT_ROOM] = keep_room,
	[KEPT_MEMBER] = keep_member,
	[KEPT_SESSION] = keep_session,
	[KEPT_RECORD] = keep_record,
};

static void
write_one(struct core *c, struct buf *to, enum keep_kind kind, struct change *ch)
{
	struct keeper k = { .core = c, .to = to };
	size_t begin = keep_begin(to, (uint8_t)kind);

	keep_table[kind](&k, ch);
	keep_end(to, begin);
}

/* What is gone first, as others may have come in its place; then rooms before their members, and
 * members before their connections. */
void
core_keep(struct core *c, struct buf *to)
{
	struct changes *all = &c->changes;
	struct change *ch, *next;

	if (all->list == NULL && all->removed.len == 0)
		return;
	buf_add(to, all->removed.at, all->removed.len);
	if (all->removed.cap > OUT_QUEUE_MAX)
		buf_fini(&all->removed);
	buf_reset(&all->removed);
	write_one(c, to, KEPT_CORE, NULL);
	for (enum keep_kind kind = KEPT_ROOM; kind < KEPTS; kind++)
		DL_FOREACH_SAFE(all->list, ch, next)
			if (ch->kind == kind) {
				change_unlist(all, ch);
				write_one(c, to, kind, ch);
			}
}

void
core_keep_all(struct core *c, struct buf *to)
{
	struct session *s;

	write_one(c, to, KEPT_CORE, NULL);
	for (struct room *r = c->rooms; r != NULL; r = r->hh.next) {
		write_one(c, to, KEPT_ROOM, &r->change);
		for (struct member *m = r->members; m != NULL; m = m->hh.next) {
			write_one(c, to, KEPT_MEMBER, &m->change);
			DL_FOREACH(m->sessions, s)
				write_one(c, to, KEPT_SESSION, &s->change);
		}
	}
	for (struct record *r = c->records.table; r != NULL; r = r->hh.next)
		write_one(c, to, KEPT_RECORD, &r->change);
}
