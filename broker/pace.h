/* pace – since when what a round takes can have been waiting for it, and how long the round lasts.
 *
 * A request has no time of its arrival. But it came after the doors were last seen empty; or, while
 * the broker waited, not before the one that woke it. So no request of a round is older than
 * `since`. Times are us of a clock that only goes on. Pure; implemented in broker/pace.c. */
#ifndef BECKON_PACE_H
#define BECKON_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct pace {
	int64_t since; /* the oldest request of this round can be */
	int64_t next;  /* and of the next one */
	int64_t began; /* this round */
};

/* There was nothing to do, up to then. */
void pace_wake(struct pace *p, int64_t then);

/* A round begins. */
void pace_begin(struct pace *p, int64_t now);

/* It has taken what it takes; emptied: there was no more. Else there is less left than it took. */
void pace_took(struct pace *p, bool emptied, int64_t now);

/* How long the oldest request of this round can have been there; how long the round has lasted. */
uint64_t pace_waited(const struct pace *p, int64_t now);
uint64_t pace_lasted(const struct pace *p, int64_t now);

#endif
