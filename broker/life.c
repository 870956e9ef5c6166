/* life – how connections end, and what keeps them going: leave, ping, tokens that expire.
 * Part of the room core, see room.h. */
#include "room.h"

#include <inttypes.h>
#include <string.h>

#include <utlist.h>

#include "bounds.h"

enum {
	EXPIRY_WARNING = 60000, /* ms before a token's end, protocol §4 */
};

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
	struct buf *b = say(s->member->room->core, "bye");

	buf_fmt(b, "\"code\":%d,\"reason\":\"%s\",\"reconnect\":%s,\"retryAfterMs\":0", row->code,
	    row->word, row->reconnect ? "true" : "false");
	say_farewell(b, s->member, f);
	say_bye(s);
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
	if (m->standing == HOST) {
		record->host = r->core->now + HOST_GRACE;
		if (r->count[HOST] == 1)
			timer_set(&r->core->timers, &r->succession, record->host);
	}
	record_keep(record);
}

void
member_leave(struct member *m, const struct farewell *f)
{
	struct room *r = m->room;
	struct buf *b;

	if (member_is_in_room(m)) {
		b = say_about(m, "disconnect");
		say_text(b, "reason", f->reason);
		say_farewell(b, m, f);
		say_to_room(r, m);
		if (is_lost(f->reason))
			place_keep(m);
	}
	member_remove(m);
	role_settle(r);
	if (r->members == NULL)
		timer_set(&r->core->timers, &r->end, r->core->now + ROOM_GRACE);
	else
		room_changed(r);
}

void
member_dismiss(struct member *m, enum bye why, const struct farewell *f)
{
	struct session *s, *next;

	DL_FOREACH_SAFE(m->sessions, s, next)
		session_bye(s, why, f);
	member_leave(m, f);
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

static void
expiry_due(struct timer *t)
{
	struct session *s = timer_owner(t, struct session, expiry);
	struct core *c = s->member->room->core;
	struct buf *b;

	if (s->warned) {
		session_dismiss(s, BYE_EXPIRED);
		return;
	}
	s->warned = true;
	b = say(c, "token_expiring");
	buf_fmt(b, "\"expires\":%" PRId64, s->expires);
	say_to(s);
	timer_set(&c->timers, &s->expiry, s->expires + c->conf.leeway);
}

void
session_watch_expiry(struct session *s)
{
	s->warned = false;
	s->expiry.run = expiry_due;
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
}

enum problem
life_leave(struct act *a)
{
	a->answer = NULL;
	session_dismiss(a->session, BYE_LEFT);
	return PROBLEM_NONE;
}

enum problem
life_ping(struct act *a)
{
	a->answer = "pong";
	return PROBLEM_NONE;
}

enum problem
life_pong(struct act *a)
{
	(void)a;
	return PROBLEM_NONE;
}
