/* broker_client – a broker in a thread of this process, and handlers for it, for tests.
 *
 * The broker is the real one, on real sockets, in a folder of its own; in this process, so that
 * sanitizers see it. Its handlers are libnng, or (raw) anything that can be written to a socket. */
#ifndef BROKER_CLIENT_H
#define BROKER_CLIENT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <nng/nng.h>
#include <nng/protocol/pubsub0/sub.h>
#include <nng/protocol/reqrep0/req.h>
#include <nng/supplemental/util/platform.h>

#include "broker.h"
#include "places.h"
#include "rundir.h"

enum { PATIENCE = 5000 }; /* ms; only a failure waits this long */

/* The broker under test. */

static char base[32], run_folder[64], keys_folder[64];
static struct broker *broker;
static int lock, signals[2];
static pthread_t thread;
static struct keys *keys;

static inline void *
run_broker(void *unused)
{
	(void)unused;
	broker_run(broker, signals[0]);
	return NULL;
}

/* In the folder of keys; readable by us alone, or it would be refused. */
static inline void
put_secret(const char *name, const char *secret)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", keys_folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fchmod(fileno(f), 0600);
	fputs(secret, f);
	fclose(f);
}

static inline void
remove_secret(const char *name)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", keys_folder, name);
	unlink(path);
}

static inline void
make_folders(void)
{
	strcpy(base, "/tmp/bk.XXXXXX");
	assert_non_null(mkdtemp(base));
	snprintf(run_folder, sizeof run_folder, "%s/run", base);
	snprintf(keys_folder, sizeof keys_folder, "%s", base);
	put_secret("dev.HS256.secret", "a secret of thirty-two bytes at least, for tests");
}

static inline int
open_broker(void)
{
	struct broker_conf conf = { .folder = run_folder, .keys = keys_folder, .port = 8080,
		.data = base, .origins = "https://good.example", .policy = { "", "", 0, "" },
		.peer = (uid_t)-1 };
	char why[256];

	lock = rundir_open(run_folder, why, sizeof why);
	assert_true(lock >= 0);
	broker = broker_open(&conf, why, sizeof why);
	assert_non_null(broker);
	return pthread_create(&thread, NULL, run_broker, NULL);
}

static inline int
start(void **state)
{
	(void)state;
	make_folders();
	log_set_level(LOG_ERROR);
	keys = keys_open(keys_folder, NULL, NULL);
	assert_int_equal(0, pipe(signals));
	return open_broker();
}

static inline void
send_signal(uint32_t signo)
{
	struct signalfd_siginfo s = { .ssi_signo = signo };

	assert_int_equal(sizeof s, write(signals[1], &s, sizeof s));
}

static inline void
close_broker(void)
{
	send_signal(SIGTERM);
	pthread_join(thread, NULL);
	broker_close(broker);
	rundir_close(lock);
}

static inline int
stop(void **state)
{
	char command[256];

	(void)state;
	close_broker();
	keys_free(keys);
	snprintf(command, sizeof command, "cd %s && ls *.sock " PLACE_BUS "/*.sock " PLACE_ROOMS
	    "/* 2>/dev/null", run_folder);
	assert_int_not_equal(0, system(command)); /* no socket is left */
	snprintf(command, sizeof command, "rm -r %s", base);
	return system(command);
}

/* A handler. */

struct client {
	nng_socket req, sub;
	nng_aio *poll;
	nng_ctx poll_ctx;
	uint64_t session, seq, mail;
	uint64_t events;
	char bus[108];
	char you[4096], state[8192];
};

static char room[32]; /* of the test; a new one for each */

static inline void
new_room(void)
{
	static int made;

	snprintf(room, sizeof room, "r%d", ++made);
}

static inline nng_socket
dial(int open(nng_socket *), const char *path)
{
	char url[160];
	nng_socket s;

	assert_int_equal(0, open(&s));
	snprintf(url, sizeof url, "ipc://%s", path);
	assert_int_equal(0, nng_socket_set_ms(s, NNG_OPT_RECVTIMEO, PATIENCE));
	assert_int_equal(0, nng_dial(s, url, NULL, 0));
	return s;
}

static inline nng_socket
dial_door(const char *name)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", run_folder, name);
	return dial(nng_req0_open, path);
}

static inline nng_aio *
ask_later(nng_socket s, nng_ctx *ctx, struct buf *message)
{
	nng_aio *aio;
	nng_msg *m;

	assert_int_equal(0, nng_aio_alloc(&aio, NULL, NULL));
	assert_int_equal(0, nng_ctx_open(ctx, s));
	assert_int_equal(0, nng_msg_alloc(&m, 0));
	assert_int_equal(0, nng_msg_append(m, message->at, message->len));
	buf_fini(message);
	nng_aio_set_timeout(aio, PATIENCE);
	nng_aio_set_msg(aio, m);
	nng_ctx_send(*ctx, aio);
	nng_aio_wait(aio);
	assert_int_equal(0, nng_aio_result(aio));
	nng_ctx_recv(*ctx, aio);
	return aio;
}

/* The reply's bytes; good until the next. */
static inline struct buf *
answer_of(nng_aio *aio, nng_ctx ctx)
{
	static struct buf reply;
	nng_msg *m;

	nng_aio_wait(aio);
	assert_int_equal(0, nng_aio_result(aio));
	m = nng_aio_get_msg(aio);
	buf_reset(&reply);
	buf_add(&reply, nng_msg_body(m), nng_msg_len(m));
	nng_msg_free(m);
	nng_aio_free(aio);
	nng_ctx_close(ctx);
	return &reply;
}

static inline struct buf *
ask(nng_socket s, struct buf *message)
{
	nng_ctx ctx;
	nng_aio *aio = ask_later(s, &ctx, message);

	return answer_of(aio, ctx);
}

static inline struct buf *
ask_frame(struct client *c, struct frame f)
{
	struct buf b = BUF_INIT;

	frame_put(&b, &f);
	return ask(c->req, &b);
}

/* The n-th frame of a message, which must be there. */
static inline struct frame
frame_at(const struct buf *b, int n)
{
	const uint8_t *at = (const uint8_t *)b->at;
	size_t len = b->len;
	struct frame f;

	for (int i = 0; i <= n; i++)
		assert_int_equal(1, frame_next(&at, &len, &f));
	return f;
}

static inline int
frames_in(const struct buf *b)
{
	const uint8_t *at = (const uint8_t *)b->at;
	size_t len = b->len;
	struct frame f;
	int n = 0;

	while (frame_next(&at, &len, &f) > 0)
		n++;
	return n;
}

static inline bool
body_has(struct frame f, const char *text)
{
	return memmem(f.body, f.len, text, strlen(text)) != NULL;
}

static inline void
word_of(struct frame f, char word[32])
{
	struct fields fields;

	assert_int_equal(0, fields_read(&fields, f.body, f.len));
	if (field_copy(&fields, FIELD_WORD, word, 32) < 0)
		word[0] = '\0';
}

static inline char *
mint(const char *sub, long seconds, const char *more)
{
	char claims[512], why[128];
	char *token;

	snprintf(claims, sizeof claims, "{\"sub\":\"%s\",\"exp\":%ld%s}", sub,
	    (long)time(NULL) + seconds, more);
	token = token_mint(claims, keys, "dev", why, sizeof why);
	assert_non_null(token);
	return token;
}

static inline struct buf
join_message(const char *sub, const char *origin, const char *token)
{
	struct buf b = BUF_INIT;
	size_t begin = frame_begin(&b, &(struct frame){ .kind = FRAME_JOIN });
	char *minted = token ? NULL : mint(sub, 600, "");

	field_str(&b, FIELD_ENDPOINT, "zoom");
	field_str(&b, FIELD_ROOM, room);
	field_str(&b, FIELD_TOKEN, token ? token : minted);
	if (origin)
		field_str(&b, FIELD_ORIGIN, origin);
	field_str(&b, FIELD_CONNECTION, sub);
	frame_end(&b, begin);
	free(minted);
	return b;
}

/* The path of the room's bus; empty where there is none. */
static inline void
take_bus(struct client *c, const struct fields *f)
{
	char name[40];

	c->bus[0] = '\0';
	if (field_copy(f, FIELD_BUS, name, sizeof name) > 0)
		snprintf(c->bus, sizeof c->bus, "%s/" PLACE_BUS "/%s", run_folder, name);
}

static inline void
take_welcome(struct client *c, const struct buf *reply)
{
	struct frame welcome = frame_at(reply, 0), you = frame_at(reply, 1), all = frame_at(reply, 2);
	struct fields f;

	assert_int_equal(FRAME_WELCOME, welcome.kind);
	assert_int_equal(FRAME_YOU, you.kind);
	assert_int_equal(FRAME_STATE, all.kind);
	assert_int_equal(0, fields_read(&f, welcome.body, welcome.len));
	take_bus(c, &f);
	c->session = welcome.session;
	c->seq = welcome.seq;
	snprintf(c->you, sizeof c->you, "%.*s", (int)you.len, (const char *)you.body);
	snprintf(c->state, sizeof c->state, "%.*s", (int)all.len, (const char *)all.body);
}

static inline struct client
join(const char *sub)
{
	struct client c = { .req = dial_door(PLACE_BROKER) };
	struct buf b = join_message(sub, NULL, NULL);

	take_welcome(&c, ask(c.req, &b));
	return c;
}

static inline struct frame
event(struct client *c, const char *json)
{
	return frame_at(ask_frame(c, (struct frame){ .kind = FRAME_EVENT, .session = c->session,
		.seq = ++c->events, .body = json, .len = strlen(json) }), 0);
}

static inline void
poll_begin(struct client *c)
{
	struct buf b = BUF_INIT;

	frame_put(&b, &(struct frame){ .kind = FRAME_POLL, .session = c->session, .who = c->mail });
	c->poll = ask_later(c->req, &c->poll_ctx, &b);
}

/* All mail there is; the last one's number is remembered. */
static inline struct buf *
poll_end(struct client *c)
{
	struct buf *mail = answer_of(c->poll, c->poll_ctx);

	if (frames_in(mail) > 0)
		c->mail = frame_at(mail, frames_in(mail) - 1).who;
	return mail;
}

/* Everything said from here on is heard: something has been said before, so that the broker says
 * when the subscription took hold. */
static inline void
subscribe(struct client *c)
{
	struct frame f = { .seq = 0 };

	event(c, "{\"event\":\"typing\",\"payload\":{\"isTyping\":true}}");
	c->sub = dial(nng_sub0_open, c->bus);
	assert_int_equal(0, nng_socket_set(c->sub, NNG_OPT_SUB_SUBSCRIBE, "", 0));
	while (f.kind != FRAME_SYNC) {
		struct buf *mail;

		poll_begin(c);
		mail = poll_end(c);
		f = frame_at(mail, frames_in(mail) - 1);
	}
}

/* Publications up to the first whose body has the text, all in one. Strictly consecutive. */
static inline struct buf *
hear_until(struct client *c, const char *text)
{
	static struct buf heard;
	bool found = false;
	uint64_t seq = 0;

	buf_reset(&heard);
	while (!found) {
		nng_msg *m;

		assert_int_equal(0, nng_recvmsg(c->sub, &m, 0));
		buf_add(&heard, nng_msg_body(m), nng_msg_len(m));
		nng_msg_free(m);
		for (int i = 0; i < frames_in(&heard); i++)
			found = found || body_has(frame_at(&heard, i), text);
	}
	for (int i = 0; i < frames_in(&heard); i++) {
		struct frame f = frame_at(&heard, i);

		assert_true(seq == 0 || f.seq == seq + 1);
		seq = f.seq;
	}
	return &heard;
}

static inline struct frame
heard(const struct buf *b, const char *text)
{
	for (int i = 0; i < frames_in(b); i++)
		if (body_has(frame_at(b, i), text))
			return frame_at(b, i);
	fail_msg("nobody said %s", text);
	return (struct frame){ 0 };
}

/* Mail up to the message that has the text. */
static inline struct buf *
fetch_until(struct client *c, const char *text)
{
	for (;;) {
		struct buf *mail;

		poll_begin(c);
		mail = poll_end(c);
		for (int i = 0; i < frames_in(mail); i++)
			if (body_has(frame_at(mail, i), text))
				return mail;
	}
}

static inline void
leave(struct client *c)
{
	nng_close(c->req);
	if (nng_socket_id(c->sub) > 0)
		nng_close(c->sub);
}

/* Connects without libnng, so that whatever a rogue process might say can be said. */
static inline int
connect_raw(const char *path, char protocol)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char greeting[8] = { 0, 'S', 'P', 0, 0, protocol, 0, 0 };
	struct timeval patience = { .tv_sec = PATIENCE / 1000 };

	assert_in_range(strlen(path), 1, sizeof to.sun_path - 1);
	strcpy(to.sun_path, path);
	assert_int_equal(0, setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience));
	assert_int_equal(0, connect(fd, (struct sockaddr *)&to, sizeof to));
	assert_int_equal(8, write(fd, greeting, 8));
	assert_int_equal(8, recv(fd, greeting, 8, MSG_WAITALL));
	return fd;
}

static inline bool
is_closed_by_peer(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char byte;

	return poll(&p, 1, PATIENCE) == 1 && recv(fd, &byte, 1, 0) <= 0;
}

static inline void
put_raw(int fd, const struct buf *message)
{
	struct buf b = BUF_INIT;

	buf_char(&b, 1);
	for (int shift = 56; shift >= 0; shift -= 8)
		buf_char(&b, (char)((message->len + 4) >> shift));
	buf_add(&b, "\x80\0\0\1", 4);
	buf_add(&b, message->at, message->len);
	assert_int_equal(b.len, write(fd, b.at, b.len));
	buf_fini(&b);
}

#endif
