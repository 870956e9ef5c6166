/* refusal – why a connection is refused: the words of protocol §1 with their HTTP answers.
 *
 * One table (refusal.def) for the authorizer's answers, the broker's REFUSED, the handler's bye,
 * logs and counters. Implemented in broker/authorizer/refusal.c. Pure. */
#ifndef BECKON_REFUSAL_H
#define BECKON_REFUSAL_H

enum refusal {
#define REFUSAL(symbol, word, status, message) REFUSED_##symbol,
#include "refusal.def"
#undef REFUSAL
	REFUSALS
};

struct refusal_row {
	const char *word;    /* stable, for programs */
	int status;	     /* HTTP */
	const char *message; /* for people */
};

extern const struct refusal_row refusal_table[REFUSALS];

/* By word (n bytes); REFUSALS where it is none. */
enum refusal refusal_find(const char *word, unsigned long n);

#endif
