/* problem – what can be wrong with an event: the words of `error`, protocol §3.
 *
 * One table (problem.def) for broker, handler and documentation. Implemented in
 * broker/common/problem.c. Pure. */
#ifndef BECKON_PROBLEM_H
#define BECKON_PROBLEM_H

enum problem {
#define PROBLEM(symbol, word, help) PROBLEM_##symbol,
#include "problem.def"
#undef PROBLEM
	PROBLEMS
};

struct problem_row {
	const char *word; /* `code` in the payload; stable, for programs */
	const char *help; /* `message`, for people */
};

extern const struct problem_row problem_table[PROBLEMS];

#endif
