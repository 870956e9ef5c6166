/* keys – the verification keys, from a folder that an operator fills.
 *
 * KID.ALG.pem holds a public key or certificate, KID.ALG.secret raw bytes (one trailing newline
 * ignored), jwks.json a JWK set (RFC 7517). Each key has exactly one algorithm; its type, size and
 * curve are checked against that when it is loaded. A file that is not acceptable is named in a
 * message and left out; the others serve. Besides there may be the set that the authorizer fetched
 * from an identity provider; on the same kid the folder's key is the one. Reads files; every other
 * call is pure. Implemented in broker/token/: keys.c (the set), key_file.c (one file), pubkey.c,
 * jwk.c and algorithm.c. */
#ifndef BECKON_KEYS_H
#define BECKON_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bounds.h"

enum algorithm {
	ALG_NONE, HS256, HS384, HS512, RS256, RS384, RS512, ES256, ES384, ES512, ALGORITHMS
};

const char *algorithm_name(enum algorithm a);		  /* "HS256" …; static */
enum algorithm algorithm_find(const char *name, size_t n); /* ALG_NONE where unknown */

struct evp_pkey_st; /* OpenSSL's EVP_PKEY */

/* Of the two the one that its algorithm asks for; the other is NULL. */
struct key {
	char kid[129];
	enum algorithm algorithm;
	unsigned char *secret; /* NUL-terminated */
	size_t len;	       /* of the secret, without the NUL */
	struct evp_pkey_st *public; /* read once: that takes longer than to verify by it */
};

/* Wipes and frees what is in it. */
void key_fini(struct key *key);

struct keys; /* owns its keys; wipes secrets when freed */

/* For each file refused: `keys: FILE: …`, one line for people, without key material. May be
 * NULL. */
typedef void keys_complain(void *context, const char *message);

/* Opens the folder and loads it. NULL only when out of memory: an unreadable folder is a complaint
 * and an empty set. */
struct keys *keys_open(const char *folder, keys_complain *complain, void *context);
void keys_free(struct keys *k);

/* From now on with the keys that were fetched from url and are kept in data_dir (jwks.h), and loads
 * them; nothing happens where url is empty or NULL. Returns 0, or -1 when out of memory. */
int keys_use_fetched(struct keys *k, const char *data_dir, const char *url);

/* What to do when a token names a kid that no key has; true where the files may have changed by
 * it. May block. Without one (NULL) there is nothing to do. */
typedef bool keys_miss(void *context);
void keys_on_miss(struct keys *k, keys_miss *miss, void *context);

/* Loads again if a file came, went or changed (size, mtime in ns, inode). Looks at most once a
 * second by `now` (ms). Returns 1 when it loaded, 0 when not; keys borrowed before are then
 * gone. */
int keys_refresh(struct keys *k, int64_t now);

/* No key has this kid: one that just came may. Looks at the files, whenever that was done last, and
 * if it is still missing and could be one of a fetched set, does what keys_on_miss said. Returns
 * true when keys were loaded; those borrowed before are then gone. */
bool keys_seek(struct keys *k, const char *kid, enum algorithm a);

/* The key for a token: by kid where it has one (never another), else the only one of that
 * algorithm. NULL where none fits; *why gets static text for people. Borrowed. */
const struct key *keys_find(const struct keys *k, const char *kid, enum algorithm a,
    const char **why);

/* For listing: the i-th key or NULL. Borrowed. */
const struct key *keys_at(const struct keys *k, size_t i);

#endif
