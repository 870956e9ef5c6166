/* cgi – what the gateway put into the environment of a handler.
 *
 * websocketd speaks CGI (RFC 3875): the request's path, query and headers are variables. Here they
 * become the request that is proved to the broker, and what was secret in them is overwritten: an
 * environment can be read in /proc for as long as its process lives. Implemented in handler/cgi.c.
 * Pure, but for the environment it is given. */
#ifndef HANDLER_CGI_H
#define HANDLER_CGI_H

#include "bounds.h"
#include "buf.h"
#include "request.h"

/* Big, because of the token: on the heap, and not for longer than the join. */
struct cgi {
	struct request request;
	char origin[ORIGIN_MAX + 1];
	char connection[CONNECTION_ID_MAX + 1]; /* never empty */
	char address[ADDRESS_MAX + 1]; /* the client's, as nginx says; may be empty */
};

/* Returns REFUSED_NOT, or what is wrong with the request as far as form goes. c->connection is set
 * in either case; pid serves as one where the gateway gave none. */
enum refusal cgi_read(struct cgi *c, char *const *environment, long pid);

/* Appends the JOIN that proves it to the broker. Allocates once: no copy of the token stays behind
 * but the one to be wiped. */
void cgi_put_join(const struct cgi *c, struct buf *to);

/* Overwrites the token in c, and all of the environment. */
void cgi_wipe(struct cgi *c, char **environment);

#endif
