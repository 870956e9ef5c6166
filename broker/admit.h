/* admit – would the broker let this subject into this room, just now?
 *
 * The question the authorizer asks before an upgrade, so that banned, locked and full are HTTP
 * answers. It commits nobody to anything: the broker decides again at the join. Implemented in
 * broker/admit.c. */
#ifndef BECKON_ADMIT_H
#define BECKON_ADMIT_H

#include "ask.h"
#include "endpoint.h"
#include "refusal.h"

/* Blocks as ask_question, at most ADMIT_PATIENCE ms. REFUSED_NOT, or why not; a broker that cannot
 * be asked or is not understood is REFUSED_UNAVAILABLE. *retry_after gets seconds, 0: not said. */
enum refusal admit_ask(struct ask *broker, enum endpoint endpoint, const char *room,
    const char *sub, int *retry_after);

enum { ADMIT_PATIENCE = 1000 }; /* ms; a client waits for its answer meanwhile */

#endif
