/* adopt – log lines of programs that know no JSON, as the objects that ours write.
 *
 * websocketd puts words of its own before a handler's line, nginx its time and level before its
 * own. What is the line of a program of ours goes on as it is. It refuses to know where lines come
 * from and go to. Implemented in adopt.c. Pure. */
#ifndef BECKON_ADOPT_H
#define BECKON_ADOPT_H

#include <stddef.h>
#include <stdint.h>

#include "bounds.h"

/* Writes what becomes of the line (n bytes, without its end) to ADOPTED_MAX bytes at `to`: an
 * object and a line end. Queries, in which tokens travel, are cut off. Returns its length.
 * program: who writes it, where it does not say so itself. now: ms since 1970. */
enum { ADOPTED_MAX = LOG_JSON_MAX };
size_t adopt(char *to, const char *program, const char *line, size_t n, int64_t now);

#endif
