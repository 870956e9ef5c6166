/* test_sp_libnng – our framing against libnng 1.5.2 itself, in both directions.
 *
 * One way: our REQ and SUB, as the handler uses them, against NNG's REP (cooked and raw) and PUB,
 * as the broker uses them. The other way: NNG's REQ and SUB dial a server that this test makes of
 * the same framing code; handlers never listen, so that direction shows only that what our code
 * writes is what libnng reads as a message, and what libnng writes is what our code reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>
#include <nng/nng.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>

#include "sp.h"

enum { PATIENCE = 5000, LONG = 1 << 20 };

static char folder[] = "/tmp/bk.XXXXXX";
static char path[64], url[80];

static int
make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/bk.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/s", folder);
	snprintf(url, sizeof url, "ipc://%s", path);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static void
wait_for(struct sp *s, short extra)
{
	struct pollfd p = { .fd = s->fd, .events = (short)(sp_events(s) | extra) };

	assert_int_equal(poll(&p, 1, PATIENCE), 1);
	if (p.revents & POLLOUT)
		assert_int_equal(sp_write(s), 0);
	if (p.revents & (POLLIN | POLLHUP))
		assert_int_equal(sp_read(s), 0);
}

static size_t
receive(struct sp *s, uint32_t *id, const uint8_t **body)
{
	size_t len;
	int rc;

	while ((rc = sp_next(s, id, body, &len)) == 0)
		wait_for(s, 0);
	assert_int_equal(rc, 1);
	return len;
}

static void
flush(struct sp *s)
{
	while (sp_events(s) & POLLOUT)
		wait_for(s, 0);
}

static void
fill(uint8_t *bytes, size_t n, unsigned seed)
{
	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(seed = seed * 1103515245 + 12345);
}

static void
our_req_is_answered_by_nng_rep(void **state)
{
	static const size_t sizes[] = { 0, 1, 200, 65536, LONG };
	static uint8_t sent[LONG];
	const uint8_t *body;
	nng_socket rep;
	struct sp s;
	uint32_t id;

	(void)state;
	assert_int_equal(nng_rep0_open(&rep), 0);
	nng_socket_set_size(rep, NNG_OPT_RECVMAXSZ, 0);
	assert_int_equal(nng_listen(rep, url, NULL, 0), 0);
	sp_init(&s, SP_REQ, LONG + SP_ID);
	assert_int_equal(sp_open(&s, path), 0);
	for (uint32_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		nng_msg *msg;
		fill(sent, sizes[i], i);
		assert_int_equal(sp_send(&s, i, sent, sizes[i]), 0);
		flush(&s);
		assert_int_equal(nng_recvmsg(rep, &msg, 0), 0);
		assert_int_equal(nng_msg_len(msg), sizes[i]);
		assert_memory_equal(nng_msg_body(msg), sent, sizes[i]);
		assert_int_equal(nng_sendmsg(rep, msg, 0), 0);
		assert_int_equal(receive(&s, &id, &body), sizes[i]);
		assert_int_equal(id, i);
		assert_memory_equal(body, sent, sizes[i]);
	}
	sp_close(&s);
	nng_close(rep);
}

/* The POLL that waits while events are answered. */
static void
several_requests_are_answered_by_raw_rep_in_any_order(void **state)
{
	enum { REQUESTS = 64 };
	nng_msg *held[REQUESTS];
	const uint8_t *body;
	nng_socket rep;
	struct sp s;
	uint32_t id;

	(void)state;
	assert_int_equal(nng_rep0_open_raw(&rep), 0);
	assert_int_equal(nng_listen(rep, url, NULL, 0), 0);
	sp_init(&s, SP_REQ, LONG);
	assert_int_equal(sp_open(&s, path), 0);
	for (uint32_t i = 0; i < REQUESTS; i++)
		assert_int_equal(sp_send(&s, 1000 + i, &i, sizeof i), 0);
	flush(&s);
	for (int i = 0; i < REQUESTS; i++)
		assert_int_equal(nng_recvmsg(rep, &held[i], 0), 0);
	for (int i = REQUESTS - 1; i >= 0; i--)
		assert_int_equal(nng_sendmsg(rep, held[i], 0), 0);
	for (uint32_t i = REQUESTS; i-- > 0;) {
		assert_int_equal(receive(&s, &id, &body), sizeof i);
		assert_int_equal(id, 1000 + i);
		assert_memory_equal(body, &i, sizeof i);
	}
	sp_close(&s);
	nng_close(rep);
}

static void
count_pipe(nng_pipe pipe, nng_pipe_ev event, void *count)
{
	(void)pipe;
	(void)event;
	__atomic_add_fetch((int *)count, 1, __ATOMIC_SEQ_CST);
}

static void
our_sub_hears_nng_pub(void **state)
{
	static uint8_t sent[LONG];
	const uint8_t *body;
	nng_socket pub;
	struct sp s;
	uint32_t id;
	int subscribers = 0;

	(void)state;
	assert_int_equal(nng_pub0_open(&pub), 0);
	assert_int_equal(nng_socket_set_int(pub, NNG_OPT_SENDBUF, 256), 0);
	nng_pipe_notify(pub, NNG_PIPE_EV_ADD_POST, count_pipe, &subscribers);
	assert_int_equal(nng_listen(pub, url, NULL, 0), 0);
	sp_init(&s, SP_SUB, LONG);
	assert_int_equal(sp_open(&s, path), 0);
	flush(&s);
	while (__atomic_load_n(&subscribers, __ATOMIC_SEQ_CST) == 0)
		usleep(1000);
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(nng_send(pub, &i, sizeof i, 0), 0);
	fill(sent, LONG, 1);
	assert_int_equal(nng_send(pub, sent, LONG, 0), 0);
	for (uint32_t i = 0; i < 100; i++) {
		assert_int_equal(receive(&s, &id, &body), sizeof i);
		assert_memory_equal(body, &i, sizeof i);
	}
	assert_int_equal(receive(&s, &id, &body), LONG);
	assert_memory_equal(body, sent, LONG);
	sp_close(&s);
	nng_close(pub);
}

/* Each end sees the other's protocol and refuses the wrong one. */
static void
our_sub_refuses_nng_rep(void **state)
{
	nng_socket rep;
	struct sp s;
	struct pollfd p;

	(void)state;
	assert_int_equal(nng_rep0_open(&rep), 0);
	assert_int_equal(nng_listen(rep, url, NULL, 0), 0);
	sp_init(&s, SP_SUB, LONG);
	assert_int_equal(sp_open(&s, path), 0);
	sp_write(&s);
	p = (struct pollfd){ .fd = s.fd, .events = POLLIN };
	assert_int_equal(poll(&p, 1, PATIENCE), 1);
	assert_int_equal(sp_read(&s), -1);
	/* NNG hangs up, too. A socket that is closed before it got there loses the pipe's memory. */
	p.events = 0;
	assert_int_equal(poll(&p, 1, PATIENCE), 1);
	assert_true(p.revents & POLLHUP);
	sp_close(&s);
	nng_close(rep);
}

static int
listen_here(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(address.sun_path, path);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(listener, 1), 0);
	return listener;
}

/* A server's end made of the client's framing: `ours` reads and frames as the handler does, only
 * the greeting names the protocol a server has. */
static void
accept_as(struct sp *ours, int listener, enum sp_protocol protocol)
{
	const uint8_t greeting[SP_GREETING] = { 0, 'S', 'P', 0, 0, (uint8_t)protocol, 0, 0 };

	sp_init(ours, protocol, LONG + SP_ID);
	ours->fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	assert_true(ours->fd >= 0);
	buf_add(&ours->out, greeting, sizeof greeting);
	flush(ours);
}

static void
nng_req_is_answered_by_our_framing(void **state)
{
	static uint8_t sent[LONG];
	const uint8_t *body;
	nng_socket req;
	struct sp s;
	uint32_t id;
	int listener = listen_here();

	(void)state;
	assert_int_equal(nng_req0_open(&req), 0);
	nng_socket_set_size(req, NNG_OPT_RECVMAXSZ, 0);
	nng_socket_set_ms(req, NNG_OPT_RECVTIMEO, PATIENCE);
	assert_int_equal(nng_dial(req, url, NULL, NNG_FLAG_NONBLOCK), 0);
	accept_as(&s, listener, SP_REP);
	for (size_t n = 1; n <= LONG; n = n * 64) {
		nng_msg *msg;
		fill(sent, n, (unsigned)n);
		assert_int_equal(nng_send(req, sent, n, 0), 0);
		/* As a REP we see the id as the first bytes of the body. */
		assert_int_equal(receive(&s, &id, &body), SP_ID + n);
		assert_true(body[0] & 0x80);
		assert_memory_equal(body + SP_ID, sent, n);
		id = (uint32_t)(body[0] & 0x7f) << 24 | (uint32_t)body[1] << 16 |
		    (uint32_t)body[2] << 8 | body[3];
		s.protocol = SP_REQ; /* for sp_send: a reply is framed as a request is */
		assert_int_equal(sp_send(&s, id, sent, n), 0);
		s.protocol = SP_REP;
		flush(&s);
		assert_int_equal(nng_recvmsg(req, &msg, 0), 0);
		assert_int_equal(nng_msg_len(msg), n);
		assert_memory_equal(nng_msg_body(msg), sent, n);
		nng_msg_free(msg);
	}
	sp_close(&s);
	close(listener);
	nng_close(req);
}

static void
nng_sub_hears_our_framing(void **state)
{
	static const uint8_t id_bytes[SP_ID] = { 0x80, 0, 0, 77 };
	nng_socket sub;
	nng_msg *msg;
	struct sp s;
	int listener = listen_here();

	(void)state;
	assert_int_equal(nng_sub0_open(&sub), 0);
	assert_int_equal(nng_socket_set(sub, NNG_OPT_SUB_SUBSCRIBE, "", 0), 0);
	nng_socket_set_ms(sub, NNG_OPT_RECVTIMEO, PATIENCE);
	assert_int_equal(nng_dial(sub, url, NULL, NNG_FLAG_NONBLOCK), 0);
	accept_as(&s, listener, SP_PUB);
	while (!s.greeted)
		wait_for(&s, 0);
	s.protocol = SP_REQ; /* a publication is framed as a request, id and all, to whom knows none */
	assert_int_equal(sp_send(&s, 77, "hello", 5), 0);
	flush(&s);
	assert_int_equal(nng_recvmsg(sub, &msg, 0), 0);
	assert_int_equal(nng_msg_len(msg), SP_ID + 5);
	assert_memory_equal(nng_msg_body(msg), id_bytes, SP_ID);
	assert_memory_equal((char *)nng_msg_body(msg) + SP_ID, "hello", 5);
	nng_msg_free(msg);
	sp_close(&s);
	close(listener);
	nng_close(sub);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		TEST(our_req_is_answered_by_nng_rep),
		TEST(several_requests_are_answered_by_raw_rep_in_any_order),
		TEST(our_sub_hears_nng_pub),
		TEST(our_sub_refuses_nng_rep),
		TEST(nng_req_is_answered_by_our_framing),
		TEST(nng_sub_hears_our_framing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
