/* event – the protocol as a table: what clients may send, who may, how it must look.
 *
 * One row per event in event.def; it drives dispatch, permission, the check of the body, the list
 * of `beckon-handler -Q events`, the documentation and the permission tests. What an event does is
 * the room core's (broker/), found by the same row. Implemented in broker/event.c. Pure. */
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
};

enum event_kind {
#define EVENT(symbol, name, alias, who, cost, body, help) EVENT_##symbol,
#include "event.def"
#undef EVENT
	EVENTS
};

struct event_row {
	const char *name;
	const char *alias; /* NULL: none */
	enum event_who who;
	int cost;	  /* tokens of the sender's bucket; 1 is the usual */
	const char *body; /* fields of the payload, see event_body_check */
	const char *help; /* effect and audience, for people */
};

extern const struct event_row event_table[EVENTS];

/* By name or alias, as it stands in a message (a string span). EVENTS where there is none. */
enum event_kind event_find(struct json_span name);

/* Checks a payload against a row's body. NULL if it fits, else static text naming the field.
 *
 * A body is a list of `field:type` separated by spaces, a `!` behind it where the field must be
 * there. Types: `any` (null too), `bool`, `object`, `id` (string, 1 to 255 bytes), `text(A-B)`
 * (string of A to B code points), `int(A-B)`, `word(a|b|c)`. Optional fields may be null. Fields
 * that are not named are not judged. */
const char *event_body_check(const char *body, struct json_span payload);

/* The table, one tab-separated line per event under a heading line. */
void event_describe(struct buf *to);

#endif
