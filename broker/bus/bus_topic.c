/* bus_topic – the topics of the bus, a PUB socket each; see bus.h. */
#include "bus_inside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <nng/protocol/pubsub0/pub.h>

#include <utlist.h>

#include "places.h"

enum {
	SUBSCRIBER_MESSAGE_MAX = 64, /* bytes; a subscriber has nothing to say */
	NAME_BYTES = 12,	     /* of a topic's name: 96 random bits */
};

/* Closes topics that nobody needs any more, one by one. */
void *
bus_topic_closer(void *context)
{
	struct bus *b = context;
	struct bus_topic *t;

	pthread_mutex_lock(&b->lock);
	while (b->closing || !b->over) {
		if (!(t = b->closing)) {
			pthread_cond_wait(&b->work, &b->lock);
			continue;
		}
		LL_DELETE(b->closing, t);
		pthread_mutex_unlock(&b->lock);
		nng_close(t->socket);
		free(t);
		pthread_mutex_lock(&b->lock);
	}
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

static void
topic_notice(nng_pipe pipe, nng_pipe_ev what, void *context)
{
	struct bus_topic *t = context;
	struct bus_event event = { .kind = BUS_SUBSCRIBED, .topic = t->id,
		.pipe = (uint32_t)pipe.id, .pid = bus_peer((uint32_t)pipe.id) };

	if (!bus_allows(t->bus, pipe, &event.uid))
		nng_pipe_close(pipe);
	else if (what == NNG_PIPE_EV_ADD_POST)
		bus_report(t->bus, event);
}

static int
topic_name(struct bus_topic *t, char *why, size_t size)
{
	uint8_t random[NAME_BYTES];
	char hex[2 * NAME_BYTES + 1];
	int n;

	if (getrandom(random, sizeof random, 0) != sizeof random) {
		snprintf(why, size, "bus: getrandom: %s", strerror(errno));
		return -1;
	}
	for (size_t i = 0; i < NAME_BYTES; i++)
		snprintf(hex + 2 * i, 3, "%02x", random[i]);
	n = snprintf(t->path, sizeof t->path, "%s/" PLACE_ROOMS "/%s.sock", t->bus->folder, hex);
	if ((size_t)n >= sizeof t->path)
		return bus_failed("the path is too long", t->bus->folder, NNG_EADDRINVAL, why,
		    size);
	return 0;
}

struct bus_topic *
bus_topic_open(struct bus *b, uint64_t id, char *why, size_t size)
{
	struct bus_topic *t = calloc(1, sizeof *t);
	int error;

	if (!t) {
		snprintf(why, size, "bus: out of memory");
		return NULL;
	}
	t->bus = b;
	t->id = id;
	if (topic_name(t, why, size) < 0)
		goto fail;
	if ((error = nng_pub0_open(&t->socket)) != 0) {
		bus_failed("cannot open a socket", t->path, error, why, size);
		goto fail;
	}
	if ((error = nng_socket_set_int(t->socket, NNG_OPT_SENDBUF, b->queue)) != 0 ||
	    (error = nng_socket_set_size(t->socket, NNG_OPT_RECVMAXSZ,
		 SUBSCRIBER_MESSAGE_MAX)) != 0 ||
	    (error = nng_pipe_notify(t->socket, NNG_PIPE_EV_ADD_PRE, topic_notice, t)) != 0 ||
	    (error = nng_pipe_notify(t->socket, NNG_PIPE_EV_ADD_POST, topic_notice, t)) != 0) {
		bus_failed("cannot set up the socket", t->path, error, why, size);
		goto fail;
	}
	if (bus_listen(t->socket, t->path, DOOR_MODE, why, size) < 0)
		goto fail;
	return t;
fail:
	if (nng_socket_id(t->socket) > 0)
		nng_close(t->socket);
	free(t);
	return NULL;
}

const char *
bus_topic_path(const struct bus_topic *t)
{
	return t->path;
}

const char *
bus_topic_name(const struct bus_topic *t)
{
	return t->path + strlen(t->bus->folder) + sizeof "/" PLACE_BUS;
}

void
bus_topic_close(struct bus_topic *t)
{
	struct bus *b;

	if (!t)
		return;
	b = t->bus;
	pthread_mutex_lock(&b->lock);
	LL_PREPEND(b->closing, t);
	pthread_cond_signal(&b->work);
	pthread_mutex_unlock(&b->lock);
}

void
bus_publish(struct bus_topic *t, const void *body, size_t len)
{
	nng_msg *m;

	/* Where there is no memory the message is one that NNG dropped: a hole, and replayed. */
	if (nng_msg_alloc(&m, 0) != 0)
		return;
	if (nng_msg_append(m, body, len) != 0) {
		nng_msg_free(m);
		return;
	}
	bus_send(t->bus, t->socket, m, NNG_DURATION_ZERO);
}
