/* visit – a client's stay in a room, as the broker sees it: join, events, mail, bus, bye.
 *
 * The handler's half of frame.h. It proves the request, keeps a POLL outstanding, hands events over
 * in batches and within a window, follows the room's bus, asks for what is missing, and puts every
 * line meant for the client into the queue. When the broker dies, it waits for the next one, shows
 * its ticket, and says again what was not answered: the client sees a pause. It refuses to know
 * where events come from and what messages mean; when the visit is over it says why, and does not
 * speak to the client about it.
 * Implemented in handler/visit.c (the conversation), visit_event.c (events under way), visit_read.c
 * (what the broker says), visit_return.c (the next broker).
 * Never blocks; time (ms, monotonic) is an argument. */
#ifndef HANDLER_VISIT_H
#define HANDLER_VISIT_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "bounds.h"
#include "bye.h"
#include "json.h"
#include "link.h"
#include "order.h"
#include "outq.h"
#include "refusal.h"

enum visit_stage {
	VISIT_KNOCKING, /* not connected yet */
	VISIT_JOINING,	/* asked, not answered */
	VISIT_INSIDE,
	VISIT_AWAY,	/* the broker is gone: on the way back in, by ticket */
	VISIT_OVER,
};

/* Why a visit is over. */
struct parting {
	enum bye bye;
	enum refusal refusal;	/* not REFUSED_NOT: the broker did not let the client in */
	char message[256];	/* of the refusal, for people */
	char reason[32];	/* the word: bye's, or the broker's own */
	bool told;		/* the broker's own bye is in the queue */
};

struct visit {
	struct link link;
	struct order order;
	struct outq *out; /* borrowed */
	enum visit_stage stage;
	struct parting parting; /* when OVER */
	bool delta;		/* the client wants no room_state but the first */

	const char *door; /* the broker's socket; borrowed */
	struct buf join;  /* the request, until it is under way */
	int64_t patience; /* until when the broker may take to answer a join */
	int64_t away_until; /* AWAY: no longer than this */
	int64_t retry_at; /* when to knock again, at the broker or at the bus */
	int64_t heard_within; /* ms; so often the broker is to hear of us. 0: it need not */
	int64_t renew_at; /* INSIDE: by then, if nothing else was asked … */
	bool spoke;	  /* … since that was settled */

	uint64_t session, member;
	uint64_t mail;	     /* number of the last mail received */
	uint64_t event;	     /* number of the last event */
	unsigned under_way;  /* events without their reply */
	struct buf kept;     /* these, as frames: they may have to be said again */
	size_t asked;	     /* so many bytes of them are on their way */
	char who[TITLE_SUB_MAX + 1]; /* the client's sub, maybe cut */
	char ticket[TICKET_MAX];
	size_t ticket_len;   /* 0: there is none */
	unsigned tries;	     /* to come back */
	uint64_t missed;     /* resumed: what was said up to here */
	int64_t reading_until; /* the client is to read on by then; 0: it has caught up */
	size_t unread;	     /* bytes that waited for it at the last look */
	bool paused;	     /* the broker is not read meanwhile */
	struct buf you;	     /* the client's own part of room_state */
	struct buf bye;	     /* the last word: waits until what came before it was told … */
	uint64_t bye_after;  /* … up to here … */
	int64_t bye_until;   /* … but no longer than this */
	bool stated;	     /* a room_state was told */
	uint64_t lobby;	     /* FRAME_STATE's who of the last one told */
	char bus[SOCKET_PATH_MAX + 1]; /* the room's; empty in the lobby */
};

/* join: a JOIN request, taken over: its bytes are wiped. door: path of the broker's socket. */
void visit_begin(struct visit *v, const char *door, struct buf *join, struct outq *out, bool delta,
    int64_t now);
void visit_fini(struct visit *v);

/* The broker takes who says nothing for gone: a POLL is said again after so many ms of silence. */
void visit_be_heard(struct visit *v, int64_t within);

/* The client knows that it is over. Frees all but what takes the reason to the broker, where that
 * cannot see it: a client that does not read would just be gone. */
void visit_part(struct visit *v);

/* Is there room for one more event? */
bool visit_wants_event(const struct visit *v);

/* Takes one event (JSON text of an object) into the next batch. */
void visit_take_event(struct visit *v, struct json_span message);

/* Has it put off what it would do, until the client has read more? */
bool visit_awaits_client(const struct visit *v);

/* What to poll for: LINKS entries. */
void visit_poll(const struct visit *v, struct pollfd *fds);

/* Reads and does what poll announced. */
void visit_serve(struct visit *v, const struct pollfd *fds, int64_t now);

/* Does what is due, sends what waits. Returns in how many ms there is more to do, or -1. */
int64_t visit_advance(struct visit *v, int64_t now);

/* Ends the visit for a reason of our own; leaves an earlier one standing. */
void visit_end(struct visit *v, enum bye why);

#endif
