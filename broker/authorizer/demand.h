/* demand – how workers ask for keys they do not have, and wait for them.
 *
 * A page of memory that the authorizer's processes share: workers on one side, the fetcher on the
 * other. However many workers ask, it is one fetch, as the schedule allows; and most of them never
 * wait, so that whoever sends made-up tokens slows nobody. It refuses to know what is fetched.
 * Implemented in demand.c, with futex(2). */
#ifndef BECKON_DEMAND_H
#define BECKON_DEMAND_H

#include <stdbool.h>

struct demand_page;

/* Each process has its own, as it was when it was forked. */
struct demand {
	struct demand_page *page;
	unsigned generation; /* of the configuration */
};

/* Makes the page, for this process and those it forks from now on. 0, or -1 with errno. */
int demand_open(struct demand *d);
void demand_close(struct demand *d);

/* Processes forked from now on have another configuration: what was scheduled does not hold for
 * them. Those of before are not disturbed. */
void demand_renew(struct demand *d);

/* ---- a worker ---- */

/* Something is missing. True when there was a fetch, good or not, since this was called. Blocks for
 * at most JWKS_PATIENCE, and that for no more than `most` processes a fetch; where no fetch is
 * allowed it is false at once, without a system call. */
bool demand_ask(struct demand *d, unsigned most);

/* ---- the fetcher ---- */

/* Blocks until a fetch is due or rightly asked for, which then counts as begun. */
void demand_wait(struct demand *d);

/* The fetch is over. max_age as schedule_succeed takes it. */
void demand_done(struct demand *d, bool good, long max_age);

#endif
