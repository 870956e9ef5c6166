/* metrics – what the broker counts, and can tell of itself to who watches over the service.
 *
 * The table is metrics.def: its fields are counted in where things happen, by an addition; gauges
 * are filled in by who is asked (broker_observe.c). It refuses to know rooms and people. Pure.
 * Implemented in metrics.c. */
#ifndef BECKON_METRICS_H
#define BECKON_METRICS_H

#include "bye.h"
#include "endpoint.h"
#include "event.h"
#include "figures.h"
#include "message.h"
#include "problem.h"
#include "refusal.h"

enum metrics_resume { RESUME_RECOVERED, RESUME_ANEW, RESUMES };
enum metrics_rejoin { REJOIN_ACCEPTED, REJOIN_REFUSED, REJOINS };
enum metrics_close { CLOSE_CLOSED, CLOSE_NOT_BACK, CLOSES };
enum metrics_replay { REPLAY_SERVED, REPLAY_LOST, REPLAY_NOTHING, REPLAYS };
enum metrics_limit {
	LIMIT_CHAT,	   /* slow_down */
	LIMIT_QUOTA,	   /* a handler said more than an honest one can, and was cut off */
	LIMIT_MAIL,	   /* its client is then a slow consumer */
	LIMIT_REPEATS,	   /* asked for the same too often, and was cut off */
	LIMIT_CONNECTIONS, /* of all rooms together: somebody was not let in */
	LIMIT_FILES,	   /* descriptors ran out */
	LIMITS
};

struct metrics {
#define FIGURE(type, field, count, scale, labels, name, help) FIGURE_FIELD(type, field, count)
#include "metrics.def"
#undef FIGURE
};

/* Appends all of them, as text. */
void metrics_put(struct buf *to, const struct metrics *m);

#endif
