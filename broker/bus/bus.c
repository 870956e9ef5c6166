/* bus – events and requests; see bus.h. Topics are in bus_topic.c. NNG 1.5.2. */
#include "bus.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/transport/ipc/ipc.h>

#include "bounds.h"
#include "bus_inside.h"
#include "nng_tasks.h"
#include "places.h"

enum { SHUT_MODE = 0600 };

int
bus_failed(const char *what, const char *path, int error, char *why, size_t size)
{
	snprintf(why, size, "bus: %s: %s: %s", path, what, nng_strerror(error));
	return -1;
}

/* Events: put down by NNG's threads, taken up by the caller's. */

static void
ring_bell(struct bus *b)
{
	ssize_t n = write(b->event_fd, &(uint64_t){ 1 }, sizeof(uint64_t));

	(void)n; /* fails only when the bell has been rung 2^64 times already */
}

void
bus_report(struct bus *b, struct bus_event event)
{
	pthread_mutex_lock(&b->lock);
	if (b->news_count == b->news_cap) {
		b->news_cap = b->news_cap ? b->news_cap * 2 : 64;
		b->news = reallocarray(b->news, b->news_cap, sizeof *b->news);
		if (!b->news) /* who went unnoticed would stay in a room for ever */
			abort();
	}
	b->news[b->news_count++] = event;
	pthread_mutex_unlock(&b->lock);
	ring_bell(b);
}

size_t
bus_events(struct bus *b, const struct bus_event **events)
{
	struct bus_event *news;
	size_t count, cap;
	uint64_t rung;
	ssize_t n = read(b->event_fd, &rung, sizeof rung);

	(void)n; /* non-blocking; whether it had been rung is of no interest */
	pthread_mutex_lock(&b->lock);
	news = b->news;
	count = b->news_count;
	cap = b->news_cap;
	b->news = b->taken;
	b->news_cap = b->taken_cap;
	b->news_count = 0;
	pthread_mutex_unlock(&b->lock);
	b->taken = news;
	b->taken_cap = cap;
	*events = news;
	return count;
}

bool
bus_allows(const struct bus *b, nng_pipe pipe, uid_t *uid)
{
	uint64_t value;

	if (nng_pipe_get_uint64(pipe, NNG_OPT_IPC_PEER_UID, &value) != 0)
		return false;
	*uid = (uid_t)value;
	return *uid == b->self || *uid == b->peer || *uid == 0;
}

static void
door_notice(nng_pipe pipe, nng_pipe_ev what, void *context)
{
	struct bus *b = context;
	uid_t uid;

	if (what == NNG_PIPE_EV_REM_POST)
		bus_report(b, (struct bus_event){ .kind = BUS_GONE, .pipe = (uint32_t)pipe.id });
	else if (!bus_allows(b, pipe, &uid))
		nng_pipe_close(pipe);
}

/* Whose handlers may come in is no operator for that. With a group of operators the kernel has
 * looked at who it is: nobody else can connect. */
static void
operator_notice(nng_pipe pipe, nng_pipe_ev what, void *context)
{
	struct bus *b = context;
	uid_t uid;

	(void)what;
	if (!b->grouped && (!bus_allows(b, pipe, &uid) || (uid != b->self && uid != 0)))
		nng_pipe_close(pipe);
}

/* Sockets. */

static const struct door_row {
	const char *name;
	size_t message_max;
	void (*notice)(nng_pipe pipe, nng_pipe_ev what, void *bus);
} door_table[BUS_DOORS] = {
	[BUS_CONTROL] = { PLACE_BROKER, REQUEST_MAX, door_notice },
	[BUS_OPERATOR] = { PLACE_OPERATORS, CTL_MAX, operator_notice },
};

int
bus_listen(nng_socket socket, const char *path, int mode, char *why, size_t size)
{
	char url[sizeof "ipc://" + SOCKET_PATH_MAX];
	nng_listener listener;
	int error;

	snprintf(url, sizeof url, "ipc://%s", path);
	if ((error = nng_listener_create(&listener, socket, url)) != 0 ||
	    (error = nng_listener_set_int(listener, NNG_OPT_IPC_PERMISSIONS, mode)) != 0 ||
	    (error = nng_listener_start(listener, 0)) != 0)
		return bus_failed("cannot listen", path, error, why, size);
	return 0;
}

static int
give_to_group(const char *path, gid_t group, char *why, size_t size)
{
	if (chown(path, (uid_t)-1, group) == 0 && chmod(path, DOOR_MODE) == 0)
		return 0;
	snprintf(why, size, "bus: %s: cannot give it to the operators' group: %s%s", path,
	    strerror(errno), errno == EPERM ? "; the broker's user has to be in it" : "");
	return -1;
}

static int
door_open(struct bus *b, enum bus_door door, const gid_t *group, char *why, size_t size)
{
	const struct door_row *row = &door_table[door];
	char path[SOCKET_PATH_MAX + 1];
	nng_socket *s = &b->door[door];
	int error;

	if ((size_t)snprintf(path, sizeof path, "%s/%s", b->folder, row->name) >= sizeof path)
		return bus_failed("the path is too long", b->folder, NNG_EADDRINVAL, why, size);
	if ((error = nng_rep0_open_raw(s)) != 0)
		return bus_failed("cannot open a socket", path, error, why, size);
	if ((error = nng_socket_set_size(*s, NNG_OPT_RECVMAXSZ, row->message_max)) != 0 ||
	    (error = nng_socket_set_int(*s, NNG_OPT_RECVBUF, BUS_BATCH)) != 0 ||
	    (error = nng_socket_set_int(*s, NNG_OPT_SENDBUF, BUS_BATCH)) != 0 ||
	    (error = nng_socket_get_int(*s, NNG_OPT_RECVFD, &b->door_fd[door])) != 0 ||
	    (error = nng_pipe_notify(*s, NNG_PIPE_EV_ADD_PRE, row->notice, b)) != 0 ||
	    (door == BUS_CONTROL &&
		(error = nng_pipe_notify(*s, NNG_PIPE_EV_REM_POST, row->notice, b)) != 0))
		return bus_failed("cannot set up the socket", path, error, why, size);
	/* Until it is the group's own it is nobody else's. */
	if (bus_listen(*s, path, group ? SHUT_MODE : DOOR_MODE, why, size) < 0)
		return -1;
	return group ? give_to_group(path, *group, why, size) : 0;
}

struct bus *
bus_open(const char *folder, uid_t peer, const gid_t *operators, int queue, char *why,
    size_t size)
{
	struct bus *b = calloc(1, sizeof *b);
	int error;

	if (!b || nng_aio_alloc(&b->aio, NULL, NULL) != 0) {
		snprintf(why, size, "bus: out of memory");
		free(b);
		return NULL;
	}
	snprintf(b->folder, sizeof b->folder, "%s", folder);
	b->self = geteuid();
	b->peer = peer;
	b->grouped = operators != NULL;
	b->queue = queue;
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->work, NULL);
	b->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (b->event_fd < 0) {
		snprintf(why, size, "bus: eventfd: %s", strerror(errno));
		goto fail;
	}
	for (enum bus_door d = 0; d < BUS_DOORS; d++)
		if (door_open(b, d, d == BUS_OPERATOR ? operators : NULL, why, size) < 0)
			goto fail;
	if ((error = pthread_create(&b->closer, NULL, bus_topic_closer, b)) != 0) {
		snprintf(why, size, "bus: cannot start a thread: %s", strerror(error));
		goto fail;
	}
	b->closer_runs = true;
	return b;
fail:
	bus_close(b);
	return NULL;
}

void
bus_close(struct bus *b)
{
	if (!b)
		return;
	if (b->closer_runs) {
		pthread_mutex_lock(&b->lock);
		b->over = true;
		pthread_cond_signal(&b->work);
		pthread_mutex_unlock(&b->lock);
		pthread_join(b->closer, NULL);
	}
	for (enum bus_door d = 0; d < BUS_DOORS; d++)
		if (nng_socket_id(b->door[d]) > 0)
			nng_close(b->door[d]);
	if (b->event_fd >= 0)
		close(b->event_fd);
	nng_aio_free(b->aio);
	pthread_cond_destroy(&b->work);
	pthread_mutex_destroy(&b->lock);
	free(b->news);
	free(b->taken);
	free(b);
}

void
bus_fds(const struct bus *b, struct pollfd fds[BUS_FDS])
{
	for (enum bus_door d = 0; d < BUS_DOORS; d++)
		fds[d] = (struct pollfd){ .fd = b->door_fd[d], .events = POLLIN };
	fds[BUS_DOORS] = (struct pollfd){ .fd = b->event_fd, .events = POLLIN };
}

/* Requests. A struct bus_request is an nng_msg: its header holds the pipe and the request's id, and
 * goes back with the reply as it is. */

static nng_msg *
message_of(const struct bus_request *r)
{
	return (nng_msg *)r;
}

struct bus_request *
bus_take(struct bus *b, enum bus_door door)
{
	nng_aio_set_timeout(b->aio, NNG_DURATION_ZERO);
	tasks_gather();
	nng_recv_aio(b->door[door], b->aio);
	tasks_run();
	nng_aio_wait(b->aio);
	if (nng_aio_result(b->aio) != 0)
		return NULL;
	return (struct bus_request *)nng_aio_get_msg(b->aio);
}

uint32_t
bus_pipe(const struct bus_request *r)
{
	return (uint32_t)nng_pipe_id(nng_msg_get_pipe(message_of(r)));
}

const void *
bus_body(const struct bus_request *r, size_t *len)
{
	*len = nng_msg_len(message_of(r));
	return nng_msg_body(message_of(r));
}

void
bus_wipe(struct bus_request *r)
{
	explicit_bzero(nng_msg_body(message_of(r)), nng_msg_len(message_of(r)));
}

void
bus_send(struct bus *b, nng_socket socket, nng_msg *m, nng_duration timeout)
{
	nng_aio_set_timeout(b->aio, timeout);
	nng_aio_set_msg(b->aio, m);
	tasks_gather();
	nng_send_aio(socket, b->aio);
	tasks_run();
	nng_aio_wait(b->aio);
	if (nng_aio_result(b->aio) != 0)
		nng_msg_free(m);
}

void
bus_reply(struct bus *b, enum bus_door door, struct bus_request *r, const void *body, size_t len)
{
	nng_msg *m = message_of(r);

	nng_msg_clear(m);
	if (nng_msg_append(m, body, len) != 0) {
		nng_msg_free(m);
		return;
	}
	/* Waits for NNG's threads to sort out earlier replies, which wait for nobody. */
	bus_send(b, b->door[door], m, NNG_DURATION_INFINITE);
}

void
bus_drop(struct bus_request *r)
{
	nng_msg_free(message_of(r));
}

void
bus_cut(uint32_t pipe)
{
	nng_pipe_close((nng_pipe){ .id = pipe });
}

pid_t
bus_peer(uint32_t pipe)
{
	uint64_t pid;

	if (nng_pipe_get_uint64((nng_pipe){ .id = pipe }, NNG_OPT_IPC_PEER_PID, &pid) != 0)
		return -1;
	return (pid_t)pid;
}

uid_t
bus_user(uint32_t pipe)
{
	uint64_t uid;

	if (nng_pipe_get_uint64((nng_pipe){ .id = pipe }, NNG_OPT_IPC_PEER_UID, &uid) != 0)
		return (uid_t)-1;
	return (uid_t)uid;
}
