/* allowance – see allowance.h. */
#include "allowance.h"

void
allowance_init(struct allowance *a, const struct allowance_conf *conf, int64_t now)
{
	bucket_init(&a->events, conf->events_per_second, conf->events_burst, now);
	bucket_init(&a->bytes, conf->bytes_per_second, conf->bytes_burst, now);
}

int64_t
allowance_wait(const struct allowance *a, int64_t now)
{
	int64_t events = bucket_wait(&a->events, now), bytes = bucket_wait(&a->bytes, now);

	return events > bytes ? events : bytes;
}

void
allowance_take_bytes(struct allowance *a, int64_t n, int64_t now)
{
	bucket_take(&a->bytes, n, now);
}

void
allowance_take_event(struct allowance *a, enum event_kind kind, int64_t now)
{
	bucket_take(&a->events, event_cost(kind), now);
}
