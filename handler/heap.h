/* heap – memory that a burst needed goes back to the system when all is quiet.
 *
 * malloc keeps what was freed, in case of more of the same; but there is one handler for each
 * connection, and most of them are quiet most of the time. Implemented in handler/heap.c. Time is
 * an argument (ms, monotonic). */
#ifndef HANDLER_HEAP_H
#define HANDLER_HEAP_H

#include <stdint.h>

struct heap {
	uintptr_t start;  /* where the heap ended when it was last looked at; 0: never */
	int64_t quiet_at; /* when it may be looked at, ms; 0: nothing happened since */
};

/* Fixes malloc's sizes, which otherwise grow with use. What it took to begin is given back when all
 * is quiet for the first time. */
void heap_init(struct heap *h);

/* Something happens: not now. */
void heap_stir(struct heap *h, int64_t now);

/* Gives back what is free, if it is worth it and all has been quiet for a while. Returns in how
 * many ms that will be, or -1. */
int64_t heap_rest(struct heap *h, int64_t now);

#endif
