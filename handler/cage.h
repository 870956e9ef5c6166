/* cage – what is left to a handler that its client has taken over.
 *
 * A handler shuts itself in before it looks at the first byte from outside. From then on it sees
 * one folder, that of the broker's sockets, and its only ways out are descriptors it has and unix
 * sockets in that folder: so it finds a broker that was restarted, and nothing else. Any system
 * call that a running session does not need ends the process (SIGSYS), and with it one person's
 * connection.
 *
 * A build with sanitizers only goes to the folder: their runtime needs more than a cage allows.
 * Implemented in handler/cage.c; the filter is made at build time, by handler/cage_filter.c. */
#ifndef HANDLER_CAGE_H
#define HANDLER_CAGE_H

/* Closes what whoever started us had open and left to us, but for stdin, stdout and stderr. A
 * kernel before 5.9 leaves it open. */
void cage_close_inherited(void);

/* Goes to the folder of the sockets, which paths are relative to from now on. 0, or -1 with
 * errno. */
int cage_go(const char *folder);

/* Shuts the process in where it is. Needs a process with one thread; root becomes the folder's
 * owner. 0, or -1 with errno and in *bar what could not be had. A system that lets nobody have a
 * root folder of his own, or has no Landlock, makes the cage wider by that, which is logged at
 * debug level. */
int cage_shut(const char **bar);

#endif
