/* ration – so many a second, and how many more there were.
 *
 * For log lines that a stranger can cause. Pure; implemented in ration.c. */
#ifndef BECKON_RATION_H
#define BECKON_RATION_H

#include <stdbool.h>
#include <stdint.h>

enum { RATION = 10 }; /* a second; enough to see what happens, too few to fill a disk */

struct ration {
	int64_t second;
	unsigned taken, refused;
};

/* May there be one more now (ms)? When the first of a second may, *refused says how many could not
 * since the last that could. */
bool ration_take(struct ration *r, int64_t now, unsigned *refused);

#endif
