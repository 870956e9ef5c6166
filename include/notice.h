/* notice – what the server says of itself: the events that no client sends, protocol §4.
 *
 * One table (notice.def) for the documentation, `-Q messages` and the test that the rooms say
 * nothing that is not in it; events that are handed on have their rows in event.def. Implemented in
 * broker/notice.c. Pure. */
#ifndef BECKON_NOTICE_H
#define BECKON_NOTICE_H

#include <stddef.h>

#include "buf.h"

struct notice_row {
	const char *name;
	const char *to;	     /* its audience, for people */
	const char *payload; /* fields; a `?` behind those that may be absent */
	const char *help;
};

extern const struct notice_row notice_table[];
extern const size_t notice_count;

/* Each a table of tab-separated lines under a heading line: the notices, the words of `error`
 * (problem.def), the reasons of `bye` (bye.def). */
void notice_describe(struct buf *to);
void problem_describe(struct buf *to);
void bye_describe(struct buf *to);

#endif
