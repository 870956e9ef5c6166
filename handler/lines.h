/* lines – the client's messages, put together from lines.
 *
 * The gateway hands on a text message with a newline behind it. A message may hold newlines of its
 * own, a binary one arrives without any, and what is no JSON arrives too; so the JSON scanner says
 * where a message ends, and lines help to find the way back after a broken one (protocol §3):
 *
 *   - blank lines between messages are nothing;
 *   - what can never become JSON is told at once, and the rest of that line skipped;
 *   - so it is when it makes a message of several lines invalid; but a line that begins with `{` is
 *     then taken on its own: the message before it was never finished;
 *   - nor was it where a line is a whole event, even if it could be a value in it: nobody prints
 *     messages so;
 *   - lines after that which look like the rest of the refused message are dropped.
 *
 * It knows that a message is an object with an `event`, and nothing of what events mean.
 * Implemented in handler/lines.c. Pure; holds memory only while a message is unfinished. */
#ifndef HANDLER_LINES_H
#define HANDLER_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "json.h"
#include "problem.h"

struct lines {
	struct json_scanner scanner;
	struct buf text;  /* of the message under way */
	size_t line;	  /* where in `text` its last line begins */
	bool line_begins; /* the next byte is the first of a line */
	bool skip;	  /* to the end of the line */
	bool loose;	  /* what looks like the rest of a refused message is dropped */
	bool again;	  /* `text` is to be scanned anew, as a message of its own */
	bool told;	  /* `text` was handed out and is to be freed */
	unsigned bad;	  /* broken messages in a row */
};

enum line_kind { LINE_NONE, LINE_MESSAGE, LINE_BROKEN };

struct line {
	enum line_kind kind;
	struct json_span message; /* MESSAGE: an object with a string `event` */
	enum problem problem;	  /* BROKEN */
	const char *why;	  /* BROKEN: static text for people; NULL: the word says it all */
	struct json_span id;	  /* BROKEN: the message's, where it could be read */
};

void lines_init(struct lines *l);
void lines_fini(struct lines *l);

/* Takes bytes off the front of (*at, *len) until there is something to tell, or none are left
 * (LINE_NONE). What it tells is borrowed until the next call. */
void lines_next(struct lines *l, const char **at, size_t *len, struct line *told);

#endif
