/* roster – room_state, in the two parts that frame.h describes. Part of the room core, see
 * room.h. */
#include "room.h"

#include <inttypes.h>
#include <string.h>

#include <utlist.h>

#include "bounds.h"

static bool
is_host(const struct member *m)
{
	return m->standing == HOST;
}

static bool
is_participant(const struct member *m)
{
	return m->standing == PARTICIPANT;
}

static bool
is_waiting(const struct member *m)
{
	return m->standing == WAITING;
}

static bool
is_sharing(const struct member *m)
{
	return m->share;
}

static bool
is_unmuted(const struct member *m)
{
	return m->audio;
}

static bool
is_on_camera(const struct member *m)
{
	return m->video;
}

static const struct list {
	const char *name;
	bool (*has)(const struct member *m);
} lists[] = {
	{ "hosts", is_host },
	{ "participants", is_participant },
	{ "waitingUsers", is_waiting },
	{ "sharingScreen", is_sharing },
	{ "unmuted", is_unmuted },
	{ "cameraOn", is_on_camera },
};

/* The n-th of a list. */
static void
put_info(struct buf *to, const struct member *m, int n)
{
	if (n > 0)
		buf_char(to, ',');
	buf_char(to, '{');
	buf_str(to, m->info);
	buf_char(to, '}');
}

/* Every list is cut, not only the one of participants: a room_state must stay far below what a
 * client may leave unread. */
static void
put_list(struct buf *to, const struct list *l, const struct member *first, bool alone)
{
	const struct member *m = first;
	int n = 0;

	buf_fmt(to, "\"%s\":[", l->name);
	for (; m != NULL && n < STATE_MEMBERS_MAX; m = alone ? NULL : m->hh.next)
		if (l->has(m))
			put_info(to, m, n++);
	buf_str(to, "],");
}

static void
put_hands(struct buf *to, const struct member *first)
{
	const struct member *m = first;

	buf_str(to, "\"handsRaised\":[");
	for (int n = 0; m != NULL && n < STATE_MEMBERS_MAX; n++, m = m->hand_next)
		put_info(to, m, n);
	buf_str(to, "],");
}

void
roster_state(struct buf *to, const struct room *r, uint64_t seq, const struct member *viewer)
{
	bool alone = viewer != NULL;

	buf_fmt(to, "\"roomId\":\"%s\",", r->name);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		put_list(to, &lists[i], alone ? viewer : r->members, alone);
	put_hands(to, alone ? NULL : r->hands);
	buf_fmt(to, "\"locked\":%s,\"lobby\":%s,\"policy\":{\"screenshare\":\"%s\"},",
	    r->locked ? "true" : "false", r->lobby ? "true" : "false", r->ask ? "ask" : "open");
	buf_fmt(to, "\"participantCount\":%zu,\"epoch\":\"%s\"}",
	    alone ? 0 : r->count[PARTICIPANT] + r->count[HOST], r->epoch);
	if (seq != 0)
		buf_fmt(to, ",\"seq\":%" PRIu64, seq);
	buf_fmt(to, ",\"ts\":%" PRId64, r->core->now);
}

static void
put_limits(struct buf *to, const struct core_conf *conf, enum endpoint e)
{
	const struct {
		const char *name;
		int value;
	} limits[] = {
		{ "messageBytes", MESSAGE_MAX },
		{ "chatLength", CHAT_POINTS_MAX },
		{ "chatPerMinute", conf->chat_per_minute },
		{ "chatBurst", conf->chat_burst },
		{ "eventsPerSecond", conf->events_per_second },
		{ "eventsBurst", conf->events_burst },
		{ "bytesPerSecond", conf->bytes_per_second },
		{ "bytesBurst", conf->bytes_burst },
		{ "connections", conf->connections },
		{ "members", conf->of[e].members },
	};

	buf_str(to, "\"limits\":{");
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		buf_fmt(to, "%s\"%s\":%d", i > 0 ? "," : "", limits[i].name, limits[i].value);
	buf_str(to, "},");
}

/* But for iceServers, which have secrets in them: the broker adds those. */
void
roster_you(struct buf *to, const struct session *s)
{
	const struct member *m = s->member;

	buf_fmt(to, "%s,\"role\":\"%s\",\"expires\":%" PRId64, m->info, member_role(m), s->expires);
	buf_str(to, ",\"features\":[\"v1\"],");
	put_limits(to, &m->room->core->conf, m->room->endpoint);
}

/* Sends their own part to those whose has changed; waiters get the whole. */
static void
send_stale(struct room *r)
{
	struct member *m;
	struct session *s;

	for (m = r->members; m != NULL; m = m->hh.next) {
		if (r->waiters_stale && !member_is_in_room(m))
			member_stale(m);
		DL_FOREACH(m->sessions, s) {
			if (s->stale && member_is_in_room(m))
				out_you(s);
			else if (s->stale)
				out_snapshot(s);
		}
	}
	r->waiters_stale = false;
}

void
roster_state_due(struct timer *t)
{
	struct room *r = timer_owner(t, struct room, state);
	struct core *c = r->core;

	room_touch(r);
	send_stale(r);
	r->state_at = c->now;
	if (r->count[PARTICIPANT] + r->count[HOST] == 0)
		return;
	r->seq++;
	roster_state(out_begin(c), r, r->seq, NULL);
	out_end(c, (struct out){ .kind = OUT_STATE, .room = r->id, .seq = r->seq,
		.who = r->waiters_at, .what = MESSAGE_ROOM_STATE });
}
