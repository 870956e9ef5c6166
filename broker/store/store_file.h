/* store_file – the store's file: is it ours, is it whole, is it up to date?
 *
 * Private to the store. Its layout has a version (PRAGMA user_version): older ones are brought up
 * to date, newer or damaged ones refused with a message, untouched. Implemented in
 * store_file.c, as is store_check. May block on the disk. */
#ifndef BECKON_STORE_FILE_H
#define BECKON_STORE_FILE_H

#include <stddef.h>

#include <sqlite3.h>

/* Opens or makes the file, ready for use. NULL with why. */
sqlite3 *store_file_open(const char *path, char *why, size_t size);

#endif
