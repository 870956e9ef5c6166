/* process – what the kernel says about this process: time, memory, descriptors.
 *
 * Read from files that are kept open, as it is when descriptors have run out that it matters how
 * many there are. Implemented in process.c. */
#ifndef BECKON_PROCESS_H
#define BECKON_PROCESS_H

#include <stdint.h>

struct process {
	/* Of /proc/self, proc(5); -1: cannot be read. */
	int status;
	int folder; /* fd */
};

struct process_look {
	uint64_t cpu;			 /* us, user and system */
	uint64_t resident, virtual_size; /* bytes; 0: not known */
	uint64_t files, files_max;	 /* descriptors, those here among them; 0: not known */
};

/* What cannot be opened is not known later. */
void process_open(struct process *p);
void process_close(struct process *p);

/* Takes 0.1 ms; before Linux 6.2 another one for each 500 descriptors. */
void process_look(const struct process *p, struct process_look *found);

#endif
