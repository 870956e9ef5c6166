/* allowance – what a client may send: so many events and so many bytes, each with a burst.
 *
 * Beyond it the client is not read for a while, and is told nothing: what it sends waits in the
 * pipe, then in the gateway, then with itself, and nobody else notices (protocol §8). Implemented
 * in handler/allowance.c. Pure; time (ms, monotonic) is an argument. */
#ifndef HANDLER_ALLOWANCE_H
#define HANDLER_ALLOWANCE_H

#include <stdint.h>

#include "bucket.h"
#include "event.h"

struct allowance_conf {
	int64_t events_per_second, events_burst;
	int64_t bytes_per_second, bytes_burst;
};

struct allowance {
	struct bucket events, bytes;
};

void allowance_init(struct allowance *a, const struct allowance_conf *conf, int64_t now);

/* In how many ms the client may send on; 0: now. */
int64_t allowance_wait(const struct allowance *a, int64_t now);

void allowance_take_bytes(struct allowance *a, int64_t n, int64_t now);

void allowance_take_event(struct allowance *a, enum event_kind kind, int64_t now);

#endif
