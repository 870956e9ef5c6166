/* quota – how much a handler may say in its session, whatever it lets its client say.
 *
 * Handlers hold their clients to an allowance, by not reading on (protocol §8). One that its client
 * has taken over does not: so the broker counts as well, and so widely that an honest handler never
 * comes near, however late its events arrive: twice the rate, and besides the burst all that may be
 * under way. What is said again over a new pipe is not counted again. Pure; implemented in
 * broker/quota.c. */
#ifndef BECKON_QUOTA_H
#define BECKON_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

#include "bucket.h"
#include "core.h"
#include "event.h"

struct quota {
	struct bucket events, bytes;
	uint64_t counted; /* the highest number of an event that was counted … */
	uint64_t said;	  /* … and that was said over this pipe */
};

void quota_init(struct quota *q, const struct core_conf *conf, int64_t now);

/* The session goes on over another pipe. */
void quota_rejoin(struct quota *q);

/* Has it said too much? */
bool quota_is_spent(const struct quota *q, int64_t now);

/* It has said one more, of so many bytes. */
void quota_take(struct quota *q, uint64_t number, enum event_kind kind, size_t len, int64_t now);

#endif
