/* sp – the scalability protocols' framing over unix sockets, as NNG speaks it, without NNG.
 *
 * libnng costs a process 14 threads and 320 KB here; a handler is one thread and less than a
 * fifth of that, so it says these few bytes itself. On connecting both sides send a greeting of 8
 * bytes; then each message is type 1, a 64-bit length, the body. REQ/REP prefixes the body with a
 * 32-bit request id whose top bit is set; a reply repeats it. Byte order is big-endian.
 * (nanomsg RFC sp-ipc-01, sp-reqrep-01; libnng 1.5.2 src/sp/transport/ipc/ipc.c.)
 *
 * A struct sp is one connection and a state machine: it reads and writes only when told, never
 * blocks, never allocates while idle. It refuses to know what a message means, and to reconnect.
 * Implemented in handler/sp.c. */
#ifndef BECKON_SP_H
#define BECKON_SP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum sp_protocol { SP_PUB = 0x20, SP_SUB = 0x21, SP_REQ = 0x30, SP_REP = 0x31 };

enum { SP_GREETING = 8, SP_HEAD = 9, SP_ID = 4 };

struct sp {
	int fd;			  /* non-blocking, close-on-exec; -1 when closed */
	enum sp_protocol protocol; /* ours: SP_REQ or SP_SUB */
	bool greeted;		  /* the peer's greeting came and is right */
	bool wipe;		  /* a secret travels: memory is overwritten before it is freed */
	size_t message_max;	  /* bytes; a longer message is a broken peer */
	struct buf in, out;	  /* memory is given back when they run empty */
	size_t taken;		  /* bytes of `in` that sp_next has handed out */
};

void sp_init(struct sp *s, enum sp_protocol protocol, size_t message_max);

/* Connects to a unix socket and queues the greeting. Returns 0, or -1 with errno. Does not block:
 * a full backlog is EAGAIN. */
int sp_open(struct sp *s, const char *path);

/* Closes and frees; s may be opened again. */
void sp_close(struct sp *s);

/* What to poll for: POLLIN, and POLLOUT while something waits to go out. */
short sp_events(const struct sp *s);

/* Reads what is there / writes what fits. 0, or -1 with errno when the connection is over (EOF is
 * ECONNRESET, a wrong greeting or type EPROTO, a length past message_max EMSGSIZE). */
int sp_read(struct sp *s);

/* Gives back what was kept for the next message: it will be a while. */
void sp_rest(struct sp *s);
int sp_write(struct sp *s);

/* Forgets what waits to go out, when nobody reads it any more. */
void sp_drop(struct sp *s);

/* The next whole message, borrowed until the next call of sp_read, sp_next or sp_close. For SP_REQ
 * *id gets the request's id as it was given to sp_send, and the body comes without it. 1 a message,
 * 0 none, -1 as sp_read. */
int sp_next(struct sp *s, uint32_t *id, const uint8_t **body, size_t *len);

/* Queues one message (written by sp_write). For SP_REQ: id is below 2^31 and gets its top bit set
 * on the wire; for SP_SUB this is not used: NNG wants no subscription from us, filtering is the
 * subscriber's. -1: out of memory. */
int sp_send(struct sp *s, uint32_t id, const void *body, size_t len);

#endif
