/* wallclock – see wallclock.h. */
#include "wallclock.h"

int64_t
wallclock_tell(struct wallclock *c, int64_t real, int64_t monotonic)
{
	int64_t passed = monotonic - c->monotonic;

	if (!c->set || real >= c->now + passed) {
		c->now = real;
		c->set = true;
	} else {
		/* Ahead of the time of day. Within a few ms that is rounding; half of them is as
		 * good. What a half loses is kept by not moving `monotonic` on. */
		int64_t slowly = c->now + passed / 2;

		if (slowly == c->now)
			return c->now;
		c->now = slowly > real ? slowly : real;
	}
	c->monotonic = monotonic;
	return c->now;
}
