/* ask – one question, one answer, over one kept connection. */
#include "ask.h"

#include <errno.h>
#include <poll.h>

#include "bounds.h"
#include "clock.h"

enum { BACKLOG_PAUSE = 5 }; /* ms until a full backlog is tried again */

void
ask_init(struct ask *a, const char *path)
{
	sp_init(&a->sp, SP_REQ, REQUEST_MAX);
	a->path = path;
	a->id = 0;
}

void
ask_fini(struct ask *a)
{
	sp_close(&a->sp);
}

/* A unix socket's connect does not wait: where the broker's backlog is full (hundreds are joining)
 * it fails at once, and asking again is the only way to wait. */
static int
reach(struct ask *a, int64_t deadline)
{
	while (sp_open(&a->sp, a->path) != 0) {
		if (errno != EAGAIN)
			return -1;
		if (now_ms() >= deadline) {
			errno = ETIMEDOUT;
			return -1;
		}
		poll(NULL, 0, BACKLOG_PAUSE);
	}
	return 0;
}

/* Waits until the socket can go on, and lets it. 0, or -1 with errno. */
static int
turn(struct ask *a, int64_t deadline)
{
	struct pollfd p = { .fd = a->sp.fd, .events = sp_events(&a->sp) };
	int64_t left = deadline - now_ms();
	int ready = left > 0 ? poll(&p, 1, (int)left) : 0;

	if (ready < 0)
		return errno == EINTR ? 0 : -1;
	if (ready == 0) {
		errno = ETIMEDOUT;
		return -1;
	}
	if ((p.revents & POLLOUT) != 0 && sp_write(&a->sp) != 0)
		return -1;
	if ((p.revents & ~POLLOUT) != 0 && sp_read(&a->sp) != 0)
		return -1;
	return 0;
}

/* The reply to the last question, if it has come. As sp_next. */
static int
reply_next(struct ask *a, const uint8_t **answer, size_t *len)
{
	uint32_t id;
	int rc;

	do {
		rc = sp_next(&a->sp, &id, answer, len);
	} while (rc == 1 && ((id ^ a->id) & INT32_MAX) != 0);
	return rc;
}

static int
converse(struct ask *a, const void *question, size_t n, int64_t deadline,
    const uint8_t **answer, size_t *len)
{
	int rc;

	if (sp_send(&a->sp, ++a->id, question, n) != 0 || sp_write(&a->sp) != 0)
		return -1;
	do {
		if (turn(a, deadline) != 0)
			return -1;
		rc = reply_next(a, answer, len);
	} while (rc == 0);
	return rc == 1 ? 0 : -1;
}

int
ask_question(struct ask *a, const void *question, size_t n, int patience,
    const uint8_t **answer, size_t *len)
{
	int64_t deadline = now_ms() + patience;
	int error;

	if (a->sp.fd >= 0) {
		if (converse(a, question, n, deadline, answer, len) == 0)
			return 0;
		error = errno;
		sp_close(&a->sp);
		errno = error;
		if (error == ETIMEDOUT)
			return -1;
	}
	if (reach(a, deadline) == 0 && converse(a, question, n, deadline, answer, len) == 0)
		return 0;
	/* Closed even after a mere time-out: a reply that comes too late is then nobody's. */
	error = errno;
	sp_close(&a->sp);
	errno = error;
	return -1;
}
