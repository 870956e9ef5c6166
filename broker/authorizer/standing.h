/* standing – may a load balancer send newcomers here?
 *
 * The broker knows, and anybody may ask: so an answer is good for a moment, for all workers, and
 * while one of them asks a broker that hangs the others say what was known last. Implemented in
 * standing.c; the page of memory is as tally.h's. */
#ifndef BECKON_STANDING_H
#define BECKON_STANDING_H

#include "ask.h"
#include "readiness.h"

struct standing;

/* For this process and those it forks from now on. NULL with errno. */
struct standing *standing_open(void);
void standing_close(struct standing *s); /* NULL is fine */

/* Blocks for at most STANDING_PATIENCE. operators: the way to the broker's socket of that name. */
enum readiness standing_ask(struct standing *s, struct ask *operators);

/* Asks the broker itself. The other half, for tests. */
enum readiness standing_now(struct ask *operators);

#endif
