/* broker – the loop around the rooms: takes what arrived, has the core decide, sends what it says.
 *
 * One thread owns all of it. Each round takes the time once, takes what is there (never more than
 * BUS_BATCH), applies it to the core, and then sends: one bus message for each room with everything
 * said in it, mail into the polls that wait for it, replies. Nothing waits for a batch to fill;
 * batches grow by themselves under load.
 *
 * This header is shared by the files of the broker: broker.c (rounds), broker_asked.c (requests of
 * handlers), broker_join.c (ways in), broker_carry.c (what the core says), broker_ctl.c (operators). */
#ifndef BECKON_BROKER_H
#define BECKON_BROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "bus.h"
#include "bye.h"
#include "core.h"
#include "frame.h"
#include "keys.h"
#include "log.h"
#include "ration.h"
#include "registry.h"
#include "token.h"
#include "wallclock.h"

/* All borrowed for as long as the broker lives. */
struct broker_conf {
	const char *folder;  /* of the sockets; made and locked (rundir.h) */
	const char *keys;    /* folder */
	const char *origins; /* see origin.h */
	int port;	     /* of the service, for its own origin */
	struct token_policy policy;
	uid_t peer;	     /* the handlers' user, where it is not ours; else (uid_t)-1 */
};

/* A request being worked on: what is appended to `to` becomes its reply. */
struct asked {
	struct bus_request *request;
	uint32_t pipe;
	struct frame frame;  /* the first, or the only one */
	const uint8_t *rest; /* the others; all of them are frames, that was looked at */
	size_t rest_len;
	struct buf *to;
	bool held; /* the request is kept; it is answered later */
};

/* Replies wait for the end of the round. The bytes of all lie in one buffer. */
struct reply {
	enum bus_door door;
	struct bus_request *request;
	size_t at, len;
};

struct broker {
	struct broker_conf conf;
	struct bus *bus;
	struct core *core;
	struct keys *keys;
	struct registry registry;
	struct wallclock clock;
	int64_t now; /* ms, of this round */
	int64_t due; /* when the core wants to be called */
	bool draining, over;
	struct outbox out;
	struct reply *replies;
	size_t reply_count, reply_cap;
	struct buf reply_bytes;
	struct ration broken, refused; /* log lines that a stranger can cause */
};

/* NULL with one line in why. */
struct broker *broker_open(const struct broker_conf *conf, char *why, size_t size);
void broker_close(struct broker *b);

/* Works until a signal to end comes out of signal_fd (signalfd(2): INT, TERM; HUP reads the keys
 * again). */
void broker_run(struct broker *b, int signal_fd);

/* broker_asked.c: one whole message. 0, or -1: it is not what a handler of ours says. */
int broker_answer(struct broker *b, struct asked *a);
void broker_refuse(struct asked *a, enum refusal why);

/* broker_join.c */
int broker_join(struct broker *b, struct asked *a);
int broker_admit(struct broker *b, struct asked *a);
void broker_verify(struct broker *b, const struct out *o); /* a new token of a session */
int broker_load_keys(struct broker *b);			     /* all anew */

/* broker_carry.c: does what the core has put into b->out. replies (NULL: nobody is asking) gets the
 * answers to events. */
void broker_carry(struct broker *b, struct buf *replies);

/* Mail for a peer. One whose mail piles up is sent away. */
void broker_mail(struct broker *b, struct peer *p, const struct frame *f);

/* Ends a session from outside of the core: the others learn `reason`, its client the bye. */
void broker_dismiss(struct broker *b, struct peer *p, enum bye why);

/* What the room has said since the last time. */
void broker_publish(struct outlet *o);

/* Opens the outlet's topic if it has none. 0, or -1 after a line in the log. */
int broker_give_topic(struct broker *b, struct outlet *o);

/* broker_ctl.c: an operator's command line; the answer is JSON. */
int broker_command(struct broker *b, struct asked *a);

#endif
