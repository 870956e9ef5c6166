/* api_judge – may this application do this, and is it clear what?
 *
 * The checks of a request under /api/ in their order of precedence, of which the first that fails
 * is the answer: what there is, who asks (an application by a token of its own, and no page), what
 * the token's scope allows, what the body says. It refuses to know FastCGI, and how the broker is
 * asked. Pure, given the keys. Implemented in api_judge.c. */
#ifndef BECKON_API_JUDGE_H
#define BECKON_API_JUDGE_H

#include <stdint.h>

#include "api_route.h"
#include "json.h"
#include "keys.h"
#include "token.h"

/* A request, as nginx passes it on. All strings; "" where a header is absent. Borrowed. */
struct api_call {
	const char *method;
	const char *uri; /* raw: path and query as they were sent */
	const char *origin, *authorization, *type;
	const char *body; /* NULL: longer than API_BODY_MAX */
	size_t len;
};

/* What is judged by. Borrowed. */
struct api_authority {
	struct keys *keys;
	struct token_policy policy; /* audience "": there is no API */
};

struct api_judgement {
	enum api_fault fault;	       /* FAULT_NONE: it may be done */
	char why[256];		       /* more about that, for people; may be empty */
	const struct api_route *route; /* NULL: there is none */
	struct api_place place;
	char allow[API_ALLOW_SIZE];
	struct token token;	  /* whose sub is the application, once the token was good */
	struct json_span payload; /* of the body, as the route has it; borrowed */
};

/* Fills j. now: ms since 1970. */
void api_judge(const struct api_authority *by, const struct api_call *c, int64_t now,
    struct api_judgement *j);

#endif
