/* say – messages to clients: begun, filled, sent. Part of the room core, see room.h.
 *
 * The one place that knows the envelope, takes a seq from the room's order and writes to the
 * outbox. A message is put together in place, at the end of the outbox's bytes. */
#include "room.h"

#include <inttypes.h>
#include <string.h>

void *
alloc_bytes(size_t n)
{
	void *p = calloc(1, n);

	if (p == NULL)
		abort();
	return p;
}

char *
alloc_text(const char *s, size_t n)
{
	char *copy = alloc_bytes(n + 1);

	memcpy(copy, s, n);
	return copy;
}

void
outbox_fini(struct outbox *o)
{
	free(o->list);
	buf_fini(&o->bytes);
	*o = (struct outbox){ 0 };
}

void
outbox_reset(struct outbox *o)
{
	o->count = 0;
	buf_reset(&o->bytes);
}

struct buf *
out_begin(struct core *c)
{
	c->begun = c->out->bytes.len;
	return &c->out->bytes;
}

void
out_end(struct core *c, struct out o)
{
	struct outbox *box = c->out;

	if (box->count == box->cap) {
		box->cap = box->cap > 0 ? 2 * box->cap : 16;
		box->list = reallocarray(box->list, box->cap, sizeof(box->list[0]));
	}
	if (box->list == NULL || buf_failed(&box->bytes))
		abort();
	o.at = c->begun;
	o.len = box->bytes.len - c->begun;
	box->list[box->count++] = o;
	c->begun = box->bytes.len;
}

struct out *
out_last(const struct core *c)
{
	return &c->out->list[c->out->count - 1];
}

static struct buf *
say_begin(struct core *c, enum message what, char opening, char closing)
{
	struct buf *b = out_begin(c);

	c->saying = what;
	c->closing = closing;
	buf_fmt(b, "{\"event\":\"%s\",\"payload\":%c", message_table[what].name, opening);
	return b;
}

struct buf *
say(struct core *c, enum message what)
{
	return say_begin(c, what, '{', '}');
}

struct buf *
say_array(struct core *c, enum message what)
{
	return say_begin(c, what, '[', ']');
}

struct buf *
say_about(const struct member *m, enum message what)
{
	struct buf *b = say(m->room->core, what);

	buf_str(b, m->info);
	return b;
}

/* Nobody is told that somebody did something to himself. */
void
say_by(struct buf *b, const struct member *actor, const struct member *subject)
{
	if (actor != NULL && actor != subject)
		buf_fmt(b, ",\"by\":{%s}", actor->info);
}

void
say_fields(struct buf *b, struct json_span payload)
{
	struct json_span name, value;

	for (const char *cursor = NULL; json_next(payload, &cursor, &name, &value);) {
		if (json_string_is(name, "clientId") || json_string_is(name, "displayName"))
			continue;
		buf_char(b, ',');
		buf_add(b, name.at, name.len);
		buf_char(b, ':');
		json_compact(b, value);
	}
}

void
say_text(struct buf *b, const char *field, const char *s)
{
	buf_fmt(b, ",\"%s\":", field);
	buf_json(b, s, strlen(s));
}

void
say_json(struct buf *b, const char *field, struct json_span v)
{
	buf_fmt(b, ",\"%s\":", field);
	json_compact(b, v);
}

void
say_bool(struct buf *b, const char *field, bool v)
{
	buf_fmt(b, ",\"%s\":%s", field, v ? "true" : "false");
}

/* Closes the message; seq 0 is outside the order and is not told. */
static void
say_end(struct core *c, uint64_t seq)
{
	struct buf *b = &c->out->bytes;

	buf_char(b, c->closing);
	if (seq != 0)
		buf_fmt(b, ",\"seq\":%" PRIu64, seq);
	buf_fmt(b, ",\"ts\":%" PRId64 "}", c->now);
}

static uint64_t
say_to_all(struct room *r, const struct member *but, enum out_kind kind)
{
	uint64_t seq = ++r->seq;

	room_touch(r);
	say_end(r->core, seq);
	out_end(r->core, (struct out){ .kind = kind, .room = r->id, .seq = seq,
		.who = but != NULL ? but->number : 0, .what = r->core->saying });
	return seq;
}

uint64_t
say_to_room(struct room *r, const struct member *but)
{
	return say_to_all(r, but, OUT_ROOM);
}

uint64_t
say_typing(struct room *r, const struct member *but)
{
	return say_to_all(r, but, OUT_TYPING);
}

/* The next place in the order for mail to this session: a waiter's is outside. */
static uint64_t
mail_seq(struct session *s)
{
	if (!member_is_in_room(s->member))
		return 0;
	room_touch(s->member->room);
	return ++s->member->room->seq;
}

uint64_t
say_to(struct session *s)
{
	struct room *r = s->member->room;
	uint64_t seq = mail_seq(s);

	say_end(r->core, seq);
	out_end(r->core,
	    (struct out){ .kind = OUT_DIRECT, .session = s->id, .room = r->id, .seq = seq,
		.who = s->member->number, .what = r->core->saying });
	return seq;
}

void
say_to_hosts(const struct member *about, enum message what)
{
	struct member *m;

	for (m = about->room->members; m != NULL; m = m->hh.next) {
		if (m->standing != HOST)
			continue;
		say_about(about, what);
		say_to(member_newest(m));
	}
}

void
say_bye(struct session *s, enum bye why)
{
	struct room *r = s->member->room;

	say_end(r->core, 0);
	out_end(r->core, (struct out){ .kind = OUT_BYE, .session = s->id, .room = r->id,
		.what = MESSAGE_BYE, .why = why });
}

static void
out_you_at(struct session *s, uint64_t seq)
{
	struct room *r = s->member->room;

	s->stale = false;
	session_touch(s);
	roster_you(out_begin(r->core), s);
	out_end(r->core,
	    (struct out){ .kind = OUT_YOU, .session = s->id, .room = r->id, .seq = seq });
}

void
out_you(struct session *s)
{
	out_you_at(s, mail_seq(s));
}

void
out_snapshot(struct session *s)
{
	struct member *m = s->member;
	struct room *r = m->room;
	bool in_room = member_is_in_room(m);

	out_you_at(s, 0);
	roster_state(out_begin(r->core), r, in_room ? r->seq : 0, in_room ? NULL : m);
	out_end(r->core, (struct out){ .kind = OUT_MAILED_STATE, .session = s->id, .room = r->id,
		.what = MESSAGE_ROOM_STATE });
}
