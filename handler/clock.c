/* clock – see clock.h. */
#include "clock.h"

#include <sys/random.h>
#include <time.h>

static int64_t
clock_ms(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
now_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t
wall_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}

int64_t
wait_until(int64_t when, int64_t now)
{
	return when > now ? when - now : 0;
}

int64_t
wait_sooner(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

int64_t
wait_randomly(int64_t spread)
{
	uint16_t random;

	if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
		return 0;
	return random % spread;
}
