/* bus – the broker's sockets: requests in, replies and publications out, who came and who went.
 *
 * Hides NNG, which has threads of its own: its callbacks only put down what happened, and one
 * thread of the caller's takes it up here. Its doors (places.h) are raw REP sockets, so that
 * requests may be answered in any order and much later; each room's topic is a PUB socket. It
 * refuses to know frames, rooms and sessions. A peer is known by its pipe (never used twice) and,
 * from the kernel, by its process and user. Implemented in bus.c and bus_topic.c; only they
 * include <nng/…>. In tests/fuzz/fuzz_broker.c something else stands in its place. */
#ifndef BECKON_BUS_H
#define BECKON_BUS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct bus;
struct bus_topic;
struct bus_request; /* with the way back to who asked; ended by bus_reply or bus_drop */

enum bus_door {
	BUS_CONTROL,  /* broker.sock: handlers and the authorizer */
	BUS_OPERATOR, /* ctl.sock */
	BUS_DOORS
};

struct bus_event {
	enum {
		BUS_GONE,	/* a pipe of BUS_CONTROL */
		BUS_SUBSCRIBED, /* what is published from now on reaches this pipe */
	} kind;
	uint64_t topic; /* SUBSCRIBED: the id of the topic */
	uint32_t pipe;
	pid_t pid; /* of the peer when it connected; SUBSCRIBED only */
	uid_t uid;
};

/* Opens both doors in this folder, and starts threads. Peers of other users than our own, root
 * and, but for operators, `peer` are turned away. Where there is a group of operators, ctl.sock is
 * given to it, and the kernel lets through whoever is in it. NNG keeps `queue` bus messages (1 to
 * 8192) for a subscriber that is slower. NULL with one line in why. */
struct bus *bus_open(const char *folder, uid_t peer, const gid_t *operators, int queue, char *why,
    size_t size);

/* All topics have been closed, all requests ended. Removes the sockets. May block for as long as
 * NNG's threads need. */
void bus_close(struct bus *b);

/* What to wait for. When one is readable, something is to be taken. */
enum { BUS_FDS = BUS_DOORS + 1 };
void bus_fds(const struct bus *b, struct pollfd fds[BUS_FDS]);

/* All that happened since the last call; borrowed until the next. Every request that a gone pipe
 * sent was in the door before its event was here: taken first, a door's BUS_BATCH requests are
 * all of them. Does not block. */
size_t bus_events(struct bus *b, const struct bus_event **events);

/* The next request, or NULL. Does not block. */
struct bus_request *bus_take(struct bus *b, enum bus_door door);
uint32_t bus_pipe(const struct bus_request *r);
const void *bus_body(const struct bus_request *r, size_t *len);

/* Overwrites a body that holds a secret; the compiler is not allowed to leave it out. */
void bus_wipe(struct bus_request *r);

/* Answers. A peer that is gone, or does not fetch its replies, gets none. Does not wait for it. */
void bus_reply(struct bus *b, enum bus_door door, struct bus_request *r, const void *body,
    size_t len);
void bus_drop(struct bus_request *r);

/* Ends a peer's connection; of a BUS_CONTROL pipe it is reported. */
void bus_cut(uint32_t pipe);

/* How often, in the life of this process, somebody who waited for it could not be let in, as there
 * was no descriptor for him. He goes on waiting, and so does the bus. */
unsigned bus_unaccepted(void);

/* When the first request came since this was last asked (us, monotonic); 0: none has. Replies that
 * are given count as well, so it is to be asked, and forgotten, before waiting. */
int64_t bus_arrival(void);

/* The peer's process, and its user when it connected; -1 when it is gone. */
pid_t bus_peer(uint32_t pipe);
uid_t bus_user(uint32_t pipe);

/* Opens a socket to publish on, under a name nobody can guess. NULL with why. */
struct bus_topic *bus_topic_open(struct bus *b, uint64_t id, char *why, size_t size);
const char *bus_topic_path(const struct bus_topic *t);
const char *bus_topic_name(const struct bus_topic *t); /* the path, seen from PLACE_BUS */

/* Closing waits for NNG's threads (milliseconds with many subscribers), so a thread of ours does
 * it; returns at once. NULL is fine. */
void bus_topic_close(struct bus_topic *t);

/* One message to every subscriber; the oldest are dropped where one does not keep up. Does not
 * block. */
void bus_publish(struct bus_topic *t, const void *body, size_t len);

#endif
