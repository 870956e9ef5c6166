/* slurp – one open, one read. */
#include "slurp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A regular file of at most cap bytes. Its descriptor, or -1. */
static int
open_file(int folder, const char *path, size_t cap, size_t *size)
{
	int fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0) {
		*size = (size_t)st.st_size;
		if (S_ISREG(st.st_mode) && st.st_size <= (off_t)cap)
			return fd;
		errno = S_ISREG(st.st_mode) ? EFBIG : EINVAL;
	}
	close(fd);
	return -1;
}

ssize_t
slurp(int folder, const char *path, void *to, size_t cap)
{
	size_t size;
	int fd = open_file(folder, path, cap, &size);
	ssize_t n = fd >= 0 ? read(fd, to, cap) : -1;

	if (fd >= 0)
		close(fd);
	return n;
}

ssize_t
slurp_new(int folder, const char *path, char **to, size_t cap)
{
	size_t size;
	int fd = open_file(folder, path, cap, &size);
	ssize_t n = -1;

	*to = fd >= 0 ? malloc(size + 1) : NULL;
	if (*to)
		n = read(fd, *to, size);
	if (n >= 0)
		(*to)[n] = '\0';
	if (fd >= 0)
		close(fd);
	return n;
}
