/* starts – how often a broker has been started in a folder, counted in a file of it.
 *
 * For who watches from outside: a broker that is restarted again and again looks well each time.
 * Implemented in broker/starts.c. */
#ifndef BECKON_STARTS_H
#define BECKON_STARTS_H

#include <stdint.h>

/* One more. Returns how many that makes; where the file cannot be read or written, as far as is
 * known: that is no reason not to start. */
uint64_t starts_count(const char *folder);

#endif
