/* arrivals – connections whose FastCGI requests are still on their way.
 *
 * libfcgi reads a request as it comes, and waits for the rest as long as that takes: whoever sends
 * half of one would keep a worker to himself. So connections wait here, many at once, until all of
 * the request lies in the socket; one that is not complete after ARRIVAL_PATIENCE is closed. It
 * refuses to know what requests say, and takes nothing out of a socket. Of the FastCGI
 * specification it needs the record header (§3.3) and which streams end a request (§5).
 * Implemented in arrivals.c. */
#ifndef BECKON_ARRIVALS_H
#define BECKON_ARRIVALS_H

#include <stddef.h>
#include <stdint.h>

#include "bounds.h"

struct arrivals {
	int listener, epoll;
	uint64_t came; /* so many so far */
	struct arrival {
		int fd;		 /* -1: free */
		uint64_t number; /* in the order in which they came */
		int64_t until;	 /* ms, monotonic */
	} waiting[ARRIVALS_MAX];
};

/* listener: borrowed, and made non-blocking, as others may be faster. 0, or -1 with errno. */
int arrivals_init(struct arrivals *a, int listener);

/* Closes all that wait. */
void arrivals_fini(struct arrivals *a);

/* Blocks until a request is complete. Returns its connection, which is the caller's; -1 with errno:
 * EINTR, or what accepting or waiting said. */
int arrivals_next(struct arrivals *a);

/* Closes such a connection, whose request was answered. Does not wait for the other side. */
void arrival_end(int fd);

/* Is this a whole request, all of its parameters and its input? 1 yes, 0 not yet, -1 it will not be
 * one. */
int arrival_state(const uint8_t *at, size_t len);

#endif
