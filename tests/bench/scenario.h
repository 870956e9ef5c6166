/* scenario – the loads, as a table. Implemented in scenario.c. */
#ifndef BENCH_SCENARIO_H
#define BENCH_SCENARIO_H

#include <stdbool.h>

#include "crowd.h"

struct result {
	bool ok;	/* everybody came in, and everything came */
	double seconds; /* of what was measured */
	double rate;	/* deliveries, joins or calls a second */
	double cpu_from, cpu_to; /* of the load itself */
};

/* arguments: name=number, up to a NULL. -1: there is no such scenario or argument. */
int scenario_run(struct crowd *c, const char *name, char **arguments, struct result *r);

/* Seconds of processor time that this process has used. */
double load_cpu(void);

#endif
