/* grants – what a token lets its bearer do, in whichever shape it says so.
 *
 * Ours, LiveKit's and Jitsi's claims (protocol §2) become one struct grants. A grant of the wrong
 * type refuses the token: read as absent it would grant more, not less. Private to claims.c; the
 * struct and token_grants_room are in token.h. Implemented in grants.c. Pure. */
#ifndef BECKON_GRANTS_H
#define BECKON_GRANTS_H

#include <stddef.h>

#include <cjson/cJSON.h>

#include "token.h"

/* Returns 0, or -1 with why (the grant's name and what was expected, nothing of its value). */
int grants_read(struct grants *g, const cJSON *claims, char *why, size_t size);

#endif
