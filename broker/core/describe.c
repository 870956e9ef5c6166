/* describe – what operators see of the rooms, as JSON. Part of the room core, see core.h. */
#include "room.h"

#include <inttypes.h>

#include <utlist.h>

/* Commas between the items of a list, and the bracket in front. */
static void
put_comma(struct buf *to, size_t begin)
{
	if (to->len > begin)
		buf_char(to, ',');
}

static const char *
word_of(bool yes)
{
	return yes ? "true" : "false";
}

static void
put_room_name(struct buf *to, const struct room *r)
{
	buf_fmt(to, "\"endpoint\":\"%s\",\"room\":\"%s\",", endpoint_name(r->endpoint), r->name);
}

static void
put_room(struct buf *to, const struct room *r, const struct core_more *more)
{
	put_room_name(to, r);
	buf_fmt(to, "\"id\":%" PRIu64 ",\"epoch\":\"%s\",", r->id, r->epoch);
	buf_fmt(to, "\"seq\":%" PRIu64, r->seq);
	if (more->room != NULL)
		more->room(more->context, r->id, to);
}

static void
put_member(struct buf *to, const struct member *m)
{
	buf_fmt(to, "%s,\"role\":\"%s\",\"connections\":%d,\"since\":%" PRId64, m->info,
	    member_role(m), member_connections(m), m->since);
}

/* Its number is a string, as it may be beyond what JSON's numbers hold. */
static void
put_session(struct buf *to, const struct session *s, const struct core_more *more)
{
	buf_fmt(to, "\"session\":\"%" PRIu64 "\",\"expires\":%" PRId64, s->id, s->expires);
	if (more->session != NULL)
		more->session(more->context, s->id, to);
}

void
core_describe(const struct core *c, struct buf *to, const struct core_more *more)
{
	static const struct core_more nothing;
	size_t rooms, members;

	if (more == NULL)
		more = &nothing;
	buf_char(to, '[');
	rooms = to->len;
	for (const struct room *r = c->rooms; r != NULL; r = r->hh.next) {
		put_comma(to, rooms);
		buf_char(to, '{');
		put_room(to, r, more);
		buf_str(to, ",\"members\":[");
		members = to->len;
		for (const struct member *m = r->members; m != NULL; m = m->hh.next) {
			put_comma(to, members);
			buf_char(to, '{');
			put_member(to, m);
			buf_char(to, '}');
		}
		buf_str(to, "]}");
	}
	buf_char(to, ']');
}

static void
put_sessions(struct buf *to, const struct member *m, const struct core_more *more)
{
	const struct session *s;
	size_t begin;

	buf_str(to, ",\"sessions\":[");
	begin = to->len;
	DL_FOREACH(m->sessions, s) {
		put_comma(to, begin);
		buf_char(to, '{');
		put_session(to, s, more);
		buf_char(to, '}');
	}
	buf_char(to, ']');
}

bool
core_describe_room(const struct core *c, const char *room, struct buf *to,
    const struct core_more *more)
{
	const struct room *r = room_by_key(c, room);
	size_t begin;

	if (r == NULL)
		return false;
	buf_char(to, '{');
	put_room(to, r, more);
	buf_fmt(to, ",\"locked\":%s,\"lobby\":%s,\"policy\":{\"screenshare\":\"%s\"},\"members\":[",
	    word_of(r->locked), word_of(r->lobby), r->ask ? "ask" : "open");
	begin = to->len;
	for (const struct member *m = r->members; m != NULL; m = m->hh.next) {
		put_comma(to, begin);
		buf_char(to, '{');
		put_member(to, m);
		buf_fmt(to, ",\"audio\":%s,\"video\":%s,", word_of(m->audio), word_of(m->video));
		buf_fmt(to, "\"share\":%s,\"hand\":%s", word_of(m->share), word_of(m->hand != 0));
		put_sessions(to, m, more);
		buf_char(to, '}');
	}
	buf_str(to, "]}");
	return true;
}

static void
put_whereabouts(struct buf *to, const struct member *m, const struct core_more *more, size_t begin)
{
	const struct session *s;

	DL_FOREACH(m->sessions, s) {
		put_comma(to, begin);
		buf_char(to, '{');
		put_room_name(to, m->room);
		buf_fmt(to, "%s,\"role\":\"%s\",\"since\":%" PRId64 ",", m->info, member_role(m),
		    m->since);
		put_session(to, s, more);
		buf_char(to, '}');
	}
}

void
core_describe_sessions(const struct core *c, const char *sub, struct buf *to,
    const struct core_more *more)
{
	const struct member *m;
	size_t begin;

	buf_char(to, '[');
	begin = to->len;
	for (const struct room *r = c->rooms; r != NULL; r = r->hh.next) {
		m = sub != NULL ? member_find(r, sub) : r->members;
		for (; m != NULL; m = sub != NULL ? NULL : m->hh.next)
			put_whereabouts(to, m, more, begin);
	}
	buf_char(to, ']');
}

void
core_describe_waiting(const struct core *c, const char *room, struct buf *to)
{
	const struct room *r = room != NULL ? room_by_key(c, room) : c->rooms;
	size_t begin;

	buf_char(to, '[');
	begin = to->len;
	for (; r != NULL; r = room != NULL ? NULL : r->hh.next)
		for (const struct member *m = r->members; m != NULL; m = m->hh.next) {
			if (member_is_in_room(m))
				continue;
			put_comma(to, begin);
			buf_char(to, '{');
			put_room_name(to, r);
			put_member(to, m);
			buf_char(to, '}');
		}
	buf_char(to, ']');
}
