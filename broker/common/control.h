/* control – characters that are not shown, but steer: a terminal, a line, the order of others.
 *
 * In what people are called they have no business. Implemented in control.c. Pure. */
#ifndef BECKON_CONTROL_H
#define BECKON_CONTROL_H

#include <stddef.h>

/* Bytes of the control character (C0, DEL, C1) or line separator (U+2028, U+2029) at `at`, or 0.
 * The text is UTF-8 and ends in a NUL. */
size_t control_at(const char *at);

/* The same of a directional override, embedding or isolate (U+202A to U+202E, U+2066 to U+2069):
 * it turns round what stands behind it, even in the words of others (Unicode TR 36 §3.3). */
size_t control_turning_at(const char *at);

#endif
