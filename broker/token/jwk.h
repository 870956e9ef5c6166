/* jwk – one key of a JWK set (RFC 7517, RFC 7518 §6).
 *
 * RSA and EC public keys. Secrets (`oct`) and private members are refused: whoever publishes them
 * has lost them. Private to key_file.c and jwks.c. Implemented in jwk.c. Pure. */
#ifndef BECKON_JWK_H
#define BECKON_JWK_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "keys.h"

/* Fills kid (empty where there is none), algorithm, and the public key; to be freed with key_fini.
 * The algorithm is the one in `alg`; where that is absent RS256, or the one of the curve. Returns
 * 0, or -1 with why and nothing to free. */
int jwk_read(const cJSON *jwk, struct key *key, char *why, size_t size);

/* Does it hold, or claim to be, what nobody should publish: a secret, a private member? */
bool jwk_is_secret(const cJSON *jwk);

/* Is it one for encrypting, which providers publish beside those that verify? It is none of ours,
 * and no mistake. */
bool jwk_is_for_encryption(const cJSON *jwk);

#endif
