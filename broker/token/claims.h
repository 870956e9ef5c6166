/* claims – is what a verified token says acceptable here, and who is it about?
 *
 * The registered claims (RFC 7519 §4.1) and the names of protocol §2, as a table of checks in the
 * order of precedence. It is given what the signature covered and knows nothing of signatures.
 * Private to token.c. Implemented in claims.c; what a token grants is grants.c. Pure. */
#ifndef BECKON_CLAIMS_H
#define BECKON_CLAIMS_H

#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "token.h"

struct claims {
	const cJSON *all; /* an object */
	const struct token_policy *policy;
	int64_t now; /* ms since 1970 */
	double exp;  /* seconds since 1970, once that check has passed */
	struct token *token; /* the checks fill it */
	char *why;	     /* what a check found; if it refuses, why: then nothing of a value */
	size_t size;
};

struct claims_check {
	const char *name;
	enum refusal (*run)(struct claims *c);
};

/* Ends with a row without a name. */
extern const struct claims_check claims_checks[];

#endif
