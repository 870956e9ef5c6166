/* authorize – may this client become a WebSocket connection, and if not, why not?
 *
 * The authorizer's decision: the checks of protocol §1 in their order of precedence, of which the
 * first that fails is the answer. It refuses to know FastCGI, HTTP answers and how the broker is
 * asked. Pure, given the keys and the broker's word. Implemented in authorize.c. */
#ifndef BECKON_AUTHORIZE_H
#define BECKON_AUTHORIZE_H

#include <stdint.h>

#include "admit.h"
#include "buf.h"
#include "keys.h"
#include "refusal.h"
#include "request.h"
#include "token.h"

/* What a client has come for: to connect; to be told whether it could; to be told of TURN
 * servers, which is for whoever may enter some room; or its browser asks whether a page of that
 * origin may read the answer to these (the preflight of the Fetch standard). */
enum errand {
	ERRAND_CONNECT,
	ERRAND_VALIDATE,
	ERRAND_PREFLIGHT,
	ERRAND_TURN,
	ERRAND_TURN_PREFLIGHT,
	ERRANDS
};

/* A request, as nginx passes it on. All strings; "" where a header is absent. Borrowed. */
struct visit {
	enum errand errand;
	const char *method;
	const char *uri; /* raw: path and query as the client sent them */
	const char *origin, *authorization;
	const char *upgrade, *connection, *version, *key; /* the last two are Sec-WebSocket-… */
};

/* What is judged by. Borrowed. */
struct authority {
	struct keys *keys;
	struct token_policy policy;
	const char *origins; /* as origin_is_allowed takes them, with the port */
	int port;
	/* Asks the broker, as admit_ask does. May block. */
	void (*admit)(void *context, const struct request *r, const struct token *t,
	    struct verdict *v);
	void *context;
};

struct judgement {
	enum refusal refusal;	/* REFUSED_NOT: let it pass */
	char why[256];		/* more about that, for people; may be empty */
	const char *reader;	/* the origin whose pages may read the answer; "": none. Borrowed */
	bool placed;		/* endpoint and room of the request were read */
	struct verdict verdict; /* the broker's; zeroes where it was not asked */
	struct request request; /* read as far as the checks came; wipe it after use */
	struct token token;
};

/* Fills j. now: ms since 1970. */
void authorize(const struct authority *by, const struct visit *v, int64_t now,
    struct judgement *j);

/* Appends what an admitted request asks for, in canonical form and without its token:
 * /ws/ENDPOINT/ROOM?caps=…&resume=… */
void authorize_target(struct buf *to, const struct request *r);

#endif
