/* nng_tasks – libnng's steps, run in the thread that caused them.
 *
 * A sixth thing to mend (see nng_mend.c), for speed. For a request libnng makes four steps, each
 * another task for its pool of threads; for a reply three, and one for each subscriber that is
 * published to. Each wakes a thread, for a microsecond's work: 41 system calls and 16 changes of
 * thread a message in rooms of four. Tasks that are due while a thread of ours gathers are run
 * by that thread itself, when it says so: it holds none of libnng's locks then, and waits for
 * nothing. libnng's poller does the same whenever it is about to wait for events. All other
 * threads leave their tasks to the pool. Implemented in nng_tasks.c, at the linker's seams. */
#ifndef BECKON_NNG_TASKS_H
#define BECKON_NNG_TASKS_H

/* From here on. Between this and tasks_run the thread calls nothing that waits for a task. */
void tasks_gather(void);

/* Runs those that were gathered, and what comes of them; gathers no more. */
void tasks_run(void);

#endif
