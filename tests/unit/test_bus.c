/* The bus against real NNG: handlers come, ask, subscribe and vanish. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>
#include <nng/nng.h>
#include <nng/protocol/pubsub0/sub.h>
#include <nng/protocol/reqrep0/req.h>
#include <nng/supplemental/util/platform.h>

#include "bounds.h"
#include "bus.h"
#include "places.h"

enum { PATIENCE = 5000 }; /* ms; only a failure waits this long */

static char folder[32];
static struct bus *bus;

static const char *const places[] = { PLACE_BUS, PLACE_ROOMS };

static int
open_bus(void **state)
{
	char path[64], why[200];

	(void)state;
	strcpy(folder, "/tmp/bk.XXXXXX");
	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, places[i]);
		assert_int_equal(0, mkdir(path, 0700));
	}
	bus = bus_open(folder, (uid_t)-1, NULL, PUB_QUEUE, why, sizeof why);
	assert_non_null(bus);
	return 0;
}

static int
close_bus(void **state)
{
	char path[64];

	(void)state;
	bus_close(bus);
	for (size_t i = sizeof places / sizeof *places; i-- > 0;) {
		snprintf(path, sizeof path, "%s/%s", folder, places[i]);
		assert_int_equal(0, rmdir(path)); /* empty, or something was left behind */
	}
	assert_int_equal(0, rmdir(folder));
	return 0;
}

static void
wait_for_news(void)
{
	struct pollfd fds[BUS_FDS];

	bus_fds(bus, fds);
	assert_true(poll(fds, BUS_FDS, PATIENCE) > 0);
}

static struct bus_request *
next_request(void)
{
	struct bus_request *r;
	const struct bus_event *e;

	while (!(r = bus_take(bus, BUS_CONTROL))) {
		wait_for_news();
		bus_events(bus, &e);
	}
	return r;
}

static struct bus_event
next_event(void)
{
	const struct bus_event *e;

	while (bus_events(bus, &e) == 0)
		wait_for_news();
	return *e;
}

static nng_socket
dial(int open(nng_socket *), const char *path)
{
	char url[128];
	nng_socket s;
	int error;

	assert_int_equal(0, open(&s));
	assert_int_equal(0, nng_socket_set_ms(s, NNG_OPT_RECVTIMEO, PATIENCE));
	assert_int_equal(0, nng_socket_set_ms(s, NNG_OPT_SENDTIMEO, PATIENCE));
	snprintf(url, sizeof url, "ipc://%s", path);
	while ((error = nng_dial(s, url, NULL, 0)) == NNG_EAGAIN)
		nng_msleep(1); /* the backlog is full */
	assert_int_equal(0, error);
	return s;
}

static nng_socket
dial_control(void)
{
	char path[64];

	snprintf(path, sizeof path, "%s/" PLACE_BROKER, folder);
	return dial(nng_req0_open, path);
}

static void
say(nng_socket s, const char *text)
{
	assert_int_equal(0, nng_send(s, (void *)text, strlen(text), 0));
}

static void
hears(nng_socket s, const char *text)
{
	char got[64];
	size_t len = sizeof got;

	assert_int_equal(0, nng_recv(s, got, &len, 0));
	assert_int_equal(strlen(text), len);
	assert_memory_equal(text, got, len);
}

static void
request_is_answered_to_who_asked(void **state)
{
	nng_socket ann = dial_control(), bob = dial_control();
	struct bus_request *first, *second;
	size_t len;

	(void)state;
	say(ann, "ann");
	first = next_request();
	say(bob, "bob");
	second = next_request();
	assert_memory_equal("ann", bus_body(first, &len), 3);
	assert_int_equal(3, len);
	assert_true(bus_pipe(first) != bus_pipe(second));
	assert_int_equal(getpid(), bus_peer(bus_pipe(first)));
	bus_reply(bus, BUS_CONTROL, second, "for bob", 7); /* in any order */
	bus_reply(bus, BUS_CONTROL, first, "for ann", 7);
	hears(ann, "for ann");
	hears(bob, "for bob");
	nng_close(ann);
	nng_close(bob);
}

static void
pipe_that_goes_is_reported(void **state)
{
	nng_socket ann = dial_control();
	struct bus_request *r;
	struct bus_event e;
	uint32_t pipe;

	(void)state;
	say(ann, "hello");
	r = next_request();
	pipe = bus_pipe(r);
	nng_close(ann);
	e = next_event();
	assert_int_equal(BUS_GONE, e.kind);
	assert_int_equal(pipe, e.pipe);
	bus_reply(bus, BUS_CONTROL, r, "too late", 8); /* reaches nobody, harms nobody */
}

/* A handler's last words are its own, even if it is gone when they are read. */
static void
what_a_gone_pipe_sent_is_there_before_the_news(void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++) {
		nng_socket ann = dial_control();
		struct bus_request *r;

		say(ann, "last words");
		r = next_request(); /* so that it surely was sent */
		bus_reply(bus, BUS_CONTROL, r, "", 0);
		hears(ann, "");
		say(ann, "very last words");
		nng_msleep(1);
		nng_close(ann);
		if (next_event().kind == BUS_GONE && (r = bus_take(bus, BUS_CONTROL)))
			bus_drop(r);
		assert_null(bus_take(bus, BUS_CONTROL)); /* nothing comes after the news */
	}
}

#define GREETING "\0SP\0\0\x30\0\0" /* of a REQ socket */

/* A peer without libnng, which says what it likes. */
static int
connect_raw(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(to.sun_path, sizeof to.sun_path, "%s/" PLACE_BROKER, folder);
	assert_int_equal(0, connect(fd, (struct sockaddr *)&to, sizeof to));
	return fd;
}

static void
cut_pipe_is_gone(void **state)
{
	int fd = connect_raw();
	struct bus_request *r;

	(void)state;
	assert_int_equal(22, write(fd, GREETING "\x01\0\0\0\0\0\0\0\x05\x80\0\0\x01x", 22));
	r = next_request();
	bus_cut(bus_pipe(r));
	assert_int_equal(bus_pipe(r), next_event().pipe);
	bus_drop(r);
	close(fd);
}

static void
peer_that_breaks_the_protocol_is_gone(void **state)
{
	static const struct { const char *bytes; size_t n; } broken[] = {
#define B(s) { s, sizeof s - 1 }
		B(GREETING "\x01\0\0\0\0\0\x04\0\x05"),		      /* a byte too long */
		B(GREETING "\x01\xff\xff\xff\xff\xff\xff\xff\xff"), /* far too long */
		B(GREETING "\x02\0\0\0\0\0\0\0\x01x"),		      /* no such type */
		B(GREETING "\x01\0\0\0\0\0\0\0\x03xyz"),	      /* no request id */
		B(GREETING "\x01\0\0\0\0\0\0\0\0"),		      /* nothing at all */
	};

	(void)state;
	for (size_t i = 0; i < 20 * sizeof broken / sizeof *broken; i++) {
		size_t which = i % (sizeof broken / sizeof *broken);
		int fd = connect_raw();

		assert_int_equal(broken[which].n, write(fd, broken[which].bytes, broken[which].n));
		assert_int_equal(BUS_GONE, next_event().kind);
		assert_null(bus_take(bus, BUS_CONTROL));
		close(fd);
	}
}

/* NNG's listener would take that for its own end; see sendmsg in bus.c. */
static void
client_gone_before_the_greeting_shuts_no_door(void **state)
{
	struct bus_request *r;
	nng_socket ann;

	(void)state;
	for (int i = 0; i < 500; i++)
		close(connect_raw());
	ann = dial_control();
	say(ann, "still open?");
	r = next_request();
	bus_reply(bus, BUS_CONTROL, r, "yes", 3);
	hears(ann, "yes");
	nng_close(ann);
}

enum { VANISHERS = 4, VANISHINGS = 500 };

/* Connects, sends a few requests, perhaps reads a little, and is gone: a handler that is killed. */
static void *
vanish_often(void *context)
{
	static const char request[17] = { 1, 0, 0, 0, 0, 0, 0, 0, 8, (char)0x80, 0, 0, 1, 'a', 's', 'k' };
	unsigned *random = context;
	char reply[64];

	for (int i = 0; i < VANISHINGS; i++) {
		int fd = connect_raw();

		/* Once it was answered, or cut, it is known, and its going has to be. */
		if (write(fd, GREETING, 8) != 8 || recv(fd, reply, 8, MSG_WAITALL) != 8 ||
		    send(fd, request, sizeof request, MSG_NOSIGNAL) < 0)
			abort();
		recv(fd, reply, 1, 0);
		for (int n = rand_r(random) % 30; n > 0; n--)
			if (send(fd, request, sizeof request, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
				break;
		if (rand_r(random) % 2)
			recv(fd, reply, sizeof reply, MSG_DONTWAIT);
		close(fd);
	}
	return NULL;
}

/* See nng_mend.c: libnng alone stops to report anybody after some dozens of these. */
static void
clients_that_vanish_are_all_reported(void **state)
{
	static char large[100000]; /* goes out in parts */
	unsigned random[VANISHERS] = { 1, 2, 3, 4 };
	pthread_t threads[VANISHERS];
	const struct bus_event *e;
	struct bus_request *r;
	size_t gone = 0;

	(void)state;
	for (int i = 0; i < VANISHERS; i++)
		assert_int_equal(0, pthread_create(&threads[i], NULL, vanish_often, &random[i]));
	while (gone < VANISHERS * VANISHINGS) {
		wait_for_news();
		gone += bus_events(bus, &e);
		while ((r = bus_take(bus, BUS_CONTROL))) {
			if (gone % 7 == 0)
				bus_cut(bus_pipe(r));
			bus_reply(bus, BUS_CONTROL, r, large, gone % 3 ? 10 : sizeof large);
		}
	}
	for (int i = 0; i < VANISHERS; i++)
		pthread_join(threads[i], NULL);
}

static void
secret_is_wiped(void **state)
{
	nng_socket ann = dial_control();
	struct bus_request *r;
	size_t len;

	(void)state;
	say(ann, "token");
	r = next_request();
	bus_wipe(r);
	assert_memory_equal("\0\0\0\0\0", bus_body(r, &len), 5);
	bus_drop(r);
	nng_close(ann);
}

static void
subscriber_is_reported_and_hears_all_that_follows(void **state)
{
	char why[200];
	struct bus_topic *t = bus_topic_open(bus, 42, why, sizeof why);
	struct bus_event e;
	nng_socket ann;

	(void)state;
	assert_non_null(t);
	bus_publish(t, "unheard", 7);
	ann = dial(nng_sub0_open, bus_topic_path(t));
	assert_int_equal(0, nng_socket_set(ann, NNG_OPT_SUB_SUBSCRIBE, "", 0));
	e = next_event();
	assert_int_equal(BUS_SUBSCRIBED, e.kind);
	assert_true(e.topic == 42 && e.pid == getpid() && e.uid == getuid());
	bus_publish(t, "heard", 5);
	hears(ann, "heard");
	bus_topic_close(t);
	nng_close(ann);
}

/* What is not fetched is dropped, and the newest stays: that is how a hole is noticed. */
static void
subscriber_that_sleeps_still_gets_the_newest(void **state)
{
	static char body[65536];
	char why[200];
	struct bus_topic *t = bus_topic_open(bus, 1, why, sizeof why);
	nng_socket ann;
	nng_msg *m;
	uint32_t n = 0;

	(void)state;
	assert_non_null(t);
	ann = dial(nng_sub0_open, bus_topic_path(t));
	assert_int_equal(0, nng_socket_set_int(ann, NNG_OPT_RECVBUF, 1));
	assert_int_equal(0, nng_socket_set(ann, NNG_OPT_SUB_SUBSCRIBE, "", 0));
	next_event();
	for (uint32_t i = 1; i <= 3 * PUB_QUEUE; i++) {
		memcpy(body, &i, sizeof i);
		bus_publish(t, body, sizeof body);
	}
	while (n < 3 * PUB_QUEUE) {
		assert_int_equal(0, nng_recvmsg(ann, &m, 0));
		memcpy(&n, nng_msg_body(m), sizeof n);
		nng_msg_free(m);
	}
	bus_topic_close(t);
	nng_close(ann);
}

static void
closing_a_topic_does_not_keep_the_caller(void **state)
{
	enum { SUBSCRIBERS = 100 };
	char why[200];
	struct bus_topic *t = bus_topic_open(bus, 1, why, sizeof why);
	nng_socket ann[SUBSCRIBERS];
	const struct bus_event *e;
	nng_time begin;

	(void)state;
	assert_non_null(t);
	for (size_t n = 0; n < SUBSCRIBERS; n++)
		ann[n] = dial(nng_sub0_open, bus_topic_path(t));
	for (size_t n = 0; n < SUBSCRIBERS; n += bus_events(bus, &e))
		wait_for_news();
	begin = nng_clock();
	bus_topic_close(t);
	assert_true(nng_clock() - begin <= 5);
	for (size_t n = 0; n < SUBSCRIBERS; n++)
		nng_close(ann[n]);
}

static void
two_topics_have_different_names(void **state)
{
	char why[200];
	struct bus_topic *a = bus_topic_open(bus, 1, why, sizeof why);
	struct bus_topic *b = bus_topic_open(bus, 1, why, sizeof why);

	(void)state;
	assert_string_not_equal(bus_topic_path(a), bus_topic_path(b));
	assert_true(strlen(bus_topic_path(a)) <= SOCKET_PATH_MAX);
	bus_topic_close(a);
	bus_topic_close(b);
	bus_topic_close(NULL);
}

static void
folder_that_is_not_there_is_named(void **state)
{
	char why[200];

	(void)state;
	assert_null(bus_open("/tmp/there/is/no/such", (uid_t)-1, NULL, PUB_QUEUE, why, sizeof why));
	assert_non_null(strstr(why, "/tmp/there/is/no/such/bus/broker.sock"));
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, open_bus, close_bus)
	const struct CMUnitTest tests[] = {
		T(request_is_answered_to_who_asked),
		T(pipe_that_goes_is_reported),
		T(what_a_gone_pipe_sent_is_there_before_the_news),
		T(cut_pipe_is_gone),
		T(peer_that_breaks_the_protocol_is_gone),
		T(client_gone_before_the_greeting_shuts_no_door),
		T(clients_that_vanish_are_all_reported),
		T(secret_is_wiped),
		T(subscriber_is_reported_and_hears_all_that_follows),
		T(subscriber_that_sleeps_still_gets_the_newest),
		T(closing_a_topic_does_not_keep_the_caller),
		T(two_topics_have_different_names),
		T(folder_that_is_not_there_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
