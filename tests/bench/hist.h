/* hist – latencies, kept as counts: 1 % wide classes from 1 µs to an hour.
 *
 * Implemented in hist.c. Pure. */
#ifndef BENCH_HIST_H
#define BENCH_HIST_H

#include <stdint.h>

enum { HIST_CLASSES = 2300 };

struct hist {
	uint64_t count[HIST_CLASSES], total;
};

void hist_add(struct hist *h, int64_t ns);

/* The latency in ms that this share (0 to 1) does not exceed; 0 where there is none. */
double hist_share(const struct hist *h, double share);

#endif
