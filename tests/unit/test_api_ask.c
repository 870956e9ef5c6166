/* api_ask – what applications want is asked of the broker once, and never for long. The broker is
 * libnng here, and says what the test wants. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>

#include "api_ask.h"
#include "clock.h"
#include "frame.h"

/* --- a broker of a few lines ------------------------------------------------ */

enum manner { ANSWERS, IS_SILENT, HANGS_UP };

static struct stub {
	char folder[32], path[64], url[80];
	nng_socket socket;
	pthread_t thread;
	enum manner manner;
	int asked;
	struct buf reply;
} stub;

static void *
stub_loop(void *context)
{
	nng_msg *m;

	(void)context;
	while (nng_recvmsg(stub.socket, &m, 0) == 0) {
		stub.asked++;
		if (stub.manner == ANSWERS) {
			nng_msg_clear(m);
			nng_msg_append(m, stub.reply.at, stub.reply.len);
			nng_sendmsg(stub.socket, m, 0);
			continue;
		}
		if (stub.manner == HANGS_UP)
			nng_pipe_close(nng_msg_get_pipe(m));
		nng_msg_free(m);
	}
	return NULL;
}

static int
set_up(void **state)
{
	(void)state;
	stub = (struct stub){ .folder = "/tmp/bk.XXXXXX" };
	assert_non_null(mkdtemp(stub.folder));
	snprintf(stub.path, sizeof(stub.path), "%s/ctl.sock", stub.folder);
	snprintf(stub.url, sizeof(stub.url), "ipc://%s", stub.path);
	assert_int_equal(nng_rep0_open(&stub.socket), 0);
	assert_int_equal(nng_listen(stub.socket, stub.url, NULL, 0), 0);
	return pthread_create(&stub.thread, NULL, stub_loop, NULL);
}

static int
tear_down(void **state)
{
	(void)state;
	nng_close(stub.socket);
	pthread_join(stub.thread, NULL);
	buf_fini(&stub.reply);
	unlink(stub.path);
	return rmdir(stub.folder);
}

/* --- what comes of it ------------------------------------------------------- */

static char why[256];

static enum api_fault
ask(struct api_broker *b, cJSON **answer)
{
	struct buf words = BUF_INIT;
	enum api_fault fault;

	buf_add(&words, "say\0zoom/r1\0hello", sizeof("say\0zoom/r1\0hello"));
	fault = api_ask(b, &words, answer, why, sizeof(why));
	assert_int_equal(fault == FAULT_NONE, *answer != NULL);
	buf_fini(&words);
	return fault;
}

static enum api_fault
told_bytes(void)
{
	struct api_broker b = { .path = stub.path };
	cJSON *answer;
	enum api_fault fault = ask(&b, &answer);

	cJSON_Delete(answer);
	return fault;
}

/* One frame of this kind, with this in it. */
static enum api_fault
told(enum frame_kind kind, const char *text)
{
	buf_reset(&stub.reply);
	frame_put(&stub.reply,
	    &(struct frame){ .kind = kind, .body = text, .len = strlen(text) });
	return told_bytes();
}

static void
what_the_broker_says_is_what_it_comes_to(void **state)
{
	(void)state;
	assert_int_equal(told(FRAME_CTL, "{\"rooms\":1}"), FAULT_NONE);
	assert_int_equal(told(FRAME_CTL, "[]"), FAULT_NONE);
	assert_int_equal(
	    told(FRAME_CTL, "{\"error\":\"not_found\",\"message\":\"Nobody.\"}"), FAULT_NO_SUCH);
	assert_string_equal(why, "Nobody.");
	assert_int_equal(told(FRAME_CTL, "{\"error\":\"usage\"}"), FAULT_BAD_REQUEST);
	assert_int_equal(told(FRAME_CTL, "{\"error\":\"unavailable\"}"), FAULT_UNAVAILABLE);
	assert_int_equal(told(FRAME_CTL, "{\"error\":\"unknown_command\"}"), FAULT_UNAVAILABLE);
	assert_int_equal(stub.asked, 6);
}

/* It may be another version, just before it is replaced. */
static void
what_is_no_answer_is_unavailable(void **state)
{
	(void)state;
	assert_int_equal(told(FRAME_CTL, ""), FAULT_UNAVAILABLE);
	assert_int_equal(told(FRAME_CTL, "{\"rooms\":"), FAULT_UNAVAILABLE);
	assert_int_equal(told(FRAME_VERDICT, "{}"), FAULT_UNAVAILABLE);
	buf_reset(&stub.reply);
	buf_str(&stub.reply, "no frame at all");
	assert_int_equal(told_bytes(), FAULT_UNAVAILABLE);
}

/* People would be told twice. */
static void
a_connection_that_breaks_is_no_reason_to_ask_again(void **state)
{
	struct api_broker b = { .path = stub.path };
	cJSON *answer;

	(void)state;
	stub.manner = HANGS_UP;
	assert_int_equal(ask(&b, &answer), FAULT_UNAVAILABLE);
	assert_int_equal(stub.asked, 1);
	assert_int_equal(b.again, 0); /* it is likely back at once */
}

static void
a_silent_broker_is_waited_for_once_and_then_left_alone_for_a_while(void **state)
{
	struct api_broker b = { .path = stub.path };
	int64_t begin = now_ms();
	cJSON *answer;

	(void)state;
	stub.manner = IS_SILENT;
	assert_int_equal(ask(&b, &answer), FAULT_UNAVAILABLE);
	assert_in_range(now_ms() - begin, API_PATIENCE - 5, 10 * API_PATIENCE);
	assert_int_equal(ask(&b, &answer), FAULT_UNAVAILABLE);
	assert_int_equal(stub.asked, 1);
	b.again = now_ms(); /* the while is over */
	assert_int_equal(ask(&b, &answer), FAULT_UNAVAILABLE);
	assert_int_equal(stub.asked, 2);
}

static void
without_a_broker_it_is_unavailable_at_once(void **state)
{
	struct api_broker b = { .path = "/nonexistent/ctl.sock" };
	int64_t begin = now_ms();
	cJSON *answer;

	(void)state;
	assert_int_equal(ask(&b, &answer), FAULT_UNAVAILABLE);
	assert_true(now_ms() - begin < API_PATIENCE);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(what_the_broker_says_is_what_it_comes_to),
		TEST(what_is_no_answer_is_unavailable),
		TEST(a_connection_that_breaks_is_no_reason_to_ask_again),
		TEST(a_silent_broker_is_waited_for_once_and_then_left_alone_for_a_while),
		TEST(without_a_broker_it_is_unavailable_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
