/* schedule – see schedule.h. */
#include "schedule.h"

#include "bounds.h"

bool
schedule_ask(struct schedule *s, int64_t now)
{
	if (now < s->open)
		return false;
	s->open = now + JWKS_ASK_INTERVAL;
	return true;
}

/* Twice as long after each failure. */
static int64_t
pause_after(unsigned failures)
{
	int64_t pause = JWKS_RETRY_MIN;

	for (unsigned i = 1; i < failures && pause < JWKS_RETRY_MAX; i++)
		pause *= 2;
	return pause < JWKS_RETRY_MAX ? pause : JWKS_RETRY_MAX;
}

void
schedule_begin(struct schedule *s, int64_t now)
{
	s->failures++;
	s->due = now + pause_after(s->failures);
}

/* A provider may be wrong in both directions: we neither ask all the time nor trust for days. */
static int64_t
freshness(long max_age)
{
	if (max_age < 0)
		return JWKS_FRESH;
	if (max_age < JWKS_FRESH_MIN / 1000)
		return JWKS_FRESH_MIN;
	return max_age < JWKS_FRESH_MAX / 1000 ? (int64_t)max_age * 1000 : JWKS_FRESH_MAX;
}

void
schedule_succeed(struct schedule *s, long max_age, int64_t now)
{
	s->failures = 0;
	s->due = now + freshness(max_age);
}
