/* api_fault – see api_fault.h. */
#include "api_fault.h"

#include <string.h>

const struct refusal_row api_fault_table[FAULTS] = {
#define FAULT(symbol, word, status, message) { word, status, message },
#include "api_fault.def"
#undef FAULT
};

enum api_fault
api_fault_of(enum refusal r)
{
	int i = FAULT_NONE;

	while (i < FAULTS && strcmp(api_fault_table[i].word, refusal_table[r].word) != 0)
		i++;
	return i < FAULTS ? (enum api_fault)i : FAULT_UNAVAILABLE;
}
