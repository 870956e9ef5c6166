/* keys – the verification keys, from a folder that an operator fills.
 *
 * KID.ALG.pem holds a public key or certificate, KID.ALG.secret raw bytes (one trailing newline
 * ignored), jwks.json a JWK set (RFC 7517). Each key has exactly one algorithm; its type, size and
 * curve are checked against that when it is loaded. A file that is not acceptable is named in a
 * message and left out; the others serve. Reads files; every other call is pure. Implemented in
 * broker/keys.c (the set), key_file.c (one file), pubkey.c, jwk.c and algorithm.c. */
#ifndef BECKON_KEYS_H
#define BECKON_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "bounds.h"

enum algorithm {
	ALG_NONE, HS256, HS384, HS512, RS256, RS384, RS512, ES256, ES384, ES512, ALGORITHMS
};

const char *algorithm_name(enum algorithm a);		  /* "HS256" …; static */
enum algorithm algorithm_find(const char *name, size_t n); /* ALG_NONE where unknown */

struct key {
	char kid[129];
	enum algorithm algorithm;
	unsigned char *bytes; /* the secret, or the public key as PEM; NUL-terminated */
	size_t len;
};

struct keys; /* owns its keys; wipes secrets when freed */

/* For each file refused: `keys: FILE: …`, one line for people, without key material. May be
 * NULL. */
typedef void keys_complain(void *context, const char *message);

/* Opens the folder and loads it. NULL only when out of memory: an unreadable folder is a complaint
 * and an empty set. */
struct keys *keys_open(const char *folder, keys_complain *complain, void *context);
void keys_free(struct keys *k);

/* Loads again if a file came, went or changed (size, mtime in ns, inode). Looks at most once a
 * second by `now` (ms). Returns 1 when it loaded, 0 when not; keys borrowed before are then
 * gone. */
int keys_refresh(struct keys *k, int64_t now);

/* The key for a token: by kid where it has one (never another), else the only one of that
 * algorithm. NULL where none fits; *why gets static text for people. Borrowed. */
const struct key *keys_find(const struct keys *k, const char *kid, enum algorithm a,
    const char **why);

/* For listing: the i-th key or NULL. Borrowed. */
const struct key *keys_at(const struct keys *k, size_t i);

#endif
