/* broker – the loop around the rooms: takes what arrived, has the core decide, sends what it says.
 *
 * One thread owns all of it. Each round takes the time once, takes what is there (never more than
 * BUS_BATCH), applies it to the core, stores what is to be stored in one transaction, writes down
 * what must outlive a crash, and only then sends: one bus message for each room with everything
 * said in it, mail into the polls that wait for it, replies. Nothing waits for a batch to fill;
 * batches grow by themselves under load.
 *
 * This header is shared by the files of the broker: broker.c (rounds), broker_doors.c (requests and
 * replies), broker_asked.c (what handlers ask for), broker_join.c (ways in), broker_carry.c (what
 * the core says), broker_store.c (what outlives it), broker_keep.c (what outlives a crash),
 * broker_recall.c (how it goes on after one), broker_rejoin.c (the way back in), broker_drain.c
 * (everybody's way out), broker_turn.c (what TURN servers know clients by), broker_lack.c (what has
 * run out), broker_ctl.c (operators), broker_observe.c (what it tells of itself). */
#ifndef BECKON_BROKER_H
#define BECKON_BROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "bus.h"
#include "bye.h"
#include "comings.h"
#include "core.h"
#include "drain.h"
#include "frame.h"
#include "keys.h"
#include "ledger.h"
#include "log.h"
#include "metrics.h"
#include "pace.h"
#include "process.h"
#include "ration.h"
#include "registry.h"
#include "store.h"
#include "ticket.h"
#include "token.h"
#include "turn.h"
#include "wallclock.h"

/* All borrowed for as long as the broker lives, or until reread gave another one. */
struct broker_conf {
	const char *folder;  /* of the sockets; made and locked (rundir.h) */
	const char *data;    /* folder of what outlives it; made where it is not there */
	const char *keys;    /* folder */
	const char *jwks_url; /* fetched by the authorizer, into the folder `data`; "" : none */
	const struct core_conf *rooms; /* NULL: the defaults */
	const char *origins; /* see origin.h */
	int port;	     /* of the service, for its own origin */
	struct token_policy policy;
	uid_t peer;	     /* the handlers' user, where it is not ours; else (uid_t)-1 */
	int queue;	     /* bus messages kept for a subscriber; 0: PUB_QUEUE */
	struct turn_conf turn;
	const gid_t *operators; /* the group that may ask what operators ask; NULL: none */
	void (*beat)(void);  /* called at least so often, as a sign of life; may be NULL */
	int64_t beat_every;  /* ms; 0: never */
	int64_t drain_time;  /* ms that a drain takes at most */
	int64_t silence;     /* ms until a handler that asks nothing is gone; 0: it may */
	const char *file;    /* that all of this is from; NULL: none */
	/* HUP: reads anew what all of this is from, and appends fields of JSON to report: what was
	 * taken up. NULL: refused, and report says why. May be NULL. */
	const struct broker_conf *(*reread)(void *context, struct buf *report);
	void *reread_context;
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
	bool stored; /* the reply holds only if the store keeps this round */
};

/* Replies wait for the end of the round. The bytes of all lie in one buffer; to these come the
 * answers among what the core said meanwhile. */
struct reply {
	enum bus_door door;
	struct bus_request *request;
	size_t at, len;
	size_t first, last; /* in the outbox: first ≤ i < last */
	bool stored;
};

/* How the store fares, for the log. */
struct store_health {
	int64_t said;	   /* when its failure was logged last; 0: it does not fail */
	unsigned failures; /* since it began to fail */
};

struct broker {
	struct broker_conf conf;
	struct bus *bus;
	struct core *core;
	struct core_conf rooms;
	struct keys *keys;
	struct registry registry;
	struct wallclock clock;
	int64_t now; /* ms, of this round */
	struct turn turn;
	struct buf you; /* the last that was completed */
	bool over;
	struct drain drain;
	int64_t drain_at;      /* when the next one is to go */
	struct outbox out;     /* of this round */
	size_t prepared;       /* of its list */
	struct store *store;
	struct store_health health;
	int64_t beat_at;       /* when the next sign of life is due */
	int64_t tend_at;       /* when the store is to be tended next */
	int64_t strays_at;     /* when chat of rooms that did not come back is forgotten */
	struct ledger *ledger; /* NULL: it failed */
	bool ledger_lost;      /* that was said */
	int64_t ledger_at;     /* no other is begun before */
	struct buf round;      /* for it, so far */
	uint8_t ticket_key[TICKET_KEY];
	int64_t rejoin_until;  /* sessions that are not back by then are gone; 0: all are */
	struct reply *replies;
	size_t reply_count, reply_cap;
	struct buf reply_bytes;
	struct {
		unsigned unaccepted;   /* see bus.h */
		int64_t lacking_until; /* newcomers are refused; 0: there are descriptors */
	} files;
	struct metrics metrics;
	struct process process;
	struct comings comings; /* in all rooms */
	struct {
		unsigned number;   /* how often that was done */
		struct buf report; /* of the last; fields of JSON */
	} reload;
	struct pace pace;
	struct {
		unsigned requests, joins, messages; /* of this round, so far */
	} made;
	int64_t full_said;	       /* when it was logged last that no more can be let in */
	struct ration broken, refused, topicless; /* log lines that a stranger can cause */
};

/* NULL with one line in why. */
struct broker *broker_open(const struct broker_conf *conf, char *why, size_t size);
void broker_close(struct broker *b);

/* Works until a signal to end comes out of signal_fd (signalfd(2): INT, TERM; HUP reads the keys
 * again). */
void broker_run(struct broker *b, int signal_fd);

/* broker_doors.c: does what is asked; replies are sent at the end of the round. */
void broker_take(struct broker *b, enum bus_door door, struct bus_request *request);
void broker_send_replies(struct broker *b, bool kept); /* kept: what was stored in this round */

/* broker_asked.c: one whole message. 0, or -1: it is not what a handler of ours says. */
int broker_answer(struct broker *b, struct asked *a);
void broker_refuse(struct asked *a, enum refusal why);
void broker_dismiss_silent(struct broker *b);	   /* handlers that ask nothing any more */
int64_t broker_silence_due(const struct broker *b); /* when there may be one */

/* broker_join.c */
int broker_join(struct broker *b, struct asked *a);
int broker_admit(struct broker *b, struct asked *a);
void broker_verify(struct broker *b, const struct out *o); /* a new token of a session */
int broker_load_keys(struct broker *b);			     /* all anew */

/* broker_store.c. Opens DATA/beckon.db and loads the bans. -1 with one line in why. */
int broker_store_open(struct broker *b, char *why, size_t size);
/* The same, without opening it for good: 0, or -1 with why. */
int broker_store_check(const char *folder, char *why, size_t size);
void broker_store_room(struct broker *b, const struct out *o); /* OUT_OPEN: loads its chat */
void broker_store_chat(struct broker *b, const char *room, int history); /* loads it */
int broker_store_bans(struct broker *b);		       /* loads all */
bool broker_store_is_busy(const struct broker *b);	       /* there is something to commit */
void broker_store_row(struct broker *b, const struct out *o);  /* OUT_STORE_… */
bool broker_store_commit(struct broker *b); /* false, and logged: nothing of the round is kept */
void broker_store_tend(struct broker *b);   /* removes what is too old, when it is time to */

/* The first strings of these bytes, `most` at most, which a row consists of: how many there are. */
enum { ROW_MAX = 5 };
int broker_store_split(const char *at, size_t len, const char *row[], int most);

/* broker_carry.c. prepare: what has to be done before the core is asked the next thing. carry: what
 * it said reaches the others, once it is stored. */
void broker_prepare(struct broker *b);
void broker_carry(struct broker *b);

/* Mail for a peer. One whose mail piles up is sent away. */
void broker_mail(struct broker *b, struct peer *p, const struct frame *f);
void broker_send_mail(struct broker *b, struct peer *p); /* what waits, if it is asked for */

/* Ends a session from outside of the core: the others learn `reason`, its client the bye. */
void broker_dismiss(struct broker *b, struct peer *p, enum bye why);

/* The same for one who has done nothing wrong: its mail comes first. To be back in `retry` ms. */
void broker_see_off(struct broker *b, struct peer *p, enum bye why, int64_t retry);

/* What the room has said since the last time. */
void broker_publish(struct outlet *o);

/* Opens the outlet's topic if it has none. 0, or -1 after a line in the log. */
int broker_give_topic(struct broker *b, struct outlet *o);

/* broker_keep.c. What is said, mailed and answered is noted as it comes, and written by
 * broker_keep, with what changed in the core: before any of it is sent. */
void broker_keep_peer(struct broker *b, const struct peer *p); /* is new, or has changed */
void broker_keep_gone(struct broker *b, uint64_t session);
void broker_keep_closed(struct broker *b, uint64_t room);
void broker_keep_said(struct broker *b, uint64_t room, const struct frame *f);
void broker_keep_mail(struct broker *b, const struct peer *p, const struct frame *f);
void broker_keep_fetched(struct broker *b, const struct peer *p, uint64_t received);
void broker_keep_answer(struct broker *b, const struct peer *p, const struct frame *f);
void broker_keep_plans(struct broker *b); /* before the store's commit */
void broker_keep(struct broker *b);

/* broker_recall.c. Takes up what a killed broker left in the folder. -1 with one line in why. */
int broker_recall(struct broker *b, char *why, size_t size);
void broker_forget_away(struct broker *b); /* who did not come back in time */

/* broker_rejoin.c */
int broker_rejoin(struct broker *b, struct asked *a);
int broker_name_peer(struct peer *p); /* -1: no randomness */
void broker_put_ticket(struct broker *b, const struct peer *p, struct buf *to);

/* broker_drain.c. A drain outlives the broker, by a file in the folder: open takes it up. */
void broker_drain_open(struct broker *b);
void broker_drain(struct broker *b);
void broker_undrain(struct broker *b);
void broker_drain_on(struct broker *b); /* sees off whose turn it is */
int broker_retry_seconds(const struct broker *b); /* for who is not let in just now */

/* broker_turn.c. Reads the secret again: 0, or -1 after a line in the log; then the last one
 * holds. */
int broker_load_turn(struct broker *b);
/* Adds to the core's YOU what the core is not to know. Its body is good until the next one. */
void broker_complete_you(struct broker *b, const struct peer *p, struct frame *you);

/* broker_lack.c */
void broker_lack_look(struct broker *b);   /* each round: was a descriptor wanting? */
void broker_lack_files(struct broker *b);  /* one was, just now */
void broker_lack_places(struct broker *b); /* somebody was not let in: is it that? */

/* broker_observe.c. What an authorizer asks on the operators' socket: 0, or -1. */
int broker_observe(struct broker *b, struct asked *a);
void broker_measure(struct broker *b);	     /* all that was decided so far has been sent */
void broker_measure_round(struct broker *b); /* it is over */

/* broker_reload.c */
void broker_reload(struct broker *b);

/* broker_ctl.c: an operator's command; the answer is JSON. unkept: the answer instead, where it is
 * not stored. */
int broker_command(struct broker *b, struct asked *a);
void broker_command_unkept(struct buf *to);

#endif
