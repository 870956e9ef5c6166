/* schedule – when the identity provider is to be asked for its keys.
 *
 * By the clock, as long as a set is fresh; and out of turn when a token names a key that nobody
 * has, but for that at most once in JWKS_ASK_INTERVAL: tokens are free, and must not make us a
 * load on others. Times are ms of a clock that only goes on. Implemented in
 * schedule.c. Pure. */
#ifndef BECKON_SCHEDULE_H
#define BECKON_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroes: nothing was fetched yet, and it is time to. */
struct schedule {
	int64_t due;	   /* the next fetch by the clock */
	int64_t open;	   /* from then on a token may cause one */
	unsigned failures; /* in a row, one under way included */
};

/* A token names a key that nobody has: fetch now? If so, the next one may not for a while. */
bool schedule_ask(struct schedule *s, int64_t now);

/* A fetch begins. Until told otherwise it has failed: one that takes its process down is not
 * begun again at once. */
void schedule_begin(struct schedule *s, int64_t now);

/* It brought a good set, or word that there is no newer one. max_age: seconds for which the
 * provider wants that to hold, -1 where it did not say. */
void schedule_succeed(struct schedule *s, long max_age, int64_t now);

#endif
