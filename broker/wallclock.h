/* wallclock – ms since 1970 that never go back and never stand still.
 *
 * Tokens need the time of day; timers need a time that goes on. Somebody who sets the machine's
 * clock back must not stop the timers, nor bring old tokens back to life at once: this clock then
 * goes at half speed until the time of day has caught up. Pure; implemented in
 * broker/wallclock.c. */
#ifndef BECKON_WALLCLOCK_H
#define BECKON_WALLCLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct wallclock {
	int64_t now;	   /* ms since 1970, as last told */
	int64_t monotonic; /* then; ms */
	bool set;
};

/* What time it is, given the system's two clocks (CLOCK_REALTIME, CLOCK_MONOTONIC; ms). */
int64_t wallclock_tell(struct wallclock *c, int64_t real, int64_t monotonic);

#endif
