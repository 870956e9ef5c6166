/* drain – the service is emptied: nobody comes in, and those inside go one after the other.
 *
 * They go evenly over a time, and each is told to come back at a moment of his own in as long a
 * time after it, so that neither this service nor the next one sees them all at once. Who they are
 * it refuses to know. Pure: time and randomness are arguments; implemented in broker/drain.c. */
#ifndef BECKON_DRAIN_H
#define BECKON_DRAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct drain {
	bool on;
	size_t total;	/* that were there when it began */
	int64_t until;	/* ms: the last one goes */
	int64_t span;	/* ms that their going takes */
	int64_t spread; /* ms that their return takes */
};

/* So many are there. They go within `most` ms, and sooner where they are few. */
void drain_begin(struct drain *d, size_t there, int64_t most, int64_t now);

/* How many of the `left` are to go now? 0 where there is no drain. */
size_t drain_take(const struct drain *d, size_t left, int64_t now);

/* When is the next of the `left` to go (ms)? INT64_MAX: never. */
int64_t drain_due(const struct drain *d, size_t left);

/* In how many ms somebody who is sent away, or not let in, is to come back. random: any. */
int64_t drain_return(const struct drain *d, int64_t now, uint32_t random);

#endif
