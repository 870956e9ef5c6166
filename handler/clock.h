/* clock – what time it is, in ms; for the loop, which tells it to everybody else.
 *
 * Implemented in handler/clock.c. */
#ifndef HANDLER_CLOCK_H
#define HANDLER_CLOCK_H

#include <stdint.h>

/* Monotonic: for waiting. */
int64_t now_ms(void);

/* Since 1970: for clients. */
int64_t wall_ms(void);

#endif
