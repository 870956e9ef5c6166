/* process – see process.h. */
#include "process.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STATUS_MAX = 8192 };

void
process_open(struct process *p)
{
	p->status = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	p->folder = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

void
process_close(struct process *p)
{
	if (p->status >= 0)
		close(p->status);
	if (p->folder >= 0)
		close(p->folder);
	p->status = p->folder = -1;
}

static uint64_t
us(const struct timeval *t)
{
	return (uint64_t)t->tv_sec * 1000000 + (uint64_t)t->tv_usec;
}

/* The number in the line that begins with the name. */
static uint64_t
number_of(const char *status, const char *name)
{
	const char *line = strstr(status, name);

	return line != NULL ? strtoull(line + strlen(name), NULL, 10) : 0;
}

/* How many descriptors there are: the folder's size, since Linux 6.2. Before that they are tried,
 * up to the highest that there has been; reading the folder would take three times as long. */
static uint64_t
count_files(const struct process *p, uint64_t highest)
{
	struct stat st;
	uint64_t found = 0;

	if (fstat(p->folder, &st) == 0 && st.st_size > 0)
		return (uint64_t)st.st_size;
	for (uint64_t fd = 0; fd < highest; fd++)
		found += fcntl((int)fd, F_GETFD) >= 0;
	return found;
}

void
process_look(const struct process *p, struct process_look *found)
{
	char status[STATUS_MAX];
	ssize_t n = pread(p->status, status, sizeof status - 1, 0);
	struct rlimit files;
	struct rusage used;

	*found = (struct process_look){ 0 };
	status[n > 0 ? n : 0] = '\0';
	if (getrusage(RUSAGE_SELF, &used) == 0)
		found->cpu = us(&used.ru_utime) + us(&used.ru_stime);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0)
		found->files_max = files.rlim_cur;
	found->resident = number_of(status, "\nVmRSS:") * 1024;
	found->virtual_size = number_of(status, "\nVmSize:") * 1024;
	found->files = count_files(p, number_of(status, "\nFDSize:"));
}
