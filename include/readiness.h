/* readiness – is the service there for newcomers, and if not, why not?
 *
 * One table (readiness.def) for what the broker says of itself and what the authorizer says to load
 * balancers. It says nothing about anybody. Implemented in broker/common/readiness.c. Pure. */
#ifndef BECKON_READINESS_H
#define BECKON_READINESS_H

enum readiness {
#define READINESS(symbol, word, message) READY_##symbol,
#include "readiness.def"
#undef READINESS
	READINESSES
};

struct readiness_row {
	const char *word;    /* stable, for programs */
	const char *message; /* for people */
};

extern const struct readiness_row readiness_table[READINESSES];

/* By word; READINESSES where it is none. */
enum readiness readiness_find(const char *word);

#endif
