/* slurp – a small regular file, read into memory at once.
 *
 * For configuration and keys: never hangs on a FIFO, never fills memory. Implemented in
 * slurp.c. */
#ifndef BECKON_SLURP_H
#define BECKON_SLURP_H

#include <stddef.h>
#include <sys/types.h>

/* Reads the file (path relative to the folder, a descriptor or AT_FDCWD) into cap bytes. Returns
 * its length; -1 with errno: EFBIG where it is longer, EINVAL where it is no regular file. */
ssize_t slurp(int folder, const char *path, void *to, size_t cap);

/* The same into memory of its size, with a NUL behind it: to be freed, and NULL where it failed. */
ssize_t slurp_new(int folder, const char *path, char **to, size_t cap);

#endif
