/* words – every stable word by which Beckon says no, as one list for people and scripts.
 *
 * The tables are problem.def (`error`), bye.def (`bye`) and refusal.def (before the upgrade).
 * Implemented in broker/common/words.c. Pure. */
#ifndef BECKON_WORDS_H
#define BECKON_WORDS_H

#include "buf.h"

/* Tab-separated lines under a heading line: kind (error, bye, refusal), word, number (of a bye its
 * code, of a refusal the HTTP status), help. */
void words_describe(struct buf *to);

#endif
