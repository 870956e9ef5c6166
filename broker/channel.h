/* channel – what a room publishes: its memory, and the frames that go out at the end of a round.
 *
 * Everything of the room's one order passes here. Broadcasts are published; of mail only the place
 * in the order is, as a stub, and not before the next broadcast (or STUBS_MAX of them): nobody is
 * woken by somebody else's signals. It refuses to know members, sockets and what messages say.
 * Pure; implemented in broker/channel.c. */
#ifndef BECKON_CHANNEL_H
#define BECKON_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "frame.h"
#include "ring.h"

struct channel {
	struct ring ring;
	uint64_t seq;	    /* the newest of the order */
	uint64_t said;	    /* the newest that is not mail */
	uint64_t shown;	    /* the newest that is published, or in the batch */
	uint64_t state_seq; /* of the newest room_state; replays repeat no other */
	struct buf state;   /* its common part */
	struct buf batch;   /* frames to publish; the caller empties it */
};

void channel_init(struct channel *c);
void channel_fini(struct channel *c);

/* The next of the order; seq is one above the last. kind: FRAME_ROOM, FRAME_VOID (published as ROOM
 * where it has a body, but never repeated) or FRAME_STATE. who: member that is not to see it, 0:
 * none. */
void channel_say(struct channel *c, enum frame_kind kind, uint64_t seq, uint64_t who,
    const void *body, size_t len);

/* The next of the order, a DIRECT or YOU, went to its session as mail; who: the member's number.
 * The body of a DIRECT is remembered, for one who comes back. Returns its `after`. */
uint64_t channel_mailed(struct channel *c, const struct frame *f);

/* Who asks for a replay. One who came back hears what he missed, up to `missed`, as publications:
 * also his own mail, and no room_state, as he has got a newer one. */
struct hearer {
	uint64_t member;
	uint64_t missed; /* 0: he missed nothing */
	uint64_t until;	 /* what came later is not for him; 0: all is */
};

/* Appends the publications from seq on, about `most` bytes of them but at least one. 0 (nothing,
 * where seq is beyond the newest), or -1: the ring no longer holds seq, or no more than the
 * place of mail that he missed. */
int channel_replay(const struct channel *c, uint64_t seq, size_t most, const struct hearer *h,
    struct buf *to);

/* Is all that came after seq still there, mail included? */
bool channel_holds(const struct channel *c, uint64_t seq);

/* All that is remembered, as frames that channel_recall takes, with this `after`. */
void channel_dump(const struct channel *c, uint64_t after, struct buf *to);

/* The next of the order, as it was before a crash: nothing is published. -1: it is not the next. */
int channel_recall(struct channel *c, const struct frame *f);

#endif
