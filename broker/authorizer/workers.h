/* workers – a master and the processes it keeps running on one socket.
 *
 * For a program whose work blocks, one request at a time: the kernel gives each connection to a
 * worker that waits in accept. One that dies is replaced; the master does nothing else that could
 * fail. It refuses to know what the workers do. Implemented in workers.c. */
#ifndef BECKON_WORKERS_H
#define BECKON_WORKERS_H

#include <stdbool.h>

struct workers {
	int count; /* 1 to 64 */

	/* The work: runs in the worker, which exits with its value. TERM must make it return, and
	 * may come twice. Descriptors and memory are those of the master at its start. */
	int (*work)(void *context);

	/* One process more, kept running like a worker; it need not mind TERM. NULL: none. Whether
	 * there is work for it is asked whenever it would be started. */
	int (*aside)(void *context);
	bool (*aside_wanted)(void *context);

	/* HUP: loads anew what future workers start with. 0, and the present workers are retired
	 * one by one; -1, and they go on as they are. */
	int (*reload)(void *context);
	void *context;
};

/* How many to run where so many are wanted; 0: one a core, but two at least, as one may be waiting
 * for somebody who does not answer. */
int workers_count(long wanted);

/* A listening unix socket at path, close-on-exec, for owner and group only; a stale one in its
 * place is removed. Returns its descriptor, or -1 with errno. */
int workers_listen(const char *path);

/* Runs until TERM or INT and until all workers are gone. Blocks; takes over the signals CHLD, HUP,
 * INT and TERM of the process. Returns 0, or -1 with errno when it could not begin. */
int workers_run(const struct workers *w);

#endif
