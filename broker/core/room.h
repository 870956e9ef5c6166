/* room – the structures of the room core, shared by its files and its tests, and by nobody else.
 *
 * A room has members, a member is one sub and has sessions, a session is one connection. Every
 * pair of "in" and "out" functions below keeps counts, lists and indexes together; nothing else
 * touches them. While an input is worked on, core.now and core.out are its time and its outbox. */
#ifndef BECKON_ROOM_H
#define BECKON_ROOM_H

#include <stdlib.h>

#define uthash_fatal(message) abort()
#include <uthash.h>

#include "bounds.h"
#include "bye.h"
#include "change.h"
#include "core.h"
#include "event.h"
#include "message.h"
#include "problem.h"
#include "record.h"
#include "timer.h"

enum standing { WAITING, PARTICIPANT, HOST, STANDINGS };

struct session {
	uint64_t id;
	uint64_t taken; /* number of its last event */
	struct member *member;
	int64_t expires;      /* of its token, ms */
	struct timer expiry;  /* the warning, then the end */
	bool warned;
	bool no_audio, no_video, no_share, no_data; /* what its token withholds */
	bool stale;	      /* its part of room_state has changed */
	uint64_t refreshing;  /* number of the event whose token is being verified; 0: none */
	char *refresh_id;     /* and that event's `id`, as JSON; NULL: none */
	struct change change;
	struct session *next, *prev; /* of the member, oldest first */
	UT_hash_handle hh;
};

struct member {
	uint64_t number; /* unique in the room's life */
	struct room *room;
	char *sub, *name;
	char *info; /* "clientId":…,"displayName":… */
	enum standing standing;
	int64_t since; /* ms: came in-room, or into the lobby */
	uint64_t order; /* of presence; room.members is sorted by it */
	uint64_t from; /* in-room: what the room said after this seq it may hear again */
	bool audio, video, share;
	bool granted;  /* may share although the room asks */
	uint64_t hand; /* not 0: raised, is in the room's list of hands, which is sorted by it */
	struct change change;
	struct session *sessions;
	struct member *hand_next, *hand_prev;
	UT_hash_handle hh;
};

struct chat {
	uint64_t number; /* in the order of adding */
	char *id;
	char *sub, *name; /* the author, as known then */
	char *content;	  /* JSON string */
	int64_t ts, edited; /* ms; edited 0: never */
	UT_hash_handle hh;
};

struct room {
	struct core *core;
	uint64_t id;
	enum endpoint endpoint;
	char key[ROOM_KEY_MAX + 1]; /* "endpoint/name" */
	const char *name;	    /* in key */
	char epoch[17];
	uint64_t seq;	  /* of the last message */
	uint64_t members_made, orders_made, chats_made, chats_numbered;
	bool locked, lobby, ask;
	bool waiters_stale;	  /* what waiters see of the room has changed */
	uint64_t waiters_at;	  /* seq when one last came, or left unadmitted: no event tells */
	size_t count[STANDINGS];
	struct member *members;	  /* by sub; in order of presence, see member.since */
	struct member *hands;	  /* in the order raised */
	struct chat *chats;	  /* by id; oldest first */
	size_t pending;		  /* changes of these that the store has not said it keeps */
	int64_t state_at;	  /* when the last room_state went out */
	struct timer state, succession, end;
	struct leaver *leaver;	  /* empty: whose it is, see vacancy.c; NULL: nobody's */
	struct room *leaver_next, *leaver_prev;
	struct change change;
	UT_hash_handle hh;
};

/* One sub that was the last to leave rooms which are still kept. */
struct leaver {
	char *sub;
	struct room *rooms; /* the oldest vacancy first */
	int count;
	UT_hash_handle hh;
};

/* One sub with connections, in whichever rooms. */
struct person {
	char *sub;
	int connections;
	UT_hash_handle hh;
};

struct core {
	struct core_conf conf;
	struct room *rooms;	 /* by key */
	struct session *sessions; /* by id */
	struct person *persons;	 /* by sub */
	struct leaver *leavers;	 /* by sub */
	struct records records;
	struct pending *pending; /* given to the store, oldest first */
	struct pending *owed;	 /* to be given to it again, oldest first */
	struct timer retry;	 /* of these */
	struct timers timers;
	struct changes changes;	 /* since core_keep */
	uint64_t rooms_made, sessions_made;
	int64_t now;		 /* of the input being worked on */
	struct outbox *out;
	enum message saying;	 /* which message is being said … */
	size_t begun;		 /* … where it begins … */
	char closing;		 /* … and what closes its payload */
};

/* Never NULL. alloc_bytes gives zeroes. */
void *alloc_bytes(size_t n);
char *alloc_text(const char *s, size_t n);

/* core.c */
void core_enter(struct core *c, int64_t now, struct outbox *out);
struct room *room_find(const struct core *c, enum endpoint e, const char *name);
struct room *room_by_key(const struct core *c, const char *key);
struct room *room_make(struct core *c, enum endpoint e, const char *name); /* says nothing */
struct room *room_open(struct core *c, enum endpoint e, const char *name, uint64_t epoch);
void room_key_make(char key[ROOM_KEY_MAX + 1], enum endpoint e, const char *name);
void room_free(struct room *r);	 /* says nothing; it has no members any more */
void room_touch(struct room *r); /* it has changed, and is to be kept */
void room_close(struct room *r); /* it has no sessions any more */
void room_changed(struct room *r); /* a room_state is due */

/* member.c: who is there. */
struct member *member_find(const struct room *r, const char *sub);
struct member *member_add(struct room *r, const struct token *token, enum standing standing);
struct member *member_make(struct room *r, const char *sub, const char *name,
    enum standing standing); /* as it was kept: the rest is the caller's */
void member_touch(struct member *m);  /* it has changed, and is to be kept */
void member_remove(struct member *m); /* says nothing; frees */
void member_stand(struct member *m, enum standing standing); /* moves it to the end of the order */
void member_promote(struct member *m, enum standing standing); /* in its place */
void member_raise(struct member *m, bool raised);
bool member_is_in_room(const struct member *m);
bool member_is_presenting(const struct member *m);
const char *member_role(const struct member *m); /* on the wire */
const char *standing_name(enum standing s);	 /* the same of one who does not present */
int member_connections(const struct member *m);
struct session *member_newest(const struct member *m);
void member_stale(struct member *m); /* its own part of room_state has changed */
struct session *session_add(struct member *m, const struct token *token);
struct session *session_make(struct member *m, uint64_t id); /* as it was kept */
void session_touch(struct session *s); /* it has changed, and is to be kept */
void session_remove(struct session *s); /* says nothing; frees */
struct session *session_find(const struct core *c, uint64_t id);
int person_connections(const struct core *c, const char *sub);

/* vacancy.c: empty rooms in their grace. */
void vacancy_begin(struct room *r, const char *sub); /* which is the last to leave it */
void vacancy_end(struct room *r); /* somebody has come, or it is over */
void vacancy_restore(struct room *r, const char *sub); /* as it was kept; "": nobody's */
void vacancies_sort(struct core *c); /* after that */

/* ban.c: who may not come in. room: "endpoint/room", or CORE_EVERYWHERE. */
void ban_set(struct core *c, const char *room, const char *sub, int64_t until, const char *by,
    struct json_span words); /* by: a sub, or "operator"; words.at NULL: none */
unsigned ban_lift(struct core *c, const char *room, const char *sub); /* how many there were */
bool ban_holds(const struct core *c, const char *room, const char *sub, int64_t now);

/* Why and by whom somebody goes. */
struct farewell {
	const char *reason;	 /* of `disconnect` */
	const struct member *by; /* NULL: nobody, or an operator */
	struct json_span words;	 /* of who does it, JSON string; at NULL: none */
};

/* life.c: how sessions and members end. */
void session_bye(struct session *s, enum bye why, const struct farewell *f);
uint64_t member_leave(struct member *m, const struct farewell *f); /* the seq of `disconnect` */
uint64_t member_dismiss(struct member *m, enum bye why, const struct farewell *f); /* both */
void session_take_token(struct session *s, const struct token *token);
void session_watch_expiry(struct session *s);
void session_expiry_due(struct timer *t);

/* role.c: hosts and their succession. */
uint64_t role_set(struct member *m, enum standing standing, const struct member *by);
void role_settle(struct room *r); /* sees to it that there is a host, or will be */
void role_succession_due(struct timer *t);
uint64_t role_tell(struct member *m, const char *role, const struct member *by);

/* host.c: everybody has his bye, and the room is over. */
void room_dismiss(struct room *r, const struct farewell *f);

/* lobby.c. by NULL: an operator. */
void lobby_admit(struct member *m, enum standing standing);
void lobby_let_in(struct member *waiter, const struct member *by);
void lobby_turn_away(struct member *waiter, const struct member *by);
void lobby_announce(struct member *waiter);

/* roster.c: the two parts of room_state. viewer: the waiter whose it is; NULL: in-room. */
void roster_you(struct buf *to, const struct session *s);
void roster_state(struct buf *to, const struct room *r, uint64_t seq, const struct member *viewer);
void roster_state_due(struct timer *t);

/* say.c: messages to clients are begun, filled and sent, one at a time. */
struct buf *say(struct core *c, enum message what);
struct buf *say_array(struct core *c, enum message what);
struct buf *say_about(const struct member *m, enum message what); /* with its ClientInfo */
void say_by(struct buf *b, const struct member *actor, const struct member *subject);
void say_fields(struct buf *b, struct json_span payload); /* the client's own, identity left out */
void say_text(struct buf *b, const char *field, const char *s);
void say_json(struct buf *b, const char *field, struct json_span v);
void say_bool(struct buf *b, const char *field, bool v);
uint64_t say_to_room(struct room *r, const struct member *but); /* each returns the seq */
void say_to_hosts(const struct member *about, enum message what);
uint64_t say_typing(struct room *r, const struct member *but);
uint64_t say_to(struct session *s);
void say_bye(struct session *s, enum bye why);
/* Other outputs. out_begin returns the buffer for a body and remembers where it begins. */
struct buf *out_begin(struct core *c);
void out_end(struct core *c, struct out o); /* with the body since out_begin */
struct out *out_last(const struct core *c);
void out_you(struct session *s);      /* in the room's order */
void out_snapshot(struct session *s); /* a whole room_state for this one, outside of it */

/* recents.c: the chat a room remembers. */
struct chat *recents_find(const struct room *r, const char *id);
void recents_add(struct room *r, const struct chat *values); /* copies, stores, trims */
void recents_edit(struct room *r, struct chat *chat, const char *content);
void recents_delete(struct room *r, struct chat *chat);
void recents_trim(struct room *r);
void recents_put(struct buf *b, const struct chat *chat); /* its fields */
void recents_put_author(struct buf *b, const struct chat *chat);
/* The newest `limit` of those before that one (NULL: of all), with commas between them. */
void recents_list(struct buf *b, const struct room *r, const struct chat *before, int limit);
void recents_free(struct room *r);
void recents_forget(struct room *r); /* in the store too */
/* Each takes one change back. */
void recents_take_back(struct room *r, struct chat *chat); /* not added after all */
void recents_put_back(struct room *r, struct chat *chat);  /* not deleted after all */
void chat_destroy(struct chat *chat); /* is in no room */

/* pending.c: what was given to the store, until it says whether it keeps it. */
void pending_added(struct room *r, struct chat *chat);
void pending_edited(struct room *r, struct chat *chat); /* takes its content: give it a new one */
void pending_removed(struct room *r, struct chat *chat); /* takes the chat */
void pending_row(struct core *c); /* the last output, to be given to the store until it keeps it */
void pending_drop(struct room *r); /* the room's chat, as the room is over */
void owed_supersede(struct core *c, const char *row, size_t len); /* what began like this */
void owed_settle(struct core *c, const char *room); /* first what the store still has to forget */
size_t owed_count(const struct core *c);
void owed_retry_due(struct timer *t);
void pending_fini(struct core *c);

/* media.c: turns something off or on and tells the room. kind: the TOGGLE_… of it. */
uint64_t media_switch(struct member *m, enum event_kind kind, bool on, const struct member *by);

/* One event being run: identity, permission, rate and shape are settled. */
struct act {
	struct core *core;
	struct room *room;
	struct session *session;
	struct member *member;
	enum event_kind kind;
	struct json_span event, payload, id; /* id.at NULL: none */
	uint64_t number;
	uint64_t seq;	    /* for the ack; 0: none */
	int64_t expires;    /* for the ack of refresh_token; 0: none */
	enum message answer; /* ACK; an event may change it, MESSAGES: none */
	bool later;	    /* core_refresh will answer */
	bool stored;	    /* the answer holds only if the store keeps what it was given */
	int64_t retry_after; /* ms, with slow_down */
	char why[128];	    /* with bad_payload */
};

typedef enum problem event_run(struct act *a);

#define EVENT(symbol, name, alias, who, cost, chat, body, run, help) event_run run;
#include "event.def"
#undef EVENT

/* dispatch.c: helpers of the events. */
bool act_has(const struct act *a, const char *field); /* there and not null */
bool act_flag(const struct act *a, const char *field);
struct json_span act_field(const struct act *a, const char *field);
enum problem act_find(const struct act *a, const char *field, struct member **m);
enum problem act_find_in_room(const struct act *a, const char *field, struct member **m);

void act_reply(const struct act *a, uint64_t session, enum problem p);

/* chat.c: the allowance of a sub. */
bool chat_is_affordable(struct act *a);
void chat_charge(struct act *a);
void chat_refund(struct room *r, const char *sub);

#endif
