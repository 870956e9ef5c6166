/* order – in which order a client is told what its room says.
 *
 * Two streams race to a handler: publications on the room's bus, which may have holes, and mail,
 * which has none. Both carry places in the room's one order. Here they become that order again:
 *
 *   - a publication is delivered when it is the next one; an older one was delivered before; a
 *     newer one means a hole: what is missing is asked for again (REPLAY), and it waits;
 *   - a stub is somebody's mail, seen from the bus: the place is passed over, but if it is our
 *     mail, not before the mail came;
 *   - mail is delivered when everything up to its `after` was, or at once where it has no place.
 *
 * It refuses to know bodies, sockets and clocks: time is an argument (ms, any origin). Implemented
 * in handler/order.c. Pure; holds only what has to wait, HELD_MAX bytes of publications at most:
 * more is dropped, and asked for again when its turn comes. Mail is bounded by the broker. */
#ifndef HANDLER_ORDER_H
#define HANDLER_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"

/* Told a frame whose turn has come: ROOM, STATE, DIRECT, YOU, MAILED_STATE. */
typedef void order_deliver(void *context, const struct frame *f);

struct held; /* a frame that waits, with its body */

struct held_list {
	struct held *first, *last;
	size_t bytes;
};

struct order {
	order_deliver *deliver;
	void *context;
	uint64_t session;  /* ours: whose stubs are our mail */
	uint64_t pos;	   /* everything up to here was delivered or passed over */
	uint64_t goal;	   /* the room is known to have come this far */
	uint64_t mailed;   /* place of the last mail delivered */
	struct held_list publications, mail;
	bool asking;	   /* a replay is under way */
	bool doubtful;	   /* the bus was closed for a while: ask, even if nothing seems missing */
	bool abandoned;	   /* what is missing will never come */
	int64_t ask_at;	   /* not before this time */
	int fruitless;	   /* replays in a row that brought nothing on */
};

void order_init(struct order *o, order_deliver *deliver, void *context);
void order_fini(struct order *o);

/* The snapshot of the room was taken at seq: the order goes on behind it. */
void order_start(struct order *o, uint64_t session, uint64_t seq);

/* One frame from the bus or a replay; one of mail, each once. Deliver what can be; copy what has to
 * wait. 0, or -1: no memory, the order is lost. */
int order_publication(struct order *o, const struct frame *f);
int order_mail(struct order *o, const struct frame *f, int64_t now);

/* SYNC: the room had come to `after` when the subscription took hold. What is on its way gets
 * SYNC_PATIENCE. */
void order_sync(struct order *o, uint64_t after, int64_t now);

/* The bus was closed for a while, and is open again. */
void order_doubt(struct order *o);

/* Nothing more will come: delivers what waits, over the holes in front of it. */
void order_release(struct order *o);

/* Nobody tells what is missing any more: it is not asked for again. */
void order_abandon(struct order *o);

/* Nobody will answer what was asked. */
void order_forsake(struct order *o);

/* When is a replay to be asked for? In how many ms (0: now), with *first being the first one
 * missing; or -1: nothing is missing, or a replay is under way. */
int64_t order_wants_replay(const struct order *o, int64_t now, uint64_t *first);

/* A replay was asked for; its frames were all given to order_publication. The latter returns 0, or
 * -1 when asking has brought nothing on too often. */
void order_replay_asked(struct order *o);
int order_replay_done(struct order *o, int64_t now);

#endif
