/* comings – who came and who went, in all rooms: the newest of it, for who watches.
 *
 * What rooms are told of it (`connect`, `disconnect`), complete as clients get it, under numbers
 * that count up: who asks again from the last one he has misses nothing, or learns how much. It
 * refuses to know what a message says. Pure; implemented in broker/comings.c. */
#ifndef BECKON_COMINGS_H
#define BECKON_COMINGS_H

#include <stddef.h>
#include <stdint.h>

#include "bounds.h"
#include "buf.h"

struct coming;

struct comings {
	struct coming *ring; /* COMINGS_MAX of them; NULL before the first */
	uint64_t last;	     /* number of the newest; 0: none yet */
};

void comings_fini(struct comings *c);

/* room: "endpoint/room"; body: JSON. Where memory is short it is left out. */
void comings_put(struct comings *c, const char *room, const void *body, size_t len);

/* Appends those after number `after` as JSON, oldest first:
 * {"last":9,"lost":0,"list":[{"room":"zoom/r1","message":{…}},…]}. lost: so many are forgotten. */
void comings_tell(const struct comings *c, uint64_t after, struct buf *to);

#endif
