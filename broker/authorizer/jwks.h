/* jwks – a JWK set that came over the network, and the file it is kept in.
 *
 * What an identity provider publishes becomes our own text: the keys a token may be verified with,
 * of each only what that takes, and beside them the address and ETag they came with. So one file,
 * replaced as a whole, holds all there is to know, and a set from one address is never taken for
 * another's. Whoever publishes secrets or one kid twice is not believed in anything. Implemented in
 * jwks.c. */
#ifndef BECKON_JWKS_H
#define BECKON_JWKS_H

#include <stddef.h>

#include "buf.h"

/* DATA_DIR/jwks/jwks.json: a folder of its own, as another user may be who fetches. */
int jwks_path(char *to, size_t size, const char *data_dir);

/* Appends the set as it is kept. Returns how many keys it has; or -1 with why: no JWK set, none
 * that can be used, too many, a secret (`oct`, a private member), a kid that names two. A key that
 * is for something else (encryption, other algorithms) or weak is left out. Pure. */
int jwks_distil(struct buf *to, const char *text, size_t len, const char *url, const char *etag,
    char *why, size_t size);

/* Puts the text into the file, so that at any moment, also after a power cut, there is the whole
 * old one or the whole new one; makes the folder where it is absent. 1; 0 where the file held just
 * that already; -1 with why. */
int jwks_write(const char *path, const struct buf *text, char *why, size_t size);

/* The ETag of what the file holds; "" where it holds nothing that came from this address. `to` has
 * ETAG_MAX + 1 bytes. */
void jwks_etag(const char *path, const char *url, char *to);

#endif
