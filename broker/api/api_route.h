/* api_route – what there is under /api/: a table of paths, methods and rights.
 *
 * It refuses to know who asks, and how the broker is asked. Implemented in api_route.c. Pure. */
#ifndef BECKON_API_ROUTE_H
#define BECKON_API_ROUTE_H

#include <stddef.h>

#include "api_fault.h"
#include "bounds.h"
#include "token.h"

struct api_route {
	const char *method;
	const char *path; /* below /api/; a `*` is one part of it, whatever that is */
	enum scope scope; /* which a token must have */
	const char *body; /* in the language of body.h; NULL: there is none */
	const char *command; /* the broker's, with the names of its words; api_words.h */
	const char *answer;  /* what the application is told; api_answer.h. NULL: that it is done */
};

/* What the stars of a path stood for, decoded; "" where it has none of them. */
struct api_place {
	char room[ROOM_KEY_MAX + 1]; /* endpoint/roomId */
	char client[SUB_MAX + 1];
};

/* The row for a method and a raw path with whatever query; HEAD is GET. FAULT_NONE; or NOT_FOUND;
 * METHOD with the methods that are there, as Allow has them (RFC 9110 §10.2.1), in `allow`; or
 * what is wrong with the place, BAD_ROOM or BAD_REQUEST. */
enum { API_ALLOW_SIZE = 64 };
enum api_fault api_route_find(const char *method, const char *uri, const struct api_route **route,
    struct api_place *place, char allow[API_ALLOW_SIZE]);

/* For listing: the i-th row; NULL behind the last. */
const struct api_route *api_route_at(size_t i);

#endif
