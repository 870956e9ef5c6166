/* event – the protocol as a table: what clients may send, who may, how it must look.
 *
 * One row per event in event.def; it drives dispatch, permission, the check of the body, the list
 * of `beckon-handler -Q events`, the documentation and the permission tests. What an event does is
 * the room core's (broker/), which takes the column `run` from the same row. Implemented in
 * broker/common/event.c. Pure. */
#ifndef BECKON_EVENT_H
#define BECKON_EVENT_H

#include <stddef.h>

#include "buf.h"
#include "json.h"

enum event_who {
	WHO_WAITING = 1, /* in the lobby */
	WHO_PARTICIPANT = 2,
	WHO_HOST = 4,
	WHO_IN_ROOM = WHO_PARTICIPANT | WHO_HOST,
	WHO_ANY = WHO_WAITING | WHO_IN_ROOM,
	WHO_NEEDS_DATA = 8, /* and the token does not say canPublishData: false */
	WHO_DATA = WHO_IN_ROOM | WHO_NEEDS_DATA,
};

enum event_kind {
#define EVENT(symbol, name, alias, who, cost, chat, body, run, help) EVENT_##symbol,
#include "event.def"
#undef EVENT
	EVENTS
};

struct event_row {
	const char *name;
	const char *alias; /* NULL: none */
	enum event_who who;
	int cost;	  /* tokens of the connection's bucket; 1 is the usual */
	int chat;	  /* messages of the sub's chat allowance in the room */
	const char *body; /* what the payload must have, body.h */
	const char *help; /* effect and audience, for people */
};

extern const struct event_row event_table[EVENTS];

/* Tokens of the connection's bucket. EVENTS stands for what is no known event: it was work as well,
 * and costs as much as a usual one. */
int event_cost(enum event_kind kind);

/* By name or alias, as it stands in a message (a string span). EVENTS where there is none. */
enum event_kind event_find(struct json_span name);

/* The table, one tab-separated line per event under a heading line. */
void event_describe(struct buf *to);

#endif
