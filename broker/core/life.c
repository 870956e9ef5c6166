/* life – how connections end, and what keeps them going: leave, ping, tokens that expire.
 * Part of the room core, see room.h. */
#include "room.h"

#include <inttypes.h>
#include <string.h>

#include <utlist.h>

#include "bounds.h"

static void
say_farewell(struct buf *b, const struct member *m, const struct farewell *f)
{
	if (f == NULL)
		return;
	say_by(b, f->by, m);
	if (f->words.at != NULL)
		say_json(b, "message", f->words);
}

void
session_bye(struct session *s, enum bye why, const struct farewell *f)
{
	const struct bye_row *row = &bye_table[why];
	struct buf *b = say(s->member->room->core, MESSAGE_BYE);

	buf_fmt(b, "\"code\":%d,\"reason\":\"%s\",\"reconnect\":%s,\"retryAfterMs\":0", row->code,
	    row->word, row->reconnect ? "true" : "false");
	say_farewell(b, s->member, f);
	say_bye(s, why);
	session_remove(s);
}

/* Some go; others are lost, and may find their place again. */
static bool
is_lost(const char *reason)
{
	static const enum bye final[] = { BYE_LEFT, BYE_KICKED, BYE_BANNED, BYE_DENIED };

	for (size_t i = 0; i < sizeof(final) / sizeof(final[0]); i++)
		if (strcmp(reason, bye_table[final[i]].word) == 0)
			return false;
	return true;
}

/* Keeps the place of somebody who was lost, and holds succession up where he was the only host. */
static void
place_keep(const struct member *m)
{
	struct room *r = m->room;
	struct record *record = record_open(&r->core->records, r->key, m->sub);

	record->guest = r->core->now + RESUME_WINDOW;
	record->room = r->id;
	record->number = m->number;
	record->from = m->from;
	if (m->standing == HOST) {
		record->host = r->core->now + HOST_GRACE;
		if (r->count[HOST] == 1)
			timer_set(&r->core->timers, &r->succession, record->host);
	}
	record_keep(record);
}

uint64_t
member_leave(struct member *m, const struct farewell *f)
{
	struct room *r = m->room;
	uint64_t seq = 0;
	struct buf *b;

	if (member_is_in_room(m)) {
		b = say_about(m, MESSAGE_DISCONNECT);
		say_text(b, "reason", f->reason);
		say_farewell(b, m, f);
		seq = say_to_room(r, m);
		if (is_lost(f->reason))
			place_keep(m);
	} else {
		r->waiters_at = r->seq;
	}
	if (HASH_COUNT(r->members) == 1)
		vacancy_begin(r, m->sub);
	member_remove(m);
	room_touch(r);
	role_settle(r);
	if (r->members != NULL)
		room_changed(r);
	return seq;
}

uint64_t
member_dismiss(struct member *m, enum bye why, const struct farewell *f)
{
	struct session *s, *next;

	DL_FOREACH_SAFE(m->sessions, s, next)
		session_bye(s, why, f);
	return member_leave(m, f);
}

/* Ends one connection with a bye, and the member with its last. */
static void
session_dismiss(struct session *s, enum bye why)
{
	struct member *m = s->member;

	session_bye(s, why, NULL);
	if (m->sessions == NULL)
		member_leave(m, &(struct farewell){ .reason = bye_table[why].word });
}

void
core_gone(struct core *c, uint64_t session, const char *reason, int64_t now, struct outbox *out)
{
	struct session *s = session_find(c, session);
	struct member *m;

	if (s == NULL)
		return;
	core_enter(c, now, out);
	m = s->member;
	session_remove(s);
	if (m->sessions == NULL)
		member_leave(m, &(struct farewell){ .reason = reason });
}

void
session_expiry_due(struct timer *t)
{
	struct session *s = timer_owner(t, struct session, expiry);
	struct core *c = s->member->room->core;
	struct buf *b;

	if (s->warned) {
		session_dismiss(s, BYE_EXPIRED);
		return;
	}
	s->warned = true;
	session_touch(s);
	b = say(c, MESSAGE_TOKEN_EXPIRING);
	buf_fmt(b, "\"expires\":%" PRId64, s->expires);
	say_to(s);
	timer_set(&c->timers, &s->expiry, s->expires);
}

void
session_watch_expiry(struct session *s)
{
	s->warned = false;
	session_touch(s);
	timer_set(&s->member->room->core->timers, &s->expiry, s->expires - EXPIRY_WARNING);
}

void
session_take_token(struct session *s, const struct token *token)
{
	s->expires = token->expires;
	s->no_audio = token->grants.no_audio;
	s->no_video = token->grants.no_video;
	s->no_share = token->grants.no_share;
	s->no_data = token->grants.no_data;
	session_touch(s);
}

enum problem
life_leave(struct act *a)
{
	a->answer = MESSAGES;
	session_dismiss(a->session, BYE_LEFT);
	return PROBLEM_NONE;
}

enum problem
life_ping(struct act *a)
{
	a->answer = MESSAGE_PONG;
	return PROBLEM_NONE;
}

enum problem
life_pong(struct act *a)
{
	(void)a;
	return PROBLEM_NONE;
}

/* The token is verified outside; core_refresh goes on. */
enum problem
life_refresh(struct act *a)
{
	struct session *s = a->session;
	struct buf *b = out_begin(a->core);
	char *to = buf_reserve(b, TOKEN_MAX + 1);
	int n = to != NULL ? json_string_copy(act_field(a, "token"), to, TOKEN_MAX + 1) : 0;

	if (n < 0)
		return PROBLEM_FORBIDDEN; /* tokens are ASCII */
	b->len += (size_t)n;
	out_end(a->core, (struct out){ .kind = OUT_VERIFY, .session = s->id, .number = a->number });
	s->refreshing = a->number;
	free(s->refresh_id);
	s->refresh_id = a->id.at != NULL ? alloc_text(a->id.at, a->id.len) : NULL;
	a->later = true;
	return PROBLEM_NONE;
}

static enum problem
refresh(struct session *s, const struct token *token)
{
	if (token == NULL || strcmp(token->sub, s->member->sub) != 0)
		return PROBLEM_FORBIDDEN;
	session_take_token(s, token);
	session_watch_expiry(s); /* notes the change */
	s->stale = true;
	return PROBLEM_NONE;
}

void
core_refresh(struct core *c, uint64_t session, uint64_t number, const struct token *token,
    int64_t now, struct outbox *out)
{
	static const char event[] = "\"refresh_token\"";
	struct session *s = session_find(c, session);
	struct act a = { .core = c, .number = number, .event = { event, sizeof(event) - 1 },
		.answer = MESSAGES, .kind = EVENT_REFRESH_TOKEN };
	enum problem p = PROBLEM_NONE;

	core_enter(c, now, out);
	if (s != NULL && s->refreshing == number) {
		s->refreshing = 0;
		p = refresh(s, token);
		a.expires = s->expires;
		a.answer = MESSAGE_ACK;
		if (s->refresh_id != NULL)
			a.id = json_root(s->refresh_id, strlen(s->refresh_id));
	}
	act_reply(&a, session, p);
}
