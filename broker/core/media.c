/* media – microphones and cameras, on and off. Part of the room core, see room.h. */
#include "room.h"

#include <string.h>

/* Where it stands that something is on, and that a token withholds it. */
static const struct medium {
	size_t on;	 /* bool in struct member */
	size_t withheld; /* bool in struct session */
} media[EVENTS] = {
	[EVENT_TOGGLE_AUDIO] = { offsetof(struct member, audio),
		offsetof(struct session, no_audio) },
	[EVENT_TOGGLE_VIDEO] = { offsetof(struct member, video),
		offsetof(struct session, no_video) },
	[EVENT_TOGGLE_SCREENSHARE] = { offsetof(struct member, share),
	    offsetof(struct session, no_share) },
};

static bool *
medium_of(struct member *m, enum event_kind kind)
{
	return (bool *)((char *)m + media[kind].on);
}

static bool
is_withheld(const struct session *s, enum event_kind kind)
{
	return *(const bool *)((const char *)s + media[kind].withheld);
}

uint64_t
media_switch(struct member *m, enum event_kind kind, bool on, const struct member *by)
{
	struct buf *b = say_about(m, message_relaying(kind));

	*medium_of(m, kind) = on;
	member_touch(m);
	say_bool(b, "enabled", on);
	say_by(b, by, m);
	room_changed(m->room);
	return say_to_room(m->room, NULL);
}

enum problem
media_toggle(struct act *a)
{
	bool on = act_flag(a, "enabled");

	if (on && is_withheld(a->session, a->kind))
		return PROBLEM_FORBIDDEN;
	a->seq = media_switch(a->member, a->kind, on, NULL);
	return PROBLEM_NONE;
}

/* The order is the muted client's; that it is off now, the room's. */
enum problem
media_mute(struct act *a)
{
	bool video = act_flag(a, "video"), audio = act_flag(a, "audio");
	struct member *m;
	struct buf *b;
	enum problem p = act_find_in_room(a, "clientId", &m);

	if (p != PROBLEM_NONE)
		return p;
	if (!act_has(a, "audio") && !act_has(a, "video"))
		audio = true;
	b = say_about(m, MESSAGE_MUTE);
	say_bool(b, "audio", audio);
	say_bool(b, "video", video);
	say_by(b, a->member, m);
	a->seq = say_to(member_newest(m));
	if (audio && m->audio)
		media_switch(m, EVENT_TOGGLE_AUDIO, false, a->member);
	if (video && m->video)
		media_switch(m, EVENT_TOGGLE_VIDEO, false, a->member);
	return PROBLEM_NONE;
}
