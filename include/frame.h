/* frame – what travels between handler and broker.
 *
 * A bus message, whether request, reply or publication, is one or more frames back to back; a
 * frame is a fixed header of FRAME_HEAD bytes, big-endian, and a body. Bodies that reach a client
 * are JSON the broker made complete, so that a handler copies bytes; bodies that programs tell
 * each other are fields. Everything read is hostile until frame_next accepted it. No I/O.
 * Implemented in broker/common/frame.c.
 *
 *      0       1       2        4         8         16     24     32       40
 *      version kind    flags    length    session   seq    who    after    body …
 */
#ifndef BECKON_FRAME_H
#define BECKON_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum { FRAME_VERSION = 1, FRAME_HEAD = 40 };

enum frame_kind {
	/* Requests, handler → broker (REQ on broker.sock). Each gets exactly one reply message. */
	FRAME_JOIN = 1,	  /* fields ENDPOINT ROOM TOKEN ORIGIN CAPS RESUME CONNECTION ADDRESS; first
			   * on a pipe. → WELCOME, YOU, STATE  or  REFUSED */
	FRAME_EVENT = 2,  /* session; seq: number of this event, 1, 2, 3 … per session; body: the
			   * client's JSON; after: the answers up to this number have arrived. One
			   * that is sent again gets the same answer. → REPLY. Several may be in one
			   * message: as many REPLYs */
	FRAME_POLL = 3,	  /* session; who: number of the last mail received. Held by the broker
			   * until there is mail, or another. → one or more mail frames, or
			   * nothing. A handler that asks for nothing at all is taken for gone:
			   * it says this again, a few seconds after each PING_SECONDS */
	FRAME_REPLAY = 4, /* session; seq: the first one missing. → publication frames from there
			   * on, possibly not all (ask again), or LOST, or nothing where there is
			   * none */
	/* Question of the authorizer, on the same socket. */
	FRAME_ADMIT = 5,  /* fields ENDPOINT ROOM SUB RESUME, ROLE (`host`, if the token grants it;
			   * it is believed for this question alone). → VERDICT */
	/* Operator, REQ on ctl.sock: the body is a command as words (argv.h), the answer one JSON
	 * text. */
	FRAME_CTL = 6,	  /* → CTL */
	/* Handler → broker again: */
	FRAME_END = 7,	  /* session; field WORD (of bye.def): the handler has ended the connection
			   * for a reason that only it can see and the others are to learn;
			   * `kicked`: an operator's signal, which is for the whole person. → an
			   * empty reply */

	FRAME_REJOIN = 8, /* field TICKET; who: number of the last mail received; first on a pipe,
			   * of the process that joined. A handler whose broker is another one
			   * now, or whose pipe broke, goes on: its order, events and mail as
			   * they are. → WELCOME  or  REFUSED */

	/* Of the authorizer on ctl.sock, for who watches over the service. No body. */
	FRAME_METRICS = 9, /* → METRICS: all figures as text (metrics.def) */
	FRAME_READY = 10,  /* → READY: field WORD, of readiness.def */

	/* Replies, broker → handler. */
	FRAME_WELCOME = 16, /* session; seq: where the order goes on (of JOIN: where the snapshot
			     * was taken, or a resume begins); who: member number; after: where
			     * the order is, what is between is to be asked for; fields BUS (absent
			     * for a waiter; its path in PLACE_BUS) EPOCH TICKET
			     * CONNECTION SUB (for the process title) */
	FRAME_REFUSED = 17, /* fields WORD MESSAGE; the session does not exist (any more) */
	FRAME_REPLY = 18,   /* session; seq: the event's number; body: `ack`, `error`, … for the
			     * client, or empty */
	FRAME_LOST = 19,    /* the ring no longer holds what REPLAY asked for. who: 1 where the
			     * session is over, nothing more is told of its room, and its BYE is
			     * to be fetched */
	FRAME_VERDICT = 20, /* field WORD (absent: admitted, as ROLE), RETRY_AFTER */

	/* Publications, PUB on the room's bus path; strictly consecutive seq. */
	FRAME_ROOM = 32,  /* seq; who: member number that is not to see it (0: none); body: JSON */
	FRAME_STUB = 33,  /* seq; session: who was mailed the DIRECT or YOU of this seq. No body */
	FRAME_STATE = 34, /* seq; body: common part of room_state, see below; who: another number
			   * where it says of the lobby what no event did */
	FRAME_VOID = 35,  /* seq; nothing: in replays a message that is not repeated (typing …),
			   * else one that could not be stored */

	/* Mail, in replies to POLL; who: mail number, 1, 2, 3 … per session. seq 0: outside the
	 * room's order, deliver at once. Otherwise deliver when everything up to `after` was. */
	FRAME_DIRECT = 48, /* body: JSON for the client */
	FRAME_YOU = 49,	   /* body: the receiver's own part of room_state, see below */
	FRAME_ADMITTED = 50, /* out of the lobby: seq as in WELCOME; fields BUS; then YOU, STATE */
	FRAME_MAILED_STATE = 51, /* body: common part of room_state for a waiter or one admitted */
	FRAME_BYE = 52,	   /* body: the `bye` for the client; nothing follows. after: what the room
			    * said up to here comes before it; REPLAY still tells that much */
	FRAME_SYNC = 53,   /* the subscription took hold; `after`: the last seq published before. A
			    * handler that is not there within SYNC_PATIENCE asks for REPLAY */

	/* In the broker's ledger, and nowhere else; beside these the places of a room's order:
	 * ROOM, VOID, STATE, DIRECT, STUB with `after` being the room. */
	FRAME_KEPT_CORE = 128, /* body: core_keep */
	FRAME_KEPT_PEER, /* session; seq: what was before is not for it; who: member; after: room */
	FRAME_KEPT_GONE, /* session: its handler is gone for good */
	FRAME_KEPT_MAIL, /* session; who: number of the last; seq: 1, these are all; body: frames */
	FRAME_KEPT_FETCHED, /* session; who: number of the last mail received */
	FRAME_KEPT_ANSWERS, /* session; who: those up to here have arrived; body: frames */
	FRAME_KEPT_CLOSED,  /* after: the room that is over */
	FRAME_KEPT_ADDS, /* alone in its record, but for the next. body: room, chatId, …: about to
			  * be stored */
	FRAME_KEPT_DELETE, /* body: room, chatId, sub, displayName, chatContent: about to be
			    * deleted; seq: its time; who: of its edit; after: how many are kept */
};

/* room_state is put together by the handler from two parts that the broker makes:
 *
 *	{"event":"room_state","payload":{ YOU STATE }
 *
 * YOU is personal and ends in a comma: "clientId":"ann","displayName":"Ann","role":"host",…,
 * STATE is common: "roomId":"r1","hosts":[…],…},"seq":17,"ts":… and closes the payload itself; the
 * handler adds what is between the brackets above and the last `}`. */

struct frame {
	enum frame_kind kind;
	uint64_t session, seq, who, after;
	const void *body; /* borrowed */
	size_t len;
};

/* Appends the frame. */
void frame_put(struct buf *to, const struct frame *f);

/* Appends the header with length 0; the body is then appended by the caller, and frame_end writes
 * its length. Returns where the frame begins. */
size_t frame_begin(struct buf *to, const struct frame *f);
void frame_end(struct buf *to, size_t begin);

/* Takes the next frame off (at, len). 1 a frame (its body is borrowed), 0 the end, -1 not a frame:
 * wrong version, a length past the end, nonzero flags. A kind nobody knows is the caller's
 * matter. */
int frame_next(const uint8_t **at, size_t *len, struct frame *f);

/* The bytes of as many whole frames, from the first on, as there is room for in `most`; of one at
 * least, if there is one. */
size_t frames_fit(const void *at, size_t len, size_t most);

/* Fields: 16-bit tag, 16-bit length, bytes. Unknown tags are skipped by readers. */
enum field {
	FIELD_ENDPOINT = 1, FIELD_ROOM, FIELD_TOKEN, FIELD_ORIGIN, FIELD_CAPS, FIELD_RESUME,
	FIELD_CONNECTION, FIELD_SUB, FIELD_WORD, FIELD_MESSAGE, FIELD_BUS, FIELD_EPOCH,
	FIELD_TICKET, FIELD_RETRY_AFTER, /* seconds, decimal */
	FIELD_ROLE,			 /* `host`, `participant`, `waiting` */
	FIELD_ADDRESS,			 /* the client's; for operators alone */
	FIELDS
};

struct fields {
	struct { const char *at; size_t len; } value[FIELDS]; /* at NULL: absent. Borrowed */
};

void field_put(struct buf *to, enum field tag, const char *bytes, size_t n);
void field_str(struct buf *to, enum field tag, const char *s);

/* 0, or -1: cut short, or a known tag twice. */
int fields_read(struct fields *f, const void *body, size_t len);

/* Copies a field with a NUL into cap bytes. Returns its length; -1 absent, too long or holding a
 * NUL or a control character. */
int field_copy(const struct fields *f, enum field tag, char *to, size_t cap);

#endif
