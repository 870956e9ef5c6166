/* core – the rooms: one state machine without I/O, clock, sockets or randomness of its own.
 *
 * (state, input, now) → (state, outputs). The broker feeds it what handlers ask and what time it
 * is, and carries out what it says. Roles, rosters, order, audience and the words of every message
 * to a client are decided here and nowhere else. Tokens were verified before; who may speak for
 * which session was settled before. Implemented in core.c (life of rooms and sessions),
 * dispatch.c (events), operator.c and describe.c (operators), roster.c (room_state), pending.c
 * (what is not stored yet) and one file per family of events; room.h is private to these.
 *
 * `now` is ms since 1970 and never goes back. Ids of sessions and rooms count up from 1 and are
 * never used twice. Nothing blocks; a failed allocation ends the process (it holds all rooms in
 * memory and has nothing to give back). */
#ifndef BECKON_CORE_H
#define BECKON_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "bye.h"
#include "endpoint.h"
#include "event.h"
#include "json.h"
#include "message.h"
#include "problem.h"
#include "refusal.h"
#include "token.h"

struct core;

/* What an operator decides: protocol §8, §9. */
struct core_conf {
	struct {
		int members;	     /* of a room, waiters included */
		bool lobby;	     /* new rooms have it on */
		bool ask;	     /* sharing the screen needs a host's yes */
		int history;	     /* chat messages kept; at least 1 */
		int64_t history_age; /* ms they are kept; 0: while the room lives */
	} of[ENDPOINTS];
	int connections;     /* of one sub, in all rooms together */
	int max_connections; /* of all; 0: any number */
	int chat_per_minute; /* of one sub in one room, sustained */
	int chat_burst;	     /* and at once */
	/* Enforced by the handlers; here to be told to clients, and for quota.h. */
	int events_per_second, events_burst;
	int bytes_per_second, bytes_burst;
};

/* The defaults of the protocol. */
void core_conf_init(struct core_conf *conf);

/* One thing for the broker to carry out, in this order. `body` lies in the outbox's bytes. */
enum out_kind {
	OUT_OPEN,   /* room: it exists now; give it a bus, and its chat. body: "endpoint/room".
		     * who: how many messages of chat are kept */
	OUT_CLOSE,  /* room: it is over; forget bus and ring */
	OUT_ROOM,   /* room, seq: to all in-room but member `who` (0: all). body: JSON, complete */
	OUT_TYPING, /* as OUT_ROOM, but never replayed */
	OUT_STATE,  /* room, seq: common part of room_state, frame.h. who: another number than with
		     * the one before where waiters changed in ways that no event tells in-room */
	OUT_VOID,   /* room, seq: nobody is told anything; the place in the order stays taken */
	OUT_DIRECT, /* session, room, seq (0: outside the order): JSON, complete, to this one */
	OUT_YOU,    /* session, room, seq: the receiver's own part of room_state, frame.h */
	OUT_ADMIT,  /* session, room, seq of the snapshot: out of the lobby, may have the bus; a YOU
		     * and a MAILED_STATE follow */
	OUT_MAILED_STATE, /* session: common part of room_state for this one alone */
	OUT_REPLY,  /* session, number: answer to its event; body may be empty */
	OUT_BYE,    /* session: JSON of the bye. The session is over for the core */
	OUT_VERIFY, /* session, number: body: a token to verify; then call core_refresh */

	/* For the store. The body is a row of NUL-terminated strings, the first being the room as
	 * "endpoint/room". They are written before anything else of the outbox is carried out, and
	 * core_stored is told how that went. */
	OUT_STORE_CHAT,	  /* chatId, sub, displayName, chatContent as JSON. seq: its time, number: 0
			   * or the time of this edit, who: how many of the room are kept */
	OUT_STORE_UNCHAT, /* the same, as it was: it is deleted */
	OUT_STORE_FORGET, /* all chat of the room */
	OUT_STORE_BAN,	  /* sub, sub of the host or "operator", his words. seq: it ends (ms).
			   * The room may be CORE_EVERYWHERE */
	OUT_STORE_UNBAN,  /* sub: the ban is lifted */
};

struct out {
	enum out_kind kind;
	uint64_t room, session, seq, number;
	uint64_t who;
	size_t at, len; /* body in outbox.bytes */
	enum message what; /* is said: of ROOM, TYPING, STATE, DIRECT, MAILED_STATE, BYE; and of
			    * REPLY, where it has a body */
	enum event_kind event; /* of REPLY: what it answers; EVENTS: what is none, or was taken
				* before. And what was wrong with it */
	enum problem problem;
	enum bye why;	/* of BYE */
	bool stored;	/* true only if the store keeps what it was given; see core_stored */
	size_t other, other_len; /* the body of a REPLY if it does not */
};

struct outbox {
	struct out *list;
	size_t count, cap;
	struct buf bytes;
};

void outbox_fini(struct outbox *o);
void outbox_reset(struct outbox *o);

/* conf is copied; NULL: the defaults. */
struct core *core_new(const struct core_conf *conf);
void core_free(struct core *c);

/* From now on by these: for newcomers, new rooms, and what is counted. It is copied. */
void core_configure(struct core *c, const struct core_conf *conf);

struct join {
	enum endpoint endpoint;
	const char *room;	   /* of the grammar of protocol §1: it goes into JSON as it is */
	const struct token *token; /* verified, and granting this room */
	uint64_t epoch;		   /* random; becomes the room's epoch if it is made by this join */
	bool resume;		   /* it asked to go on, and is told whether it does */
	bool takeover;		   /* and named this room's epoch: older connections of the sub here
				    * get bye `replaced` */
	bool replayable;	   /* all that the room said after `seq` is at hand */
	uint64_t seq;
};

/* What the new session is told at once (the handler's first room_state). */
struct joined {
	uint64_t session, room, member;
	uint64_t seq;	/* the snapshot contains everything up to here */
	uint64_t missed; /* it is resumed: seq is the one it asked for, and all from there up to
			  * here is still to be told. 0: it begins anew */
	bool waiting;	/* in the lobby: no bus */
	char epoch[17]; /* hexadecimal */
	struct out you, state; /* bodies in the outbox */
};

/* Admits, or says why not (of the refusals only BANNED and later). */
enum refusal core_join(struct core *c, const struct join *j, int64_t now, struct joined *joined,
    struct outbox *out);

/* Would it, just now? Changes nothing. Of the token only `sub` and `grants.host` count. Where it
 * would, *role gets what the newcomer would be: "host", "participant", "waiting"; static. */
enum refusal core_would_admit(const struct core *c, const struct join *j, int64_t now,
    const char **role);

/* The time of the last input. */
int64_t core_now(const struct core *c);

/* The id and the epoch of a room; 0: there is none. */
uint64_t core_room(const struct core *c, enum endpoint e, const char *room, char epoch[17]);

/* Are there as many sessions as there may be? */
bool core_is_full(const struct core *c);

/* Is there such a session? Is it in-room; in which room? */
bool core_has(const struct core *c, uint64_t session, uint64_t *room, bool *in_room);

/* What it is in its room: "host", "participant", "screenshare", "waiting"; NULL: there is none.
 * Static. */
const char *core_role(const struct core *c, uint64_t session);

/* One event of a session: any bytes. Answers with OUT_REPLY of the same number always (or with
 * OUT_VERIFY, and core_refresh replies), the body being empty where the client asked for no answer.
 * Numbers of a session count up; one that was taken before is answered with an empty reply and does
 * nothing. Which event it was; EVENTS: none that is known. */
enum event_kind core_event(struct core *c, uint64_t session, uint64_t number, const char *text,
    size_t len, int64_t now, struct outbox *out);

/* The outcome of an OUT_VERIFY: the token, verified and granting the session's room, or NULL. */
void core_refresh(struct core *c, uint64_t session, uint64_t number, const struct token *token,
    int64_t now, struct outbox *out);

/* The session's handler is gone. reason: "closed", "timeout", … as in protocol §4 `disconnect`.
 * Unknown sessions are ignored. */
void core_gone(struct core *c, uint64_t session, const char *reason, int64_t now,
    struct outbox *out);

/* What an operator does: to one room ("endpoint/room"), or to all there are. He is nobody in them:
 * what they are told of it has no `by`. */
#define CORE_EVERYWHERE "*"
enum operation {
	OPERATE_KICK,	/* sub: bye 4001, in the lobby too */
	OPERATE_BAN,	/* sub, whether it is there or not, until then; EVERYWHERE is for rooms to
			 * come as well. Done twice, the last holds */
	OPERATE_UNBAN,	/* sub; EVERYWHERE lifts those of single rooms, too */
	OPERATE_SAY,	/* words: announced to in-room */
	OPERATE_CLOSE,	/* bye 4004 to all, chat is dropped */
	OPERATE_ACCEPT, /* sub; "": all who wait */
	OPERATE_DENY,	/* the same: bye 4003, no return for DENIED_TIME */
	OPERATIONS
};

struct order {
	enum operation what;
	const char *room;  /* of the grammar, or CORE_EVERYWHERE */
	const char *sub;   /* not with SAY and CLOSE */
	const char *words; /* UTF-8, at most CHAT_POINTS_MAX; "": none. Not with ACCEPT, DENY */
	int64_t until;	   /* with BAN: ms */
};

/* To how many it was done. BAN, UNBAN: rooms are those of the ban, EVERYWHERE being one more. */
struct operated {
	unsigned rooms, people, connections;
};

/* PROBLEM_NOT_FOUND: it was done to nobody; SAY EVERYWHERE and BAN always find somebody. What is
 * told holds only if the store keeps it, with BAN, UNBAN and CLOSE. */
enum problem core_operate(struct core *c, const struct order *o, int64_t now,
    struct operated *did, struct outbox *out);

/* Does what is due by now: coalesced room_state, ends of grace. To be called after every batch of
 * inputs, and when core_due said. */
void core_tick(struct core *c, int64_t now, struct outbox *out);

/* When to call core_tick next (ms), or INT64_MAX. Any call may change it. */
int64_t core_due(const struct core *c);

/* What was stored, given back. `room` is "endpoint/room". Bans: all, at the start; the room may
 * be CORE_EVERYWHERE. */
void core_load_ban(struct core *c, const char *room, const char *sub, int64_t until);

/* Chat: of one room that has just been made (OUT_OPEN), oldest first, before the next input.
 * content: JSON string. A room that does not exist is ignored. */
void core_load_chat(struct core *c, const char *room, const char *chat_id, const char *sub,
    const char *name, const char *content, int64_t ts, int64_t edited);

/* What was handed out as OUT_STORE_… since the last call is durable now, or is not. To be called
 * when the outbox is complete, before it is carried out. Where it was not kept, the core takes back
 * what it did: chat added is gone, edited has its old text, deleted is there again; what was to be
 * told of that becomes OUT_VOID, and who asked for it gets `error unavailable`. Two things cannot
 * be taken back: a ban or its end (in force, though not acknowledged) and the end of a room; the
 * core hands these to the store again, after STORE_RETRY, and before anything else about that
 * room's chat. */
void core_stored(struct core *c, bool kept, int64_t now, struct outbox *out);

/* Is there such a room ("endpoint/room")? */
bool core_is_open(const struct core *c, const char *room);

/* What must outlive a crash, as records. core_keep appends those of what changed since it was last
 * called (at least once a round: what is removed is remembered until then); core_keep_all those of
 * everything. Not among them are chat and bans that the store has. A core just made takes them
 * back: core_restore once or more, in the order they were kept, then core_restored. -1 of either:
 * these are not records of this program, and the core is of no use any more. Then it is as it was,
 * but that OUT_OPEN is not said again: core_each_room tells the rooms, whose chat is still to be
 * loaded. */
enum { KEEP_FORMAT = 3 };
void core_keep(struct core *c, struct buf *to);
void core_keep_all(struct core *c, struct buf *to);
int core_restore(struct core *c, const void *records, size_t len);
int core_restored(struct core *c);

typedef void core_each(void *context, uint64_t room, const char *key, int history);
void core_each_room(const struct core *c, core_each *each, void *context);

/* How many there are of each endpoint, and in all. */
struct core_count {
	uint64_t rooms[ENDPOINTS];
	uint64_t in_room[ENDPOINTS], waiting[ENDPOINTS]; /* sessions */
	uint64_t empty;	 /* rooms in their grace */
	uint64_t people; /* subs */
	uint64_t owed;	 /* rows that the store has not taken yet */
};
void core_count(const struct core *c, struct core_count *n);

/* For operators, as JSON: all rooms with their members, an array; one room with its sessions, an
 * object (false: there is none); the sessions of a sub, or of all (NULL), in all rooms, an array;
 * those who wait in a room, or in all (NULL), an array. `more` appends what the caller knows
 * besides: further fields of a room or of a session, each with a comma in front. Its functions may
 * be NULL, and with core_describe itself. */
struct core_more {
	void (*room)(void *context, uint64_t room, struct buf *to);
	void (*session)(void *context, uint64_t session, struct buf *to);
	void *context;
};
void core_describe(const struct core *c, struct buf *to, const struct core_more *more);
bool core_describe_room(const struct core *c, const char *room, struct buf *to,
    const struct core_more *more);
void core_describe_sessions(const struct core *c, const char *sub, struct buf *to,
    const struct core_more *more);
void core_describe_waiting(const struct core *c, const char *room, struct buf *to);

#endif
