/* argv – an operator's command as words: how it travels in a FRAME_CTL.
 *
 * Each word is ended by a NUL; of the last it may be missing, so that one word is that word. What
 * was read is UTF-8 without anything that steers a terminal or a line (control.h), within CTL_MAX
 * and CTL_WORDS_MAX. It refuses to know commands. Pure; implemented in broker/common/argv.c. */
#ifndef BECKON_ARGV_H
#define BECKON_ARGV_H

#include <stddef.h>

#include "bounds.h"
#include "buf.h"

struct argv {
	int argc;			     /* at least 1 */
	const char *word[CTL_WORDS_MAX + 1]; /* in text; NULL behind the last */
	char text[CTL_MAX + 1];
};

/* The words as they are sent; they end with a NULL. */
void argv_put(struct buf *to, const char *const words[]);

/* Takes a copy. NULL, or what is wrong with it, for people; static. */
const char *argv_read(struct argv *a, const void *bytes, size_t len);

#endif
