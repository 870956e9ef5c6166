/* readiness – the table, made from readiness.def. */
#include "readiness.h"

#include <string.h>

const struct readiness_row readiness_table[READINESSES] = {
#define READINESS(symbol, word, message) [READY_##symbol] = { word, message },
#include "readiness.def"
#undef READINESS
};

enum readiness
readiness_find(const char *word)
{
	enum readiness r = READY_YES;

	while (r < READINESSES && strcmp(readiness_table[r].word, word) != 0)
		r++;
	return r;
}
