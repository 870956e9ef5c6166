/* fetcher – the process that keeps the identity provider's keys at hand.
 *
 * Network, TLS and a stranger's JSON are here, away from the workers that answer nginx: they find
 * its work in a file, as the broker does. What is no good set never replaces one that was.
 * Implemented in fetcher.c. */
#ifndef BECKON_FETCHER_H
#define BECKON_FETCHER_H

#include "demand.h"

struct fetcher {
	const char *url;      /* JWKS_URL */
	const char *ca;	      /* "": the system's authorities */
	const char *data_dir; /* where jwks.h keeps the set */
	struct demand *demand;
};

/* Fetches when it is due or asked for, for ever; logs what changes. Returns only where it cannot
 * begin, with an exit status. */
int fetcher_run(const struct fetcher *f);

#endif
