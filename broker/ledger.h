/* ledger – what must outlive a crash of this process, in a file that only grows.
 *
 * One record for each round, written before anything of the round is seen by others. It is not
 * synced: a file's pages outlive the process that wrote them, and a reboot ends all connections
 * anyway. Each record has its length and a checksum, so that one that was cut short is noticed, and
 * with it the end. From time to time a snapshot takes the place of all records so far. It refuses
 * to know what records say. Implemented in broker/ledger.c; may block on the file system. */
#ifndef BECKON_LEDGER_H
#define BECKON_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger;

/* Hands out the records of the file at path, oldest first, up to the end or the first that is not
 * whole. Returns how many these were; 0 where there is no file, or it is another format's. lost:
 * how many bytes of it were no use. each: -1 ends the reading, which then returns -1. */
typedef int ledger_each(void *context, const void *record, size_t len);
long ledger_read(const char *path, uint32_t format, ledger_each *each, void *context, size_t *lost);

/* Begins a new file with this as its first record, and puts it in the place of the one at path.
 * NULL with one line in why. */
struct ledger *ledger_open(const char *path, uint32_t format, const void *snapshot, size_t len,
    char *why, size_t size);

/* 0, or -1 with errno: then the file is not to be trusted any more, and ledger_remove is due. */
int ledger_append(struct ledger *l, const void *record, size_t len);

/* Has it outgrown its snapshot, so that a new one is worth its writing? */
bool ledger_is_long(const struct ledger *l);

/* The file stays. */
void ledger_close(struct ledger *l);

/* Nobody shall find a ledger that has stopped telling the truth. */
void ledger_remove(const char *path);

#endif
