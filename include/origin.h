/* origin – may pages of this origin connect?
 *
 * Scheme, host and port equal to an entry of the list, default ports implied, host names without
 * case; nothing like a prefix or sub-domain match (RFC 6454 §4, protocol §1). Implemented in
 * broker/authorizer/origin.c. Pure. */
#ifndef BECKON_ORIGIN_H
#define BECKON_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

/* Is the comma list well-formed (`null` may be in it)? Otherwise false with why. */
bool origin_list_valid(const char *list, char *why, size_t size);

/* origin NULL or empty: not a browser, allowed. An empty list means http://localhost:3000 and the
 * service's own: http://localhost:PORT and http://127.0.0.1:PORT. */
bool origin_is_allowed(const char *origin, const char *list, int port);

#endif
