/* turn – what a client's RTCPeerConnection needs of STUN and TURN servers: addresses, credentials.
 *
 * Credentials are those of the TURN REST API (draft-uberti-behave-turn-rest-00), which coturn
 * knows as `use-auth-secret`: the name says when they end and whose they are, the password is an
 * HMAC of the name. So nothing is stored, and the TURN server asks nobody. It refuses to know who
 * may have them. Implemented in turn.c; shared by broker and authorizer. */
#ifndef BECKON_TURN_H
#define BECKON_TURN_H

#include <stddef.h>
#include <stdint.h>

#include "bounds.h"
#include "buf.h"

/* As configured; NULL is as good as "". Borrowed. */
struct turn_conf {
	const char *stun;   /* comma list, as ice_list_valid takes it; "": none */
	const char *relays; /* the same of TURN servers */
	const char *secret; /* file; "": none */
	long seconds;	    /* that credentials are good */
};

struct turn {
	struct turn_conf conf;
	size_t secret_len;
	unsigned char secret[TURN_SECRET_MAX];
};

/* Reads the secret, without the line end that an editor leaves. 0, or -1 with one line in why
 * (nothing of the secret): it is not there, too short, too long, or anybody may read it; then t is
 * as it was. */
int turn_load(struct turn *t, const struct turn_conf *conf, char *why, size_t size);
void turn_fini(struct turn *t);

/* Appends a JSON array of RTCIceServer (W3C webrtc-pc §4.2.4), with credentials for this subject.
 * now: ms since 1970. */
void turn_put(struct buf *to, const struct turn *t, const char *sub, int64_t now);

#endif
