/* fetch – one GET of a small document from a server that nobody vouches for.
 *
 * https with the certificate verified, or plain http on this machine; no redirects, no
 * compression; bounded in size, in time, in everything. The only file that knows libcurl
 * (fetch.c). It refuses to know what the document is. */
#ifndef BECKON_FETCH_H
#define BECKON_FETCH_H

#include <stddef.h>

#include "bounds.h"

struct fetch {
	const char *url;
	const char *ca;	  /* file of the only authorities to be trusted; "": the system's */
	const char *etag; /* of what we have; "": nothing */
};

struct fetched {
	long status; /* 200, or 304: the same as we have */
	char etag[ETAG_MAX + 1];
	long max_age; /* seconds; -1: not said */
	size_t len;
	char body[KEY_FILE_MAX];
};

/* Blocks, at most JWKS_FETCH_TIME. 0, or -1 with one line in why, which holds nothing of the
 * address and nothing the server said but its status. */
int fetch_get(const struct fetch *what, struct fetched *got, char *why, size_t size);

#endif
