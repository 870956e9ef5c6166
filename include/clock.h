/* clock – what time it is, and how long to wait; in ms. A loop asks for the time and tells it to
 * everybody else.
 *
 * Implemented in handler/clock.c. */
#ifndef BECKON_CLOCK_H
#define BECKON_CLOCK_H

#include <stdint.h>

/* Monotonic: for waiting. */
int64_t now_ms(void);

/* The same in us: for measuring. */
int64_t now_us(void);

/* Since 1970: for clients. */
int64_t wall_ms(void);

/* How long it is until then; 0 when that is over. */
int64_t wait_until(int64_t when, int64_t now);

/* The shorter of two waits, where -1 is for ever. */
int64_t wait_sooner(int64_t a, int64_t b);

/* A random wait below `spread` (at most 65536), or thousands do the same at the same moment. Where
 * no randomness is to be had it is 0, which is no reason to fail. */
int64_t wait_randomly(int64_t spread);

#endif
