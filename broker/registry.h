/* registry – the broker's books: which handler speaks for which session, which room publishes
 * where.
 *
 * A peer is a handler that joined: it is found by its pipe, which only the kernel can give, and by
 * its session. An outlet is the way out of a room; in-room peers stand in its list. Each pair of
 * functions keeps all indexes together; nothing else touches them. It refuses to know what peers
 * may do. Pure; implemented in broker/registry.c. A failed allocation ends the process, as in
 * core.h. */
#ifndef BECKON_REGISTRY_H
#define BECKON_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>

#define uthash_fatal(message) abort()
#include <uthash.h>

#include "answers.h"
#include "bounds.h"
#include "channel.h"
#include "mail.h"
#include "quota.h"
#include "ticket.h"

struct bus_topic;

struct outlet {
	uint64_t room;
	struct channel channel;
	struct bus_topic *topic; /* NULL: could not be opened; the caller's */
	struct peer *peers;	 /* in-room */
	size_t peer_count;	 /* of these */
	char key[ROOM_KEY_MAX + 1]; /* "endpoint/room" */
	struct {
		uint64_t messages; /* that people sent, mail included */
		uint64_t bytes;	   /* handed out: of a message, as often as there are hearers */
	} made;
	bool touched;		 /* has something to publish in this round */
	struct outlet *touched_next, *touched_prev;
	UT_hash_handle hh;
};

struct peer {
	uint64_t session;
	uint32_t pipe;		/* of its requests; 0: away, and may come back with its ticket */
	uint32_t subscription;	/* pipe on its room's topic; 0: none known */
	pid_t pid;		/* of the process that joined */
	bool over;		/* the core has forgotten it; only its mail is left to fetch */
	uint64_t since;		/* what was said up to here is not for it */
	uint64_t until;		/* it is over: what was said up to here still is; 0: nothing */
	uint64_t missed;	/* and this far it was not there, and hears it now; 0: nothing */
	uint64_t replayed;	/* what was last asked for again, over this pipe … */
	unsigned again;		/* … and how often it was not further on */
	uint64_t member, room_id;
	struct outlet *outlet;	/* NULL: in the lobby, or over */
	struct mail mail;
	struct answers answers;
	struct quota quota;
	struct {
		uint64_t events, bytes; /* that came from it */
		uint64_t holes;		/* it asked for what it missed, so often */
	} made;
	char key[ROOM_KEY_MAX + 1]; /* "endpoint/room" */
	const char *room;	/* in key: its tokens have to grant it */
	char *sub;		/* never NULL once it is named */
	uint8_t name[TICKET_NAME]; /* of the session, in its ticket */
	int64_t expires;	/* in its ticket */
	int64_t joined;		/* ms */
	char connection[CONNECTION_ID_MAX + 1]; /* for logs */
	char address[ADDRESS_MAX + 1]; /* of the client, as the handler says; may be "" */
	int64_t heard;		/* ms, when it asked something last; 0: nothing is expected of it */
	bool touched;		/* has mail to send off in this round */
	struct peer *next, *prev; /* of the outlet */
	struct peer *touched_next, *touched_prev;
	struct peer *louder, *quieter;
	UT_hash_handle by_session, by_pipe;
};

struct registry {
	struct peer *by_session, *by_pipe;
	struct outlet *outlets;
	struct peer *quietest; /* who was heard longest ago comes first */
	/* What the end of the round has to look at. */
	struct peer *touched_peers;
	struct outlet *touched_outlets;
};

struct peer *peer_open(struct registry *r, uint64_t session, uint32_t pipe);
void peer_name(struct peer *p, const char *key, const char *sub); /* both are copied */
void peer_attach(struct registry *r, struct peer *p, uint32_t pipe); /* instead of an older one */
void peer_close(struct registry *r, struct peer *p); /* its poll has been taken */
struct peer *peer_by_session(const struct registry *r, uint64_t session);
struct peer *peer_by_pipe(const struct registry *r, uint32_t pipe);
void peer_hear(struct registry *r, struct peer *p, int64_t now); /* now: never before the last */
void peer_excuse(struct registry *r, struct peer *p);
void peer_enter(struct peer *p, struct outlet *o); /* comes in-room */
void peer_leave(struct peer *p);
void peer_touch(struct registry *r, struct peer *p);
struct peer *peer_next_touched(struct registry *r); /* and not touched any more; NULL: none left */

struct outlet *outlet_open(struct registry *r, uint64_t room);
void outlet_name(struct outlet *o, const char *key, size_t len); /* it is copied */
void outlet_close(struct registry *r, struct outlet *o); /* those in it leave */
struct outlet *outlet_find(const struct registry *r, uint64_t room);
void outlet_touch(struct registry *r, struct outlet *o);
struct outlet *outlet_next_touched(struct registry *r);

#endif
