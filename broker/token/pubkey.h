/* pubkey – public keys, by OpenSSL: read, judged, described.
 *
 * Private to the modules that know keys. Implemented in pubkey.c. Pure. */
#ifndef BECKON_PUBKEY_H
#define BECKON_PUBKEY_H

#include <stddef.h>

#include <openssl/evp.h>

#include "keys.h"

/* Reads the first block of a PEM: a public key, or a certificate for the key in it (its dates and
 * issuer are not looked at: the operator put it here). A file holding a private key anywhere is
 * refused, as it does not belong among verification keys. To be freed with EVP_PKEY_free; NULL with
 * why. */
EVP_PKEY *pubkey_read(const char *pem, size_t len, char *why, size_t size);

/* Is it a key this algorithm may use: right type, large enough, right curve, sound? 0, or -1 with
 * why. */
int pubkey_check(EVP_PKEY *key, enum algorithm a, char *why, size_t size);

/* Type and size for people: `RSA 2048 bits`, `EC P-256`. */
void pubkey_describe(EVP_PKEY *key, char *to, size_t size);

#endif
