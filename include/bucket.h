/* bucket – how much a client may still send just now.
 *
 * A token bucket: it fills with time, up to a burst, and what the client sends is taken from it. It
 * may be overdrawn by the last thing taken, and is then empty for longer. It refuses to know what
 * is counted. Implemented in handler/bucket.c. Pure; time (ms, monotonic) is an argument. */
#ifndef BECKON_BUCKET_H
#define BECKON_BUCKET_H

#include <stdint.h>

struct bucket {
	int64_t level; /* thousandths; 0 or less: empty */
	int64_t rate;  /* per second, which is thousandths per millisecond */
	int64_t burst; /* thousandths */
	int64_t at;    /* when level was true */
};

/* Full. */
void bucket_init(struct bucket *b, int64_t rate, int64_t burst, int64_t now);

void bucket_take(struct bucket *b, int64_t amount, int64_t now);

/* In how many ms something may be taken again; 0: now. */
int64_t bucket_wait(const struct bucket *b, int64_t now);

#endif
