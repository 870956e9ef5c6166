/* signature – did the holder of this key sign these bytes? RFC 7518 §3.
 *
 * libjwt could tell as well, but takes keys as text only: it read the PEM again for each token,
 * which took longer than the arithmetic (µs for a whole token, by `make token-cost`: RS256 259 and
 * now 23, ES256 317 and now 52, ES512 602 and now 324). And it compares an HMAC as text, before
 * Debian's 1.10.2-1+deb12u1 with strcmp (CVE-2024-25189): whoever can measure that learns a
 * signature byte by byte. Private to token.c. Implemented in signature.c, by OpenSSL. Pure. */
#ifndef BECKON_SIGNATURE_H
#define BECKON_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

#include "keys.h"

/* Is this the signature of n bytes of text, by the key's algorithm and none other? In the one form
 * that a signature has there: exactly as long as the key asks, an ECDSA one as r and s. */
bool signature_is_right(const struct key *key, const void *text, size_t n,
    const unsigned char *signature, size_t len);

#endif
