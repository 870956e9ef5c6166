/* rates – what `beckonctl top` shows: figures of rooms or connections, looked at twice.
 *
 * The broker's figures only grow (broker_watch.c); a rate is what came between two looks, by the
 * broker's own clock. Sorting and drawing are here, terminals and questions are not. Private to
 * beckonctl; implemented in rates.c. Pure. */
#ifndef BECKON_RATES_H
#define BECKON_RATES_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "buf.h"

/* Columns that are numbers, in their order; RATE_NAME sorts by name. */
enum rate {
	RATE_CONNECTIONS, RATE_MESSAGES, RATE_BYTES, RATE_WAITING, RATE_HOLES, RATES, RATE_NAME
};

struct rate_row {
	const char *name;   /* "endpoint/room", or the sub; in the answer */
	const char *detail; /* of a connection: where it is; else "" */
	const char *id;	    /* what it is found again by */
	double value[RATES];
};

struct rates {
	cJSON *answer; /* of the last look; owned */
	struct rate_row *rows;
	size_t count;
	double cpu;	/* of the broker, 0 to 1 of one core */
	double messages, bytes; /* per second, of all */
	bool first;	/* there was no look before: rates are unknown, and 0 */
};

struct rates_view {
	bool connections;  /* instead of rooms */
	enum rate by;
	bool upwards;
	size_t from;	   /* the first row that is shown */
	size_t width, height; /* 0: no limit */
	bool color;
};

/* Takes the answer to `traffic` or `connections` (owned from now on) and what was before (NULL:
 * nothing). Returns 0; -1: it is none, or out of memory, and r is empty. */
int rates_take(struct rates *r, cJSON *answer, const struct rates *before);
void rates_fini(struct rates *r);

void rates_sort(struct rates *r, enum rate by, bool upwards);

/* The whole screen: lines of at most the width, as many as there is room for. */
void rates_draw(const struct rates *r, const struct rates_view *v, struct buf *to);

/* As one JSON text. */
cJSON *rates_json(const struct rates *r);

#endif
