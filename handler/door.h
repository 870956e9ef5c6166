/* door – one connection: the client's lines on one side, the visit on the other.
 *
 * The handler's only loop: one poll over stdin, stdout, signals and the visit's two sockets. It
 * reads events while the window has room, never waits for stdout, tells the client what is wrong
 * with its messages, and is the one place where a connection ends, for whatever reason. Implemented
 * in handler/door.c. door_run blocks until the connection is over; nothing else does. */
#ifndef HANDLER_DOOR_H
#define HANDLER_DOOR_H

#include <stdbool.h>
#include <stdint.h>

#include "allowance.h"
#include "buf.h"
#include "kick.h"
#include "lines.h"
#include "outq.h"
#include "pulse.h"
#include "request.h"
#include "visit.h"

enum door_stage {
	DOOR_OPEN,
	DOOR_LINGERING, /* the last word is said; until the client goes */
	DOOR_LEAVING,	/* the client went; what it said before is still answered */
	DOOR_CLOSED,
};

/* What an operator decides. */
struct door_conf {
	const char *socket; /* the broker's; borrowed */
	const char *connection; /* its id, in the title; borrowed */
	struct allowance_conf allowance;
	int64_t ping_after, gone_after; /* ms of a client's silence */
};

struct door {
	int in, out, signals; /* borrowed; signals is a signalfd */
	enum door_stage stage;
	int64_t until;	      /* end of LINGERING or LEAVING, ms, monotonic */
	struct kick kick;
	bool refused;	      /* the client was not let in */
	bool opened, logged;  /* that the connection began, that it ended */

	struct visit visit;
	struct outq outq;
	struct lines lines;
	struct buf input;     /* read, and not looked at for want of room in the window */
	size_t taken;	      /* of input */
	struct allowance allowance;
	struct pulse pulse;

	int64_t rest_at; /* when memory goes back, ms; 0: nothing happened since */

	enum endpoint endpoint;
	char room[ROOM_ID_MAX + 1];
	int64_t began;	      /* ms, monotonic */
	uint64_t events;      /* taken from the client */
	const char *socket, *connection; /* of the configuration */
};

/* Descriptors: the client's messages, what it reads, and a signalfd of TERM, INT and HUP. A pipe or
 * socket for output becomes non-blocking until door_fini. */
void door_init(struct door *d, const struct door_conf *conf, int in, int out, int signals);
void door_fini(struct door *d);

/* Lets the client in, if the broker does: join is the JOIN message, taken over. */
void door_admit(struct door *d, const struct request *r, struct buf *join);

/* Turns the client away. */
void door_refuse(struct door *d, enum refusal why);

/* Until the connection is over. Returns the exit status. */
int door_run(struct door *d);

#endif
