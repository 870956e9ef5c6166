/* drain – see drain.h. */
#include "drain.h"

#include "bounds.h"

static int64_t
longer(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* ms in which so many go by at this rate. */
static int64_t
time_for(size_t count, int per_second)
{
	return (int64_t)count * 1000 / per_second;
}

void
drain_begin(struct drain *d, size_t there, int64_t most, int64_t now)
{
	int64_t slow = time_for(there, DRAIN_RATE), span = slow < most ? slow : most;

	*d = (struct drain){ .on = true, .total = there, .span = span, .until = now + span,
		.spread = longer(longer(span, time_for(there, RETURN_RATE)), RETURN_MIN) };
}

/* How many of them may still be there; rounded up, so that the last one goes at the end. */
static size_t
allowed(const struct drain *d, int64_t now)
{
	int64_t left = d->until - now;

	if (left <= 0 || d->span == 0)
		return 0;
	if (left >= d->span)
		return d->total;
	return (size_t)(((int64_t)d->total * left + d->span - 1) / d->span);
}

size_t
drain_take(const struct drain *d, size_t left, int64_t now)
{
	size_t stay = allowed(d, now);

	return d->on && left > stay ? left - stay : 0;
}

int64_t
drain_due(const struct drain *d, size_t left)
{
	if (!d->on || left == 0)
		return INT64_MAX;
	if (left > d->total)
		return d->until - d->span;
	return d->until - (int64_t)(left - 1) * d->span / (int64_t)d->total;
}

int64_t
drain_return(const struct drain *d, int64_t now, uint32_t random)
{
	return longer(d->until - now, 0) + RESTART_TIME + random % longer(d->spread, 1);
}
