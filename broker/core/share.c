/* share – the screen: who may share it, by whose leave, and who does. Part of the room core, see
 * room.h. */
#include "room.h"

#include <string.h>

/* Runs after each change of share or grant: presenting is a role on the wire. */
static void
tell_presenter(struct member *m, const char *before, const struct member *by)
{
	if (strcmp(before, member_role(m)) != 0)
		role_tell(m, member_role(m), by);
}

static void
grant(struct member *m, bool granted, const struct member *by)
{
	const char *before = member_role(m);

	m->granted = granted;
	member_touch(m);
	tell_presenter(m, before, by);
}

/* A grant ends with the share it was for. */
static uint64_t
share_switch(struct member *m, bool on, const struct member *by)
{
	const char *before = member_role(m);
	uint64_t seq;

	if (!on)
		m->granted = false;
	seq = media_switch(m, EVENT_TOGGLE_SCREENSHARE, on, by);
	tell_presenter(m, before, by);
	return seq;
}

/* Hosts ask nobody: it is they who would answer. */
static bool
may_share(const struct act *a)
{
	const struct member *m = a->member;

	if (a->session->no_share)
		return false;
	return !a->room->ask || m->standing == HOST || m->granted || m->share;
}

enum problem
share_toggle(struct act *a)
{
	bool on = act_flag(a, "enabled");

	if (on && !may_share(a))
		return PROBLEM_FORBIDDEN;
	a->seq = share_switch(a->member, on, NULL);
	return PROBLEM_NONE;
}

enum problem
share_request(struct act *a)
{
	say_to_hosts(a->member, MESSAGE_REQUEST_SCREENSHARE);
	return PROBLEM_NONE;
}

/* Finds whom a host's word is about, and passes it on. */
static enum problem
pass_on(struct act *a, struct member **m)
{
	enum problem p = act_find_in_room(a, "clientId", m);

	if (p != PROBLEM_NONE)
		return p;
	say_by(say_about(*m, message_relaying(a->kind)), a->member, *m);
	a->seq = say_to(member_newest(*m));
	return PROBLEM_NONE;
}

enum problem
share_accept(struct act *a)
{
	struct member *m;
	enum problem p = pass_on(a, &m);

	if (p == PROBLEM_NONE)
		grant(m, true, a->member);
	return p;
}

enum problem
share_deny(struct act *a)
{
	struct member *m;
	enum problem p = pass_on(a, &m);

	if (p == PROBLEM_NONE && !m->share)
		grant(m, false, a->member);
	return p;
}

enum problem
share_stop(struct act *a)
{
	struct member *m;
	enum problem p = pass_on(a, &m);

	if (p == PROBLEM_NONE && member_is_presenting(m))
		share_switch(m, false, a->member);
	return p;
}

enum problem
share_set_policy(struct act *a)
{
	struct room *r = a->room;

	r->ask = json_string_is(act_field(a, "screenshare"), "ask");
	r->waiters_stale = true;
	say_text(say_about(a->member, MESSAGE_SET_POLICY), "screenshare", r->ask ? "ask" : "open");
	a->seq = say_to_room(r, NULL);
	room_changed(r);
	return PROBLEM_NONE;
}
