/* bye – why a connection ends: the codes and words of protocol §4.
 *
 * One table (bye.def) for broker, handler and documentation. 4000–4099 mean: do not come back;
 * 4100–4199: come back after `retryAfterMs`. Implemented in broker/common/bye.c. Pure. */
#ifndef BECKON_BYE_H
#define BECKON_BYE_H

#include <stdbool.h>

enum bye {
#define BYE(symbol, word, code, reconnect, help) BYE_##symbol,
#include "bye.def"
#undef BYE
	BYES
};

struct bye_row {
	const char *word; /* `reason`; stable, for programs; also the reason of a `disconnect` */
	int code;
	bool reconnect;
	const char *help; /* for people */
};

extern const struct bye_row bye_table[BYES];

#endif
