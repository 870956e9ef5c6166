/* ask, admit – the authorizer's questions, answered by libnng as the broker would. */
#include <errno.h>
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

#include "admit.h"
#include "ask.h"
#include "frame.h"

/* --- a broker of a few lines ---------------------------------------------- */

struct broker {
	char folder[32], path[64], url[80];
	nng_socket socket;
	pthread_t thread;
	struct buf reply; /* to every question; empty: the question comes back as it is */
	int mute;	  /* questions not to be answered at all */
	int questions;
	struct buf question; /* the last one */
};

static void *
broker_loop(void *context)
{
	struct broker *b = context;
	nng_msg *m;

	while (nng_recvmsg(b->socket, &m, 0) == 0) {
		b->questions++;
		buf_reset(&b->question);
		buf_add(&b->question, nng_msg_body(m), nng_msg_len(m));
		if (b->mute > 0) {
			b->mute--;
			nng_msg_free(m);
			continue;
		}
		if (b->reply.len > 0) {
			nng_msg_clear(m);
			nng_msg_append(m, b->reply.at, b->reply.len);
		}
		assert_int_equal(nng_sendmsg(b->socket, m, 0), 0);
	}
	return NULL;
}

static void
broker_start(struct broker *b)
{
	unlink(b->path);
	assert_int_equal(nng_rep0_open(&b->socket), 0);
	assert_int_equal(nng_listen(b->socket, b->url, NULL, 0), 0);
	assert_int_equal(pthread_create(&b->thread, NULL, broker_loop, b), 0);
}

static void
broker_stop(struct broker *b)
{
	nng_close(b->socket);
	pthread_join(b->thread, NULL);
}

static int
set_up(void **state)
{
	struct broker *b = calloc(1, sizeof(*b));

	strcpy(b->folder, "/tmp/bk.XXXXXX");
	assert_non_null(mkdtemp(b->folder));
	snprintf(b->path, sizeof(b->path), "%s/broker.sock", b->folder);
	snprintf(b->url, sizeof(b->url), "ipc://%s", b->path);
	broker_start(b);
	*state = b;
	return 0;
}

static int
tear_down(void **state)
{
	struct broker *b = *state;

	broker_stop(b);
	unlink(b->path);
	rmdir(b->folder);
	buf_fini(&b->reply);
	buf_fini(&b->question);
	free(b);
	return 0;
}

static void
assert_echoed(struct ask *a, const char *text)
{
	const uint8_t *answer;
	size_t len;

	assert_int_equal(ask_question(a, text, strlen(text), 2000, &answer, &len), 0);
	assert_int_equal(len, strlen(text));
	assert_memory_equal(answer, text, len);
}

/* --- ask ------------------------------------------------------------------ */

static void
questions_are_answered_one_after_the_other(void **state)
{
	struct broker *b = *state;
	struct ask a;

	ask_init(&a, b->path);
	assert_echoed(&a, "one");
	assert_echoed(&a, "two");
	assert_echoed(&a, "three");
	assert_int_equal(b->questions, 3);
	ask_fini(&a);
}

/* A broker is restarted or upgraded while the authorizer lives. */
static void
a_restarted_broker_is_found_again(void **state)
{
	struct broker *b = *state;
	struct ask a;

	ask_init(&a, b->path);
	assert_echoed(&a, "before");
	broker_stop(b);
	broker_start(b);
	assert_echoed(&a, "after");
	ask_fini(&a);
}

static void
without_a_broker_it_fails_at_once(void **state)
{
	const uint8_t *answer;
	size_t len;
	struct ask a;

	(void)state;
	ask_init(&a, "/tmp/no-such-folder/broker.sock");
	assert_int_equal(ask_question(&a, "x", 1, 2000, &answer, &len), -1);
	assert_int_equal(errno, ENOENT);
	ask_fini(&a);
}

/* A broker that hangs must not hang the workers for longer than said; and its answer to the
 * forgotten question must not be taken for one to the next. */
static void
a_silent_broker_is_waited_for_only_so_long(void **state)
{
	struct broker *b = *state;
	const uint8_t *answer;
	size_t len;
	struct ask a;

	b->mute = 1;
	ask_init(&a, b->path);
	assert_int_equal(ask_question(&a, "lost", 4, 50, &answer, &len), -1);
	assert_int_equal(errno, ETIMEDOUT);
	assert_echoed(&a, "next");
	ask_fini(&a);
}

/* --- admit ---------------------------------------------------------------- */

/* Each NULL: absent. */
static void
say_verdict(struct broker *b, const char *word, const char *role, const char *seconds)
{
	size_t begin;

	buf_reset(&b->reply);
	begin = frame_begin(&b->reply, &(struct frame){ .kind = FRAME_VERDICT });
	if (word != NULL)
		field_str(&b->reply, FIELD_WORD, word);
	if (role != NULL)
		field_str(&b->reply, FIELD_ROLE, role);
	if (seconds != NULL)
		field_str(&b->reply, FIELD_RETRY_AFTER, seconds);
	frame_end(&b->reply, begin);
}

static struct token ann = { .sub = "ann" };

static struct verdict
verdict_of(const char *path)
{
	struct request r = { .endpoint = ENDPOINT_ZOOM, .room = "r1" };
	struct verdict v;
	struct ask a;

	ask_init(&a, path);
	admit_ask(&a, &r, &ann, &v);
	ask_fini(&a);
	return v;
}

static void
a_verdict_without_a_word_admits_and_says_as_what(void **state)
{
	struct broker *b = *state;
	struct verdict v;

	say_verdict(b, NULL, "waiting", NULL);
	v = verdict_of(b->path);
	assert_int_equal(v.refusal, REFUSED_NOT);
	assert_string_equal(v.role, "waiting");
	assert_int_equal(v.retry_after, 0);
}

static void
the_brokers_word_is_the_answer(void **state)
{
	struct broker *b = *state;
	struct verdict v;

	say_verdict(b, "room_full", NULL, NULL);
	assert_int_equal(verdict_of(b->path).refusal, REFUSED_FULL);
	say_verdict(b, "unavailable", NULL, "7");
	v = verdict_of(b->path);
	assert_int_equal(v.refusal, REFUSED_UNAVAILABLE);
	assert_int_equal(v.retry_after, 7);
	assert_string_equal(v.role, "");
}

/* The broker sees no token here, and a host is let past the lobby. */
static void
what_the_token_grants_is_in_the_question(void **state)
{
	struct broker *b = *state;
	struct fields fields;
	struct frame frame;

	say_verdict(b, NULL, "host", NULL);
	for (int host = 0; host <= 1; host++) {
		const uint8_t *at;
		size_t len;

		ann.grants.host = host;
		verdict_of(b->path);
		at = (const uint8_t *)b->question.at;
		len = b->question.len;
		assert_int_equal(frame_next(&at, &len, &frame), 1);
		assert_int_equal(fields_read(&fields, frame.body, frame.len), 0);
		assert_memory_equal(fields.value[FIELD_SUB].at, "ann", 3);
		assert_int_equal(fields.value[FIELD_ROLE].len, host ? strlen("host") : 0);
	}
	ann.grants.host = false;
}

/* Else it would be judged as a newcomer, and refused where its old connection counts against it. */
static void
a_return_is_in_the_question(void **state)
{
	struct request r = { .endpoint = ENDPOINT_ZOOM, .room = "r1", .resume = true,
		.epoch = "0123456789abcdef0123456789abcdef", .seq = UINT64_MAX };
	static const char expected[] = "0123456789abcdef0123456789abcdef.18446744073709551615";
	struct broker *b = *state;
	struct fields fields;
	struct verdict v;
	struct frame f;
	const uint8_t *at;
	struct ask a;
	size_t len;

	say_verdict(b, NULL, "host", NULL);
	ask_init(&a, b->path);
	admit_ask(&a, &r, &ann, &v);
	ask_fini(&a);
	at = (const uint8_t *)b->question.at;
	len = b->question.len;
	assert_int_equal(frame_next(&at, &len, &f), 1);
	assert_int_equal(fields_read(&fields, f.body, f.len), 0);
	assert_int_equal(fields.value[FIELD_RESUME].len, strlen(expected));
	assert_memory_equal(fields.value[FIELD_RESUME].at, expected, strlen(expected));
}

/* Fail closed. */
static void
what_is_not_understood_is_unavailable(void **state)
{
	struct broker *b = *state;

	say_verdict(b, "a_word_of_the_future", NULL, NULL);
	assert_int_equal(verdict_of(b->path).refusal, REFUSED_UNAVAILABLE);
	say_verdict(b, NULL, NULL, NULL);
	assert_int_equal(verdict_of(b->path).refusal, REFUSED_UNAVAILABLE);
	say_verdict(b, NULL, "a role that is too long", NULL);
	assert_int_equal(verdict_of(b->path).refusal, REFUSED_UNAVAILABLE);
	buf_reset(&b->reply);
	buf_str(&b->reply, "not a frame");
	assert_int_equal(verdict_of(b->path).refusal, REFUSED_UNAVAILABLE);
	assert_int_equal(verdict_of("/tmp/no-such-folder/x").refusal, REFUSED_UNAVAILABLE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    questions_are_answered_one_after_the_other, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_restarted_broker_is_found_again, set_up, tear_down),
		cmocka_unit_test(without_a_broker_it_fails_at_once),
		cmocka_unit_test_setup_teardown(
		    a_silent_broker_is_waited_for_only_so_long, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_verdict_without_a_word_admits_and_says_as_what, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    what_the_token_grants_is_in_the_question, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_return_is_in_the_question, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_brokers_word_is_the_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    what_is_not_understood_is_unavailable, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
