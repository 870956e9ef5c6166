/* api_fault – why an application is told no: the words of the API with their HTTP answers.
 *
 * One table (api_fault.def), in the order of precedence. Where a word is one of refusal.def, too,
 * it means the same. Implemented in api_fault.c. Pure. */
#ifndef BECKON_API_FAULT_H
#define BECKON_API_FAULT_H

#include "refusal.h"

enum api_fault {
#define FAULT(symbol, word, status, message) FAULT_##symbol,
#include "api_fault.def"
#undef FAULT
	FAULTS
};

extern const struct refusal_row api_fault_table[FAULTS];

/* What was refused before it came to the API itself: path, credentials, token. */
enum api_fault api_fault_of(enum refusal r);

#endif
