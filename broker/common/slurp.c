/* slurp – one open, one read. */
#include "slurp.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

ssize_t
slurp(int folder, const char *path, void *to, size_t cap)
{
	int fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n = -1;
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) != 0)
		goto out;
	if (!S_ISREG(st.st_mode))
		errno = EINVAL;
	else if (st.st_size > (off_t)cap)
		errno = EFBIG;
	else
		n = read(fd, to, cap);
out:
	close(fd);
	return n;
}
