/* ws – one WebSocket to a server on this machine, as cheap as a client can be.
 *
 * It masks with zeros, as RFC 6455 §5.3 does not forbid, so that its own work does not hide the
 * server's. It never blocks, and answers pings. It refuses to know what is said. Implemented in
 * ws.c. */
#ifndef BENCH_WS_H
#define BENCH_WS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum ws_stage { WS_CLOSED, WS_UPGRADING, WS_OPEN };

struct ws {
	int fd; /* non-blocking; -1: closed */
	enum ws_stage stage;
	int status;	     /* of the answer to the upgrade */
	struct buf in, out;
	size_t taken, sent;  /* of them */
	struct buf message;  /* fragments so far */
};

/* Connects to 127.0.0.1:port and asks for the target. 0, or -1 with errno. */
int ws_open(struct ws *w, int port, const char *target);
void ws_close(struct ws *w);

/* Queues a text message. */
void ws_say(struct ws *w, const char *text, size_t len);

size_t ws_waiting(const struct ws *w); /* bytes to be sent */

/* Reads and writes what can be. 0, or -1: it is over. */
int ws_serve(struct ws *w);
int ws_flush(struct ws *w);

/* The next whole message, borrowed until the next call of any of these. */
bool ws_next(struct ws *w, const char **text, size_t *len);

#endif
