/* token – is this JWT good here, and whom does it let into which rooms?
 *
 * Shared by authorizer, broker and beckonctl; implemented in broker/token/token.c, the only file
 * that knows libjwt. It reads `alg` and `kid` first, picks the key, pins the algorithm to the
 * key, verifies, and only then lets libjwt decode; claims are checked here, as libjwt 1.10.2 checks
 * none.
 * Pure but for the keys it is given; the time is an argument. RFC 7515, 7518, 7519; protocol §2. */
#ifndef BECKON_TOKEN_H
#define BECKON_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bounds.h"
#include "endpoint.h"
#include "keys.h"
#include "refusal.h"

struct token_policy {
	const char *issuer;   /* "" : any */
	const char *audience; /* "" : any */
	long leeway;	      /* seconds */
	const char *never;    /* another door's, that it must not name; "": none */
};

/* What a token lets an application do by the API: bits, by the words of `scope`. */
enum scope {
	SCOPE_READ = 1,	    /* beckon:read: see rooms, who is in them, who is banned */
	SCOPE_MODERATE = 2, /* beckon:moderate: kick, ban, unban, write, close */
};

/* What a token grants, in whichever shape it said so (ours, LiveKit's, Jitsi's). */
struct grants {
	bool host;		 /* role "host", roomAdmin, moderator */
	bool participant;	 /* role "participant": said so; not host unless first */
	bool no_audio, no_video, no_share, no_data;
	unsigned scopes;	 /* of enum scope */
	bool any_room;		 /* no grant names rooms, or one is `*` */
	int rooms;
	char room[GRANT_ROOMS_MAX][ROOM_ID_MAX + 2]; /* trailing `*`: prefix */
};

struct token {
	char sub[SUB_MAX + 1];
	char name[DISPLAY_NAME_MAX + 1]; /* displayName, protocol §2 */
	int64_t expires;	 /* ms since 1970: `exp` and the leeway */
	struct grants grants;
};

/* Verifies. Returns REFUSED_NOT with *t filled; else TOKEN_MISSING, TOKEN_INVALID or TOKEN_EXPIRED
 * with a short reason for people in why, which holds nothing of the token but names of claims and
 * algorithms, a cut kid, and when it ended. Lets the keys look for changes first (keys_refresh).
 * now: ms since 1970. */
enum refusal token_verify(const char *text, struct keys *keys, const struct token_policy *policy,
    int64_t now, struct token *t, char *why, size_t size);

/* The same, telling of each check as it is made, in order, up to the one that fails: for people who
 * ask why a token is refused. `found` may show names, times and `sub`, never the signature. */
typedef void token_tell(void *context, const char *check, bool passed, const char *found);
enum refusal token_explain(const char *text, struct keys *keys, const struct token_policy *policy,
    int64_t now, struct token *t, token_tell *tell, void *context);

/* The word of one scope; static. */
const char *scope_name(enum scope scope);

/* Does it let its bearer into this room? REFUSED_NOT or REFUSED_ROOM_FORBIDDEN. */
enum refusal token_grants_room(const struct token *t, const char *room);

/* Signs the claims (JSON text of one object) with the key of that kid, or with the first secret
 * where kid is NULL. For testing and operators. Returns the token, to be freed; NULL with why. */
char *token_mint(const char *claims, struct keys *keys, const char *kid, char *why, size_t size);

#endif
