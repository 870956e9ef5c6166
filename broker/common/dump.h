/* dump – what a process that holds secrets must not leave behind or let be seen.
 *
 * Implemented in dump.c. */
#ifndef BECKON_DUMP_H
#define BECKON_DUMP_H

/* From now on no core file, whatever becomes of us, and for others, those of our own user included,
 * no look into our memory, environment or descriptors (proc(5), ptrace(2)). Holds for what is
 * forked, not for what is executed. Root may still look. */
void dump_forbid(void);

#endif
