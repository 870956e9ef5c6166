/* message – the table of what clients are told. See include/message.h. */
#include "message.h"

#include <assert.h>

/* The words of message.def. */
#define TIME "int(0-9007199254740991)"
#define ROLE "word(host|participant|screenshare|waiting)"
#define GONE                                                                                       \
	"word(left|closed|timeout|kicked|banned|slow_consumer|expired|replaced|"                   \
	"draining|"                                                                                \
	"unavailable)"
#define CLIENT "clientId:id! displayName:text(1-100)! "
#define CHAT "chatId:text(1-64)! chatContent:text(1-1000)! timestamp:" TIME "! "
#define ROOM                                                                                       \
	CLIENT "role:" ROLE "! roomId:text(1-100)! hosts:client[]! participants:client[]! "        \
	       "waitingUsers:client[]! handsRaised:client[]! sharingScreen:client[]! "             \
	       "unmuted:client[]! cameraOn:client[]! participantCount:" TIME "! locked:bool! "     \
	       "lobby:bool! policy:object! epoch:text(1-32)! expires:" TIME "! "                   \
	       "features:text(1-32)[]! iceServers:object[]! limits:object! recovered:bool"

const struct message_row message_table[MESSAGES] = {
#define MESSAGE(symbol, name, to, payload, help) [MESSAGE_##symbol] = { name, to, payload, help },
#define RELAY MESSAGE
#include "message.def"
#undef RELAY
#undef MESSAGE
};

static const enum message relays[EVENTS] = {
#define MESSAGE(symbol, name, to, payload, help)
#define RELAY(symbol, name, to, payload, help) [EVENT_##symbol] = MESSAGE_##symbol,
#include "message.def"
#undef RELAY
#undef MESSAGE
};

enum message
message_find(struct json_span name)
{
	enum message m = 0;

	while (m < MESSAGES && !json_string_is(name, message_table[m].name))
		m++;
	return m;
}

enum message
message_relaying(enum event_kind event)
{
	static_assert(MESSAGE_ROOM_STATE == 0, "no relay is the 0 of an event that has none");
	assert(relays[event] != MESSAGE_ROOM_STATE);
	return relays[event];
}

void
message_describe(struct buf *to)
{
	buf_str(to, "event\tto\tpayload\thelp\n");
	for (enum message m = 0; m < MESSAGES; m++) {
		const struct message_row *row = &message_table[m];

		buf_fmt(to, "%s\t%s\t%s\t%s\n", row->name, row->to,
		    *row->payload != '\0' ? row->payload : "-", row->help);
	}
}
