/* admit – would the broker let this subject into this room, just now, and as what?
 *
 * The question the authorizer asks before an upgrade, so that banned, locked and full are HTTP
 * answers. It commits nobody to anything: the broker decides again at the join. Implemented in
 * admit.c. */
#ifndef BECKON_ADMIT_H
#define BECKON_ADMIT_H

#include "bounds.h"
#include "refusal.h"
#include "request.h"
#include "token.h"

struct ask;

/* The broker's word on it. */
struct verdict {
	enum refusal refusal;	 /* REFUSED_NOT: it would */
	int retry_after;	 /* seconds; 0: not said */
	char role[ROLE_MAX + 1]; /* that the subject would have; empty where it is refused */
};

/* Asks about the bearer of the token in the place of the request, and fills v. Blocks as
 * ask_question, at most ADMIT_PATIENCE ms. A broker that cannot be asked or is not understood is
 * REFUSED_UNAVAILABLE. */
void admit_ask(struct ask *broker, const struct request *r, const struct token *t,
    struct verdict *v);

enum { ADMIT_PATIENCE = 1000 }; /* ms; a client waits for its answer meanwhile */

#endif
