/* jose – a token's outside, read before anything in it is believed.
 *
 * A JWT in compact form is header.payload.signature (RFC 7515 §7.1). This takes it apart, strictly,
 * and reads from the header what is needed to choose a key. What the header offers as a key of its
 * own (jwk, jku, x5u, x5c) is never looked at. Private to token.c. Implemented in jose.c.
 * Pure. */
#ifndef BECKON_JOSE_H
#define BECKON_JOSE_H

#include <stdbool.h>
#include <stddef.h>

#include "keys.h"

struct jose {
	enum algorithm algorithm;
	bool has_kid;
	char kid[129];
	size_t signed_len;	  /* bytes of the text that the signature is over */
	unsigned char *header;	  /* decoded; owns the memory of all three */
	unsigned char *payload;	  /* strict JSON, an object */
	unsigned char *signature;
	size_t header_len, payload_len, signature_len;
};

/* Reads n bytes of text. Returns 0; or -1 with why. To be freed with jose_fini in either case. */
int jose_read(struct jose *j, const char *text, size_t n, char *why, size_t size);

void jose_fini(struct jose *j);

/* Does an object in the payload, at any depth, have two members of one name? Readers differ about
 * which of them counts (RFC 7519 §4). Quadratic: for payloads whose signature is good. */
bool jose_payload_has_twins(const struct jose *j);

#endif
