/* algorithm – the table of algorithms. */
#include "algorithm.h"

#include <string.h>

/* clang-format off */
const struct algorithm_row algorithm_table[ALGORITHMS] = {
	/*            name     kind        digest    least  crv      group         coordinate */
	[ALG_NONE] = { "none",  KEY_NONE,   NULL,        0,  NULL,    NULL,          0 },
	[HS256]    = { "HS256", KEY_SECRET, "SHA256",   32,  NULL,    NULL,          0 },
	[HS384]    = { "HS384", KEY_SECRET, "SHA384",   48,  NULL,    NULL,          0 },
	[HS512]    = { "HS512", KEY_SECRET, "SHA512",   64,  NULL,    NULL,          0 },
	[RS256]    = { "RS256", KEY_RSA,    "SHA256", 2048,  NULL,    NULL,          0 },
	[RS384]    = { "RS384", KEY_RSA,    "SHA384", 2048,  NULL,    NULL,          0 },
	[RS512]    = { "RS512", KEY_RSA,    "SHA512", 2048,  NULL,    NULL,          0 },
	[ES256]    = { "ES256", KEY_EC,     "SHA256",    0,  "P-256", "prime256v1", 32 },
	[ES384]    = { "ES384", KEY_EC,     "SHA384",    0,  "P-384", "secp384r1",  48 },
	[ES512]    = { "ES512", KEY_EC,     "SHA512",    0,  "P-521", "secp521r1",  66 },
};
/* clang-format on */

const char *
algorithm_name(enum algorithm a)
{
	return algorithm_table[a].name;
}

/* Exactly as RFC 7518 spells it: "hs256" and "None" are nobody's algorithm. */
enum algorithm
algorithm_find(const char *name, size_t n)
{
	for (int a = ALG_NONE + 1; a < ALGORITHMS; a++) {
		const char *known = algorithm_table[a].name;

		if (strlen(known) == n && memcmp(known, name, n) == 0)
			return (enum algorithm)a;
	}
	return ALG_NONE;
}
