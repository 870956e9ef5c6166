/* outq – see outq.h. */
#include "outq.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	ARRAY_MAX = 65536, /* bytes of one array: a client parses it in one go */
	GAP_MAX = 65536,   /* bytes sent already that may lie in front of what waits */
};

/* A terminal or a file is shared with whoever started us, and does not block for long. */
static int
make_nonblocking(int fd)
{
	struct stat st;
	int flags = fcntl(fd, F_GETFL);

	if (fstat(fd, &st) < 0 || flags < 0 || !(S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)))
		return -1;
	return fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -1 : flags;
}

void
outq_init(struct outq *q, int fd, size_t max)
{
	*q = (struct outq){ .fd = fd, .flags = make_nonblocking(fd), .max = max };
}

void
outq_fini(struct outq *q)
{
	if (q->flags >= 0)
		fcntl(q->fd, F_SETFL, q->flags);
	q->flags = -1;
	buf_fini(&q->lines);
	buf_fini(&q->array);
}

void
outq_put(struct outq *q, const void *bytes, size_t n)
{
	buf_add(&q->lines, bytes, n);
}

static size_t
waiting(const struct outq *q)
{
	return q->array.len + q->lines.len - q->sent;
}

int
outq_end(struct outq *q)
{
	char *at = q->lines.at + q->begun, *end = q->lines.at + q->lines.len;

	while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL)
		*at++ = ' ';
	buf_char(&q->lines, '\n');
	q->begun = q->lines.len;
	q->count++;
	return buf_failed(&q->lines) || waiting(q) > q->max ? -1 : 0;
}

/* Behind the first line that ends at or after `from`. */
static size_t
line_end(const struct outq *q, size_t from)
{
	const char *found = memchr(q->lines.at + from, '\n', q->lines.len - from);

	return found == NULL ? q->lines.len : (size_t)(found + 1 - q->lines.at);
}

static bool
inside_line(const struct outq *q)
{
	return q->sent > 0 && q->lines.at[q->sent - 1] != '\n';
}

void
outq_cut(struct outq *q)
{
	q->lines.len = inside_line(q) ? line_end(q, q->sent) : q->sent;
	q->lines.failed = false;
	q->begun = q->lines.len;
}

bool
outq_is_empty(const struct outq *q)
{
	return waiting(q) == 0;
}

/* Moves waiting lines into an array, if there are several. */
static void
gather(struct outq *q)
{
	size_t from = q->sent, end = line_end(q, from);

	if (end == q->begun || inside_line(q))
		return;
	while (end < q->begun && end - from < ARRAY_MAX)
		end = line_end(q, end);
	char *to = buf_reserve(&q->array, end - from + 2);
	if (to == NULL) { /* then one by one */
		buf_fini(&q->array);
		return;
	}
	to[0] = '[';
	for (size_t i = from; i < end; i++)
		to[1 + i - from] = q->lines.at[i] == '\n' ? ',' : q->lines.at[i];
	to[end - from] = ']';
	to[end - from + 1] = '\n';
	q->array.len = end - from + 2;
	q->sent = end;
}

/* Keeps what was sent from piling up in front, without moving bytes for each write. */
static void
tidy(struct outq *q)
{
	if (q->array.len == 0)
		buf_fini(&q->array);
	if (q->sent == q->lines.len) {
		buf_fini(&q->lines);
		q->begun = q->sent = 0;
	} else if (q->sent > GAP_MAX && !inside_line(q)) {
		buf_drop(&q->lines, q->sent);
		q->begun -= q->sent;
		q->sent = 0;
	}
}

/* 1 something went out, 0 no room, -1 nobody reads. */
static int
write_some(struct outq *q)
{
	struct buf *array = &q->array;
	ssize_t n = array->len > 0 ? write(q->fd, array->at, array->len)
				   : write(q->fd, q->lines.at + q->sent, q->begun - q->sent);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (array->len > 0)
		buf_drop(array, (size_t)n);
	else
		q->sent += (size_t)n;
	return 1;
}

int
outq_flush(struct outq *q)
{
	int rc = 1;

	while (rc > 0 && waiting(q) > 0) {
		if (q->batch && q->array.len == 0)
			gather(q);
		rc = write_some(q);
		tidy(q);
	}
	return rc < 0 ? -1 : 0;
}

size_t
outq_waiting(const struct outq *q)
{
	return q->lines.len - q->sent + q->array.len;
}
