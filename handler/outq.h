/* outq – the lines that wait for the client, in order and bounded.
 *
 * websocketd relays both directions in one loop: a handler that blocks on stdout while the client
 * sends is a deadlock for ever. So lines wait here, as many as there is room for, and go out when
 * the descriptor takes them. Where the client asked for `batch`, what waits goes out as one JSON
 * array. It refuses to know what lines say, and what happens when they get too many. Implemented
 * in handler/outq.c. Never blocks on a descriptor that is non-blocking or polled as writable; holds
 * no memory while nothing waits. */
#ifndef HANDLER_OUTQ_H
#define HANDLER_OUTQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

struct outq {
	int fd;		  /* borrowed */
	int flags;	  /* of it as it was found; -1: left alone */
	bool batch;	  /* several waiting lines may go out as one array */
	size_t max;	  /* bytes that may wait */
	struct buf lines; /* each ends in \n; the last may be unfinished */
	size_t begun;	  /* where in `lines` the unfinished one begins */
	size_t sent;	  /* bytes of `lines` that went out */
	struct buf array; /* goes out before `lines`; empty unless batch */
	uint64_t count;	  /* lines ever put, for the log */
};

/* A pipe or socket becomes non-blocking until outq_fini. */
void outq_init(struct outq *q, int fd, size_t max);
void outq_fini(struct outq *q);

/* Appends a piece of a line; outq_end ends the line. What would break it (a newline between two
 * tokens) becomes a space. outq_end returns 0; or -1 when more than max bytes wait now or memory
 * ran out: the caller must then give the client up, by outq_cut and a last line. */
void outq_put(struct outq *q, const void *bytes, size_t n);
int outq_end(struct outq *q);

/* Forgets all that waits, but the rest of a message that has begun to go out: there the client is
 * waiting for its end. */
void outq_cut(struct outq *q);

/* Writes what fits. 0, or -1 with errno when nobody reads any more. */
int outq_flush(struct outq *q);

/* Bytes that wait. */
size_t outq_waiting(const struct outq *q);

bool outq_is_empty(const struct outq *q);

#endif
