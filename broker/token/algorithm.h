/* algorithm – what each algorithm of RFC 7518 §3 asks of a key.
 *
 * Private to the modules that know keys and tokens; the enum is in keys.h. Implemented in
 * algorithm.c. Pure. */
#ifndef BECKON_ALGORITHM_H
#define BECKON_ALGORITHM_H

#include <stddef.h>

#include "keys.h"

enum key_kind { KEY_NONE, KEY_SECRET, KEY_RSA, KEY_EC };

struct algorithm_row {
	const char *name; /* in a token's header */
	enum key_kind kind;
	const char *digest; /* OpenSSL's name */
	size_t least;	    /* bytes of a secret (§3.2: the hash's), bits of a modulus (§3.3) */
	const char *crv;    /* RFC 7518 §6.2.1.1; NULL where there is no curve */
	const char *group;  /* the same for OpenSSL */
	size_t coordinate;  /* bytes of x and of y */
};

extern const struct algorithm_row algorithm_table[ALGORITHMS];

#endif
