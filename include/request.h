/* request – what a client asks for in its upgrade request: endpoint, room, token, wishes.
 *
 * The one place that reads paths and query strings (protocol §1), used by the authorizer before
 * the upgrade and by the handler after it, so that both see the same room. It judges form only:
 * not the token's content, not the origin. Implemented in handler/request.c. Pure. */
#ifndef BECKON_REQUEST_H
#define BECKON_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bounds.h"
#include "endpoint.h"
#include "refusal.h"

struct request {
	enum endpoint endpoint;
	char room[ROOM_ID_MAX + 1];
	char token[TOKEN_MAX + 1]; /* empty when missing; wipe after use */
	bool batch, delta;	   /* caps= */
	bool resume;		   /* resume=epoch.seq was given and well-formed */
	char epoch[33];
	uint64_t seq;
};

/* Where a request path (without the query) is still percent-encoded (nginx's $request_uri) or was
 * decoded by the gateway (CGI's PATH_INFO; decoding it again would name another room). */
enum path_form { PATH_ENCODED, PATH_DECODED };

/* Each returns REFUSED_NOT and fills its part of r, or why the request is refused: the path
 * (/ws/ENDPOINT/ROOM), or the place in it (ENDPOINT/ROOM), NOT_FOUND or BAD_ROOM; the credentials
 * TOKEN_MISSING (none, or empty) or TOKEN_INVALID (token= twice, longer than TOKEN_MAX, not of a
 * token's alphabet). `query` is raw, without `?`, and may be NULL, as may `authorization`, the
 * header's value; token= wins over `Bearer`. */
enum refusal request_read_path(struct request *r, const char *path, enum path_form form);
enum refusal request_read_place(struct request *r, const char *place, enum path_form form);
enum refusal request_read_query(struct request *r, const char *query, const char *authorization);

/* Percent-decodes one part of a path or a query (RFC 3986 §2.1) into cap bytes with a NUL. Its
 * length; -1: it is no such encoding, holds a NUL, or is too long. */
int request_decode(const char *part, size_t len, char *to, size_t cap);

/* Overwrites the token; the compiler is not allowed to leave it out. */
void request_wipe(struct request *r);

#endif
