/* api_words – a request that may be done, as a command of the broker's.
 *
 * A route's `command` is a line of words: the command itself, then @room and @client for what the
 * path named, and members of the body by their names. One that is absent is what stands behind its
 * `=`; without that it is the last, and there is none. Implemented in api_words.c. Pure. */
#ifndef BECKON_API_WORDS_H
#define BECKON_API_WORDS_H

#include "api_judge.h"
#include "buf.h"

/* Appends the words as argv.h has them. NULL, or why the broker would not take them; static. */
const char *api_words(struct buf *to, const struct api_judgement *j);

#endif
