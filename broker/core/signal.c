/* signal – what clients say to each other about their calls. Part of the room core, see room.h.
 *
 * Handed on as it came, by spans of what the client wrote; only the sender's identity is ours. */
#include "room.h"

static void
relay_begin(const struct act *a)
{
	say_fields(say_about(a->member, message_relaying(a->kind)), a->payload);
}

enum problem
signal_relay(struct act *a)
{
	struct member *target;
	enum problem p = act_find_in_room(a, "targetClientId", &target);

	if (p != PROBLEM_NONE)
		return p;
	relay_begin(a);
	a->seq = say_to(member_newest(target));
	return PROBLEM_NONE;
}

enum problem
signal_message(struct act *a)
{
	if (act_has(a, "targetClientId"))
		return signal_relay(a);
	relay_begin(a);
	a->seq = say_to_room(a->room, a->member);
	return PROBLEM_NONE;
}
