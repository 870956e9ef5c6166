/* key_file – one file of the key folder: what its name promises, and the keys in it.
 *
 * Private to keys.c, which has the folder and the set. Implemented in key_file.c. */
#ifndef BECKON_KEY_FILE_H
#define BECKON_KEY_FILE_H

#include <stdbool.h>

#include "keys.h"

/* Is this the name of a file that should hold keys? */
bool key_file_is_one(const char *name);

/* Reads the file (name within the folder, a descriptor) and calls keys_add for each good key and
 * keys_problem for what is not. */
void key_file_load(struct keys *k, int folder, const char *name);

/* The same for a set that was fetched, if it is from this address. Nothing is said where there is
 * none yet, and about kids that there are already: no operator put it there. */
void key_file_load_fetched(struct keys *k, const char *path, const char *url);

/* ---- what it calls, implemented in keys.c ---- */

/* Takes the key over; one that has no place is freed, with a complaint. */
void keys_add(struct keys *k, const char *file, struct key *key);

bool keys_have(const struct keys *k, const char *kid);

void keys_problem(struct keys *k, const char *file, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
