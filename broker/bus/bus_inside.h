/* bus_inside – what the files of the bus share; for nobody else. See bus.h.
 *
 * Only these files include <nng/…>. */
#ifndef BECKON_BUS_INSIDE_H
#define BECKON_BUS_INSIDE_H

#include <pthread.h>

#include <nng/nng.h>

#include "bounds.h"
#include "bus.h"

enum { DOOR_MODE = 0660 };

struct bus_topic {
	struct bus *bus;
	uint64_t id;
	nng_socket socket;
	char path[SOCKET_PATH_MAX + 1];
	struct bus_topic *next;
};

struct bus {
	char folder[SOCKET_PATH_MAX + 1];
	uid_t self, peer;
	bool grouped; /* ctl.sock is for whoever the file's mode lets through */
	int queue;
	nng_socket door[BUS_DOORS];
	int door_fd[BUS_DOORS];
	int event_fd;
	nng_aio *aio; /* of the caller's thread, for all it sends and takes */

	pthread_mutex_t lock; /* of what follows; held for a few instructions only */
	struct bus_event *news;
	size_t news_count, news_cap;
	struct bus_topic *closing;
	bool over;
	pthread_cond_t work;

	struct bus_event *taken; /* news handed out */
	size_t taken_cap;
	pthread_t closer;
	bool closer_runs;
};

/* bus.c: says what could not be done to which path; returns -1. */
int bus_failed(const char *what, const char *path, int error, char *why, size_t size);

int bus_listen(nng_socket socket, const char *path, int mode, char *why, size_t size);

/* In NNG's threads: may this peer be here, and who is it; and the news for the caller's thread. */
bool bus_allows(const struct bus *b, nng_pipe pipe, uid_t *uid);
void bus_report(struct bus *b, struct bus_event event);

/* Hands the message to NNG's threads: with a timeout of 0 only if there is room for it. */
void bus_send(struct bus *b, nng_socket socket, nng_msg *m, nng_duration timeout);

/* bus_topic.c: a thread that closes topics, as that may take a while. context: the bus. */
void *bus_topic_closer(void *context);

#endif
