/* crowd – many clients in rooms, who count exactly what they hear.
 *
 * Each message carries a mark: who says it, which one of theirs it is, when it was to be said, and to
 * whom. From the marks every hearer tells what is lost, doubled or out of order, and how late it is.
 * One thread, one epoll. Implemented in crowd.c. Times are ns, monotonic. */
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dialect.h"
#include "heard.h"
#include "hist.h"
#include "ws.h"

enum { ROOM_MOST = 512 };

struct crowd;

/* What a client has of another one of its room. */
struct neighbour {
	struct heard said;   /* by it, to the room */
	struct heard told;   /* by it, to us alone */
	uint32_t told_by_us; /* messages to it alone */
};

struct client {
	struct ws ws;
	struct person person;
	unsigned place;	     /* in its room */
	bool in, gone;
	int64_t began;	     /* connecting */
	uint32_t said;	     /* messages to the room */
	struct neighbour *neighbours; /* by place in the room */
	unsigned in_flight;  /* of its own, in a closed loop */
	uint64_t to_come;    /* deliveries of these that are still to come */
};

/* Told what happens; each may be NULL. */
struct crowd_events {
	void (*in)(struct crowd *c, struct client *who);
	void (*delivered)(struct crowd *c, struct client *from, struct client *to, bool directed);
};

struct crowd {
	const struct dialect *dialect;
	int port, epoll;
	const char *secret, *kid, *caps;
	size_t secret_len;
	unsigned per_room;	  /* people of a room */
	size_t text_len;	  /* of what is said, mark included */
	struct client **clients;  /* by number */
	size_t count, cap;
	struct crowd_events events;
	void *context;

	int64_t record_from;	  /* what was to be said before does not count for latency */
	struct hist latency, joining;
	uint64_t expected, delivered; /* once each: what is missing is lost */
	uint64_t doubled;	  /* not among the delivered */
	uint64_t reordered;	  /* of the delivered, those that came out of order */
	uint64_t refused, closed; /* connections */
	size_t in;		  /* people who are in, now */
};

int64_t now_ns(void);

void crowd_init(struct crowd *c, const struct dialect *dialect, int port);
void crowd_fini(struct crowd *c);

/* One more client, in this room, on its way in. NULL where the system gives no socket. */
struct client *crowd_add(struct crowd *c, unsigned room);
void crowd_remove(struct crowd *c, struct client *who); /* its number stays taken */

/* Says one more message to the room, that was to be said at `when`; to one person, `len` bytes. */
void crowd_say(struct crowd *c, struct client *who, int64_t when);
void crowd_tell(struct crowd *c, struct client *who, struct client *whom, size_t len);

/* What everybody hears and sends until `until`, or until there is nothing to do for so long that
 * something new has to be decided: returns after the first news. */
void crowd_serve(struct crowd *c, int64_t until);

/* Serves until done() or the time is over; false: it is over. */
bool crowd_until(struct crowd *c, int64_t until, bool (*done)(struct crowd *c));

#endif
