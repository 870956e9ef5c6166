/* quota – see quota.h. */
#include "quota.h"

#include "bounds.h"

enum {
	WIDER = 2,		      /* times the rate of a handler */
	UNDER_WAY = 2 * EVENT_WINDOW, /* events, and as many of the longest */
};

void
quota_init(struct quota *q, const struct core_conf *conf, int64_t now)
{
	*q = (struct quota){ .said = 0 };
	bucket_init(&q->events, (int64_t)WIDER * conf->events_per_second,
	    (int64_t)conf->events_burst + UNDER_WAY, now);
	bucket_init(&q->bytes, (int64_t)WIDER * conf->bytes_per_second,
	    (int64_t)conf->bytes_burst + UNDER_WAY * (int64_t)MESSAGE_MAX, now);
}

void
quota_rejoin(struct quota *q)
{
	q->said = 0;
}

bool
quota_is_spent(const struct quota *q, int64_t now)
{
	return bucket_wait(&q->events, now) > 0 || bucket_wait(&q->bytes, now) > 0;
}

/* A handler says again what was under way when its pipe broke: each at most once over the next. */
static bool
is_said_again(const struct quota *q, uint64_t number)
{
	return number <= q->counted && number > q->said && q->counted - number < EVENT_WINDOW;
}

void
quota_take(struct quota *q, uint64_t number, enum event_kind kind, size_t len, int64_t now)
{
	if (!is_said_again(q, number)) {
		bucket_take(&q->events, event_cost(kind), now);
		bucket_take(&q->bytes, (int64_t)len, now);
	}
	if (number > q->counted)
		q->counted = number;
	if (number > q->said)
		q->said = number;
}
