/* link – a handler's two connections to the broker: control and bus.
 *
 * Control is REQ with several requests outstanding: each gets one reply, in any order, and the link
 * remembers what was asked. The bus is SUB on the room's socket. It refuses to know what requests
 * and publications say; when a connection breaks it says so, and whoever uses it decides whether to
 * open it again. Implemented in handler/link.c. Never blocks. */
#ifndef HANDLER_LINK_H
#define HANDLER_LINK_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bounds.h"
#include "frame.h"
#include "sp.h"

enum {
	LINK_CONTROL,
	LINK_BUS,
	LINKS,
	ASKED_MAX = EVENT_WINDOW + 5, /* each event alone; JOIN, two of POLL, REPLAY, END */
};

/* A request without its reply. */
struct asked {
	uint32_t id;
	enum frame_kind kind; /* JOIN, REJOIN, EVENT, POLL, REPLAY, END */
};

struct link {
	struct sp sp[LINKS];
	uint32_t last_id;
	struct asked asked[ASKED_MAX];
	size_t count;
};

void link_init(struct link *l);
void link_fini(struct link *l);

/* Connects. 0, or -1 with errno; EAGAIN: the broker is busy accepting, try again. A control
 * connection forgets what was asked on the one before it. */
int link_open(struct link *l, int which, const char *path);
void link_close(struct link *l, int which);
bool link_is_open(const struct link *l, int which);

/* Queues a request. secret: its bytes leave no copy in memory. -1: no memory, or ASKED_MAX. */
int link_ask(struct link *l, struct asked what, const struct buf *frames, bool secret);

/* How many requests of this kind are without their reply? */
unsigned link_asks(const struct link *l, enum frame_kind kind);

/* What to poll for: LINKS entries. */
void link_poll(const struct link *l, struct pollfd *fds);

/* Writes what can be written now. An end of the connection shows when it is read. */
void link_flush(struct link *l);

/* Reads what poll announced. -1 with errno: this connection is over. */
int link_read(struct link *l, int which);

/* Gives back memory that is kept for what comes next. */
void link_rest(struct link *l);

/* The next reply with what it answers / the next publication, borrowed until the next call. 1, 0
 * none, -1 with errno: a broken peer. */
int link_next_reply(struct link *l, struct asked *to, const uint8_t **body, size_t *len);
int link_next_publication(struct link *l, const uint8_t **body, size_t *len);

#endif
