/* ring – what a room remembers of its order: the newest frames, by seq.
 *
 * For holes, late subscriptions and resume. Bounded by a number of frames and by bytes of bodies;
 * the oldest go first. Mail (DIRECT, and STUB where its text is not kept) is a matter of two, and
 * must not drive the room's messages out: it has bounds of its own. Beyond that of its bytes the
 * oldest of it stays without a body; its places do not count as messages. Otherwise frames are kept
 * as they are. Pure; implemented in broker/ring.c. */
#ifndef BECKON_RING_H
#define BECKON_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"

struct ring_slot;

struct ring {
	struct ring_slot *slot;	 /* cap of them; a frame lies at seq modulo cap */
	size_t cap;		 /* a power of two; grows with the room */
	size_t count;		 /* frames held: last - count + 1 … last */
	size_t said;		 /* of them are no mail */
	size_t bytes;		 /* of their bodies */
	size_t count_max, said_max, bytes_max;
	uint64_t last;		 /* seq of the newest ever put */
	size_t mail, mail_max;	 /* bytes of mail among these */
	uint64_t mail_from;	 /* of all mail after this one the body is there */
};

void ring_init(struct ring *r, size_t count_max, size_t said_max, size_t bytes_max,
    size_t mail_max);
void ring_fini(struct ring *r);

/* Copies a frame; its seq is one above the last (any, for the first). Where memory is short the
 * ring forgets everything instead: that is answered with LOST later, and nothing else breaks. */
void ring_put(struct ring *r, const struct frame *f);

/* The oldest seq held; last + 1 while nothing is. */
uint64_t ring_first(const struct ring *r);

/* Borrowed until the next ring_put. false: not held (any more, or yet). */
bool ring_get(const struct ring *r, uint64_t seq, struct frame *f);

#endif
