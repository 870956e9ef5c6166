/* message – what a client is told, as a table: the server's own events and those handed on.
 *
 * One row per event in message.def; the room core takes the names of all it says from here, and the
 * table is the list of `beckon-handler -Q messages`, the documentation, and what the tests hold
 * every message against. What clients send has its table in event.def. Implemented in
 * broker/common/message.c. Pure. */
#ifndef BECKON_MESSAGE_H
#define BECKON_MESSAGE_H

#include <stddef.h>

#include "buf.h"
#include "event.h"
#include "json.h"

enum message {
#define MESSAGE(symbol, name, to, payload, help) MESSAGE_##symbol,
#define RELAY MESSAGE
#include "message.def"
#undef RELAY
#undef MESSAGE
	MESSAGES
};

struct message_row {
	const char *name;
	const char *to;	     /* its audience, for people */
	const char *payload; /* its form, body.h */
	const char *help;
};

extern const struct message_row message_table[MESSAGES];

/* By name, as it stands in a message (a string span). MESSAGES where there is none. */
enum message message_find(struct json_span name);

/* The message by which an event is handed on. The event must be one that is. */
enum message message_relaying(enum event_kind event);

/* The table, one tab-separated line per message under a heading line. */
void message_describe(struct buf *to);

#endif
