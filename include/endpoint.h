/* endpoint – the three doors of the service: zoom, screenshare, chat.
 *
 * A room is the pair (endpoint, room id); the endpoints differ in defaults only (protocol §9).
 * Implemented in handler/request.c. */
#ifndef BECKON_ENDPOINT_H
#define BECKON_ENDPOINT_H

#include <stddef.h>

enum endpoint { ENDPOINT_ZOOM, ENDPOINT_SCREENSHARE, ENDPOINT_CHAT, ENDPOINTS };

/* "zoom", "screenshare", "chat"; static. */
const char *endpoint_name(enum endpoint e);

/* Returns 0 and sets *e, or -1 where the name (n bytes, no NUL needed) is none of the three. */
int endpoint_find(const char *name, size_t n, enum endpoint *e);

#endif
