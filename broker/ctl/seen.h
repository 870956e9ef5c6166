/* seen – a message of a room as one who watches sees it: who, what, to whom, how much.
 *
 * What it says is shown only where it was asked for, and nothing of it may steer a terminal.
 * Private to beckonctl; implemented in seen.c. Pure. */
#ifndef BECKON_SEEN_H
#define BECKON_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "buf.h"

struct seen {
	int64_t time;	    /* ms since 1970 */
	const char *room;   /* "endpoint/room" */
	uint64_t seq;
	const char *who;    /* "" where that is not told */
	const char *event;
	const char *target; /* "": everybody */
	size_t size;	    /* bytes; 0: not told */
	const cJSON *payload; /* to be shown; NULL: it is not */
};

/* Takes what a message (a tree, borrowed) says of itself; time and seq stay as they are where it
 * says none. */
void seen_read(struct seen *s, const cJSON *message, bool text);

/* For people, with its newline; or as JSON, without one. */
void seen_put(struct buf *to, const struct seen *s);
void seen_put_json(struct buf *to, const struct seen *s);

/* Text that may steer nothing: control characters become `?`. At most `width` characters, the last
 * of them `…` where there are more; 0: all. Filled up with spaces where pad. */
void seen_put_text(struct buf *to, const char *text, size_t width, bool pad);

#endif
