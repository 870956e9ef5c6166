/* refusal – the table of refusals, made from refusal.def. */
#include "refusal.h"

#include <string.h>

const struct refusal_row refusal_table[REFUSALS] = {
#define REFUSAL(symbol, word, status, message) [REFUSED_##symbol] = { word, status, message },
#include "refusal.def"
#undef REFUSAL
};

enum refusal
refusal_find(const char *word, unsigned long n)
{
	for (int i = 0; i < REFUSALS; i++) {
		const char *known = refusal_table[i].word;

		if (strlen(known) == n && memcmp(known, word, n) == 0)
			return (enum refusal)i;
	}
	return REFUSALS;
}
