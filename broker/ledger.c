/* ledger – see ledger.h. */
#include "ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	LONG_MIN_BYTES = 8 << 20, /* below this no snapshot is worth its writing */
	LONG_TIMES = 3,		  /* the last snapshot */
};

struct head {
	char name[12];
	uint32_t format;
};

/* The machine's own byte order: it is read where it was written. */
struct record_head {
	uint64_t len, sum;
};

struct ledger {
	int fd;
	size_t size, snapshot; /* bytes */
};

/* FNV-1a: it has to notice what was cut short, not what was forged. */
static uint64_t
checksum(const uint8_t *at, size_t len)
{
	uint64_t sum = 0xcbf29ce484222325u ^ len;

	for (size_t i = 0; i < len; i++)
		sum = (sum ^ at[i]) * 0x100000001b3u;
	return sum;
}

static struct head
head_of(uint32_t format)
{
	return (struct head){ .name = "beckonledger", .format = format };
}

static long
read_records(const uint8_t *at, size_t *left, ledger_each *each, void *context)
{
	struct record_head head;
	long count = 0;

	while (*left >= sizeof head) {
		memcpy(&head, at, sizeof head);
		if (head.len > *left - sizeof head ||
		    head.sum != checksum(at + sizeof head, head.len))
			break;
		if (each(context, at + sizeof head, head.len) < 0)
			return -1;
		at += sizeof head + head.len;
		*left -= sizeof head + head.len;
		count++;
	}
	return count;
}

long
ledger_read(const char *path, uint32_t format, ledger_each *each, void *context, size_t *lost)
{
	struct head expected = head_of(format);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	void *map = MAP_FAILED;
	struct stat st;
	long count = 0;

	*lost = 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		goto out;
	*lost = (size_t)st.st_size;
	if (*lost < sizeof expected)
		goto out;
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED || memcmp(map, &expected, sizeof expected) != 0)
		goto out;
	*lost -= sizeof expected;
	count = read_records((const uint8_t *)map + sizeof expected, lost, each, context);
out:
	if (map != MAP_FAILED)
		munmap(map, (size_t)st.st_size);
	if (fd >= 0)
		close(fd);
	return count;
}

/* One call, unless the file system takes less at a time. */
static int
write_all(int fd, struct iovec *parts, int count)
{
	while (count > 0) {
		ssize_t n = writev(fd, parts, count);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		for (; count > 0 && (size_t)n >= parts->iov_len; count--)
			n -= (ssize_t)parts++->iov_len;
		if (count > 0) {
			parts->iov_base = (char *)parts->iov_base + n;
			parts->iov_len -= (size_t)n;
		}
	}
	return 0;
}

int
ledger_append(struct ledger *l, const void *record, size_t len)
{
	struct record_head head = { len, checksum(record, len) };
	struct iovec parts[] = { { &head, sizeof head }, { (void *)record, len } };

	if (write_all(l->fd, parts, 2) < 0)
		return -1;
	l->size += sizeof head + len;
	return 0;
}

struct ledger *
ledger_open(const char *path, uint32_t format, const void *snapshot, size_t len, char *why,
    size_t size)
{
	struct ledger *l = calloc(1, sizeof *l);
	struct head head = head_of(format);
	char fresh[PATH_MAX];

	if (!l) {
		snprintf(why, size, "out of memory");
		return NULL;
	}
	snprintf(fresh, sizeof fresh, "%s.new", path);
	unlink(fresh);
	l->fd = open(fresh, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (l->fd < 0 || write_all(l->fd, &(struct iovec){ &head, sizeof head }, 1) < 0 ||
	    ledger_append(l, snapshot, len) < 0 || rename(fresh, path) < 0) {
		snprintf(why, size, "%s: %s", fresh, strerror(errno));
		ledger_close(l);
		unlink(fresh);
		return NULL;
	}
	l->snapshot = l->size;
	return l;
}

bool
ledger_is_long(const struct ledger *l)
{
	return l->size > LONG_MIN_BYTES && l->size > LONG_TIMES * l->snapshot;
}

void
ledger_close(struct ledger *l)
{
	if (!l)
		return;
	if (l->fd >= 0)
		close(l->fd);
	free(l);
}

void
ledger_remove(const char *path)
{
	unlink(path);
}
