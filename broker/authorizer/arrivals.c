/* arrivals – see arrivals.h. */
#include "arrivals.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

/* FastCGI 1.0, §8: of a record version, type, two bytes of an id, two of the length, one of the
 * padding, one that is reserved. */
enum { RECORD_HEAD = 8, VERSION = 1, BEGIN = 1, PARAMS = 4, STDIN = 5 };

enum { LISTENER = ARRIVALS_MAX }; /* in place of the number of one that waits */

/* An empty record ends its stream. What libfcgi would pass over, and then wait for more, has no
 * place here. */
int
arrival_state(const uint8_t *at, size_t len)
{
	const uint8_t *first = at;
	uint8_t due = BEGIN;

	while (len >= RECORD_HEAD) {
		size_t content = (size_t)at[4] << 8 | at[5], all = RECORD_HEAD + content + at[6];

		if (at[0] != VERSION || at[1] != due || memcmp(at + 2, first + 2, 2) != 0)
			return -1;
		if (all > len)
			return 0;
		if (due == STDIN && content == 0)
			return 1;
		if (due == BEGIN || content == 0)
			due = due == BEGIN ? PARAMS : STDIN;
		at += all;
		len -= all;
	}
	return 0;
}

/* Looks at what lies in the socket: as arrival_state, and -1 too where it is gone or too much. */
static int
look(int fd)
{
	static uint8_t bytes[ARRIVAL_BYTES_MAX];
	ssize_t n = recv(fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
	int state;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	state = arrival_state(bytes, (size_t)n);
	explicit_bzero(bytes, (size_t)n); /* a token is among it */
	return state == 0 && (n == 0 || n == sizeof bytes) ? -1 : state;
}

static int
watch(const struct arrivals *a, int fd, uint32_t events, uint32_t number)
{
	struct epoll_event e = { .events = events, .data.u32 = number };

	return epoll_ctl(a->epoll, EPOLL_CTL_ADD, fd, &e);
}

int
arrivals_init(struct arrivals *a, int listener)
{
	int flags = fcntl(listener, F_GETFL);

	a->listener = listener;
	a->came = 0;
	for (size_t i = 0; i < ARRIVALS_MAX; i++)
		a->waiting[i].fd = -1;
	a->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (a->epoll < 0 || flags < 0 || fcntl(listener, F_SETFL, flags | O_NONBLOCK) < 0)
		return -1;
	return watch(a, listener, EPOLLIN | EPOLLEXCLUSIVE, LISTENER);
}

static void
drop(struct arrival *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

void
arrivals_fini(struct arrivals *a)
{
	for (size_t i = 0; i < ARRIVALS_MAX; i++)
		drop(&a->waiting[i]);
	if (a->epoll >= 0)
		close(a->epoll);
	a->epoll = -1;
}

/* A free place; else that of the one who has been here longest: honest requests are here for less
 * than a millisecond. */
static struct arrival *
make_place(struct arrivals *a)
{
	struct arrival *oldest = &a->waiting[0];

	for (size_t i = 0; i < ARRIVALS_MAX; i++) {
		if (a->waiting[i].fd < 0)
			return &a->waiting[i];
		if (a->waiting[i].number < oldest->number)
			oldest = &a->waiting[i];
	}
	drop(oldest);
	return oldest;
}

/* Watched by edges: bytes that were looked at do not wake us again. */
static int
let_in(struct arrivals *a)
{
	int fd = accept4(a->listener, NULL, NULL, SOCK_CLOEXEC);
	struct arrival *w;

	if (fd < 0)
		return errno == EAGAIN || errno == ECONNABORTED ? 0 : -1;
	w = make_place(a);
	*w = (struct arrival){ fd, ++a->came, now_ms() + ARRIVAL_PATIENCE };
	if (watch(a, fd, EPOLLIN | EPOLLRDHUP | EPOLLET, (uint32_t)(w - a->waiting)) < 0) {
		drop(w);
		return -1;
	}
	return 0;
}

/* Takes one out whose request is complete, or which never will be. The connection, or -1. */
static int
take(struct arrivals *a, struct arrival *w)
{
	int fd = w->fd, there = fd >= 0 ? look(fd) : 0;

	if (there < 0)
		drop(w);
	if (there <= 0)
		return -1;
	epoll_ctl(a->epoll, EPOLL_CTL_DEL, fd, NULL);
	w->fd = -1;
	return fd;
}

/* Those whose time is over go. Until the next, in ms; -1: nobody waits. */
static int
give_up(struct arrivals *a)
{
	int64_t now = now_ms(), left = -1;

	for (struct arrival *w = a->waiting; w < a->waiting + ARRIVALS_MAX; w++) {
		if (w->fd >= 0 && w->until <= now)
			drop(w);
		if (w->fd >= 0 && (left < 0 || w->until - now < left))
			left = w->until - now;
	}
	return (int)left;
}

void
arrival_end(int fd)
{
	char rest[4096];

	/* Closed with something in it, it would be broken off for the other side. */
	while (recv(fd, rest, sizeof rest, MSG_DONTWAIT) == sizeof rest)
		;
	explicit_bzero(rest, sizeof rest);
	close(fd);
}

int
arrivals_next(struct arrivals *a)
{
	for (;;) {
		struct epoll_event e;
		int fd = -1, n = epoll_wait(a->epoll, &e, 1, give_up(a));

		if (n < 0)
			return -1;
		if (n == 1 && e.data.u32 < ARRIVALS_MAX)
			fd = take(a, &a->waiting[e.data.u32]);
		else if (n == 1 && let_in(a) < 0)
			return -1;
		if (fd >= 0)
			return fd;
	}
}
