/* pages – what nginx may ask the authorizer for, as a table.
 *
 * A request names its page (DOCUMENT_URI, set by nginx's configuration, never by a client).
 * Implemented in pages.c. */
#ifndef BECKON_PAGES_H
#define BECKON_PAGES_H

#include "authorizer.h"
#include "buf.h"
#include "fcgi.h"

/* Appends the answer to the request, headers and all; of a page that there is not, a refusal. May
 * block as the broker's answer does. */
void pages_serve(struct authorizer *a, const struct fcgi *f, struct buf *to);

#endif
