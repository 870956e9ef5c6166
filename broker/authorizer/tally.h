/* tally – what the authorizer's workers count, in a page that all of them share.
 *
 * Whichever worker is asked tells what all of them did; and what they counted outlives them, as
 * they are replaced whenever the configuration is read again. The table is tally.def. It refuses to
 * know the broker's figures. Implemented in tally.c. */
#ifndef BECKON_TALLY_H
#define BECKON_TALLY_H

#include "api_fault.h"
#include "authorize.h"
#include "buf.h"
#include "figures.h"
#include "refusal.h"

/* Where a decision is made: for each errand, and by nginx. */
enum { TALLY_EDGE = ERRANDS, TALLY_PLACES };

struct tally {
#define FIGURE(type, field, count, scale, labels, name, help) FIGURE_FIELD(type, field, count)
#include "tally.def"
#undef FIGURE
};

/* For this process and those it forks from now on. NULL with errno. */
struct tally *tally_open(void);
void tally_close(struct tally *t); /* NULL is fine */

/* A request was let in (REFUSED_NOT) or refused. place: an errand, or TALLY_EDGE. */
void tally_decision(struct tally *t, unsigned place, enum refusal result);
void tally_api(struct tally *t, enum api_fault result);
void tally_time(struct tally *t, int64_t us); /* that one took */

/* Appends all of it, as text. */
void tally_put(struct buf *to, const struct tally *t, unsigned workers, bool broker_up);

#endif
