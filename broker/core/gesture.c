/* gesture – hands, typing, reactions: what people show beside talking. Part of the room core, see
 * room.h. */
#include "room.h"

enum problem
gesture_hand(struct act *a)
{
	struct member *m = a->member;
	enum problem p = PROBLEM_NONE;
	struct buf *b;

	if (act_has(a, "clientId"))
		p = act_find_in_room(a, "clientId", &m);
	if (m != a->member && a->member->standing != HOST)
		return PROBLEM_FORBIDDEN;
	if (p != PROBLEM_NONE)
		return p;
	member_raise(m, a->kind == EVENT_RAISE_HAND);
	b = say_about(m, message_relaying(a->kind));
	say_by(b, a->member, m);
	a->seq = say_to_room(a->room, NULL);
	room_changed(a->room);
	return PROBLEM_NONE;
}

enum problem
gesture_type(struct act *a)
{
	say_bool(say_about(a->member, MESSAGE_TYPING), "isTyping", act_flag(a, "isTyping"));
	a->seq = say_typing(a->room, a->member);
	return PROBLEM_NONE;
}

enum problem
gesture_react(struct act *a)
{
	struct buf *b = say_about(a->member, MESSAGE_REACTION);

	say_json(b, "emoji", act_field(a, "emoji"));
	if (act_has(a, "chatId"))
		say_json(b, "chatId", act_field(a, "chatId"));
	a->seq = say_to_room(a->room, NULL);
	return PROBLEM_NONE;
}
