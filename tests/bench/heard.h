/* heard – which of one speaker's messages one hearer has heard, by their numbers: 1, 2, 3, …
 *
 * Tells what comes out of order from what comes again. For that the last 64 numbers are remembered;
 * what is older than these counts as heard before. Pure; implemented in heard.c. */
#ifndef BENCH_HEARD_H
#define BENCH_HEARD_H

#include <stdint.h>

struct heard {
	uint32_t last;   /* the highest number; 0: none yet */
	uint64_t recent; /* bit i: last - i has been heard */
};

enum heard_as {
	HEARD_ON,    /* after all that was heard; some may be missing before it */
	HEARD_LATE,  /* one that was missing: out of order */
	HEARD_AGAIN, /* doubled */
};

enum heard_as heard_note(struct heard *h, uint32_t number);

#endif
