/* rundir – the folder of the sockets: made where absent, held by one broker, swept.
 *
 * It refuses to know what the sockets are for. Touches the file system; does not block.
 * Implemented in broker/rundir.c. */
#ifndef BECKON_RUNDIR_H
#define BECKON_RUNDIR_H

#include <stddef.h>

/* Makes the folder (0750), in it the handlers' (0750, places.h) and the rooms' (0710: rooms have
 * names that cannot be guessed, and nobody but us may list them), takes the lock, and removes the
 * sockets that a killed broker left. Returns the lock, to be kept open; -1 with one line in why,
 * which names the process that holds it. */
int rundir_open(const char *folder, char *why, size_t size);

/* Lets everybody through the folder to what in it is for others; nobody may list it. 0, or -1 with
 * one line in why. */
int rundir_let_through(const char *folder, char *why, size_t size);

/* Gives the lock back. The folders stay. */
void rundir_close(int lock);

#endif
