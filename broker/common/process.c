/* process – see process.h. */
#include "process.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static uint64_t
us(const struct timeval *t)
{
	return (uint64_t)t->tv_sec * 1000000 + (uint64_t)t->tv_usec;
}

/* proc(5): pages in all, then those in memory. */
static void
look_at_memory(struct process *p)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	char text[128];
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	if (sscanf(text, "%" SCNu64 " %" SCNu64, &p->virtual_size, &p->resident) != 2)
		return;
	p->virtual_size *= page;
	p->resident *= page;
}

/* Without `.`, `..` and the descriptor by which they are counted. */
static void
count_files(struct process *p)
{
	DIR *folder = opendir("/proc/self/fd");

	if (folder == NULL)
		return;
	while (readdir(folder) != NULL)
		p->files++;
	closedir(folder);
	p->files -= p->files > 3 ? 3 : p->files;
}

void
process_look(struct process *p)
{
	struct rusage used;
	struct rlimit files;

	*p = (struct process){ 0 };
	if (getrusage(RUSAGE_SELF, &used) == 0)
		p->cpu = us(&used.ru_utime) + us(&used.ru_stime);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0)
		p->files_max = files.rlim_cur;
	look_at_memory(p);
	count_files(p);
}
