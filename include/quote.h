/* quote – foreign text, made fit for a message: printable, and no longer than there is room.
 *
 * Printable ASCII stays; a backslash becomes `\\`, every other byte `\xNN`, so that what is quoted
 * cannot end a line, colour a terminal or pass for something else. Pure; implemented in
 * broker/common/quote.c. */
#ifndef BECKON_QUOTE_H
#define BECKON_QUOTE_H

#include <stddef.h>

/* Writes n bytes of text to cap bytes at `to`, always with a NUL; what does not fit is replaced by
 * `...` at the end. Returns the length written. */
size_t quote_bytes(char *to, size_t cap, const char *text, size_t n);

/* The same for a string, to be used inside a call: returns `to`. */
const char *quote(char *to, size_t cap, const char *text);

/* Room for what a message shows of a stranger's text. */
enum { QUOTE_SIZE = 64 };

#endif
