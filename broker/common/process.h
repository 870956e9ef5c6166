/* process – what the kernel says about this process: time, memory, descriptors.
 *
 * Implemented in process.c; reads /proc/self. What cannot be had is 0. */
#ifndef BECKON_PROCESS_H
#define BECKON_PROCESS_H

#include <stdint.h>

struct process {
	uint64_t cpu; /* us, user and system */
	uint64_t resident, virtual_size; /* bytes */
	uint64_t files, files_max; /* descriptors; takes as long as there are many, 0.2 us each */
};

void process_look(struct process *p);

#endif
