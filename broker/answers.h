/* answers – the last answers to a session's events, kept until the handler is known to have them.
 *
 * An event that is sent again after a crash was perhaps taken before; then it gets the same answer.
 * Bounded: a handler has at most EVENT_WINDOW events under way. Pure; implemented in
 * broker/answers.c. */
#ifndef BECKON_ANSWERS_H
#define BECKON_ANSWERS_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "frame.h"

struct answers {
	struct buf frames;  /* REPLYs, oldest first; memory is given back when empty */
	uint64_t forgotten; /* those up to this number */
};

void answers_fini(struct answers *a);

/* Keeps one. */
void answers_put(struct answers *a, const struct frame *reply);

/* Those up to this number have arrived. */
void answers_forget(struct answers *a, uint64_t number);

/* Borrowed until the next call. */
bool answers_find(const struct answers *a, uint64_t number, struct frame *reply);

#endif
