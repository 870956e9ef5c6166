/* timer – what is due when: a binary heap of timers that live inside what they are about.
 *
 * Equal times run in the order they were set, so that the same inputs give the same outputs. It
 * refuses to know a clock. Implemented in timer.c; a failed allocation ends the process. */
#ifndef BECKON_TIMER_H
#define BECKON_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer {
	int64_t at;	/* ms */
	uint64_t order; /* of setting */
	size_t place;	/* in the heap, from 1; 0: not set */
	void (*run)(struct timer *t);
};

struct timers {
	struct timer **heap; /* heap[1] is the next; heap[0] is not used */
	size_t count, cap;
	uint64_t order;
};

/* What a member `field` of a `type` belongs to. */
#define timer_owner(t, type, field) ((type *)((char *)(t) - offsetof(type, field)))

void timers_fini(struct timers *all);

/* Sets it, anew where it was set. t->run must be there. */
void timer_set(struct timers *all, struct timer *t, int64_t at);
void timer_clear(struct timers *all, struct timer *t);
bool timer_is_set(const struct timer *t);

/* Takes the next timer that is due by now; NULL where there is none. */
struct timer *timers_take(struct timers *all, int64_t now);

/* When the next is due; INT64_MAX: none. */
int64_t timers_next(const struct timers *all);

#endif
