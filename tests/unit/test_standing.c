/* May newcomers be sent here? Asked of a real broker, and of a socket that never answers. */
#include "broker_client.h"

#include "clock.h"
#include "standing.h"

static struct ask way;
static struct standing *standing;
static char path[128];

static int
open_all(void **state)
{
	start(state);
	snprintf(path, sizeof path, "%s/" PLACE_OPERATORS, run_folder);
	ask_init(&way, path);
	standing = standing_open();
	return standing ? 0 : -1;
}

static int
close_all(void **state)
{
	ask_fini(&way);
	standing_close(standing);
	return stop(state);
}

static void
is(enum readiness expected, enum readiness found)
{
	assert_string_equal(readiness_table[expected].word, readiness_table[found].word);
}

static void
command(const char *line)
{
	nng_socket ctl = dial_door(PLACE_OPERATORS);
	struct buf b = BUF_INIT;

	frame_put(&b, &(struct frame){ .kind = FRAME_CTL, .body = line, .len = strlen(line) });
	ask(ctl, &b);
	nng_close(ctl);
}

static void
the_broker_s_word_is_taken(void **state)
{
	(void)state;
	is(READY_YES, standing_now(&way));
	command("drain");
	is(READY_DRAINING, standing_now(&way));
	command("undrain");
	is(READY_YES, standing_now(&way));
}

static void
a_broker_that_is_not_there_is_gone_and_found_again(void **state)
{
	(void)state;
	is(READY_YES, standing_now(&way));
	close_broker();
	is(READY_GONE, standing_now(&way));
	open_broker();
	is(READY_YES, standing_now(&way));
}

/* Anybody may ask as often as he likes. */
static void
an_answer_is_good_for_a_moment(void **state)
{
	int64_t began = now_ms();

	(void)state;
	is(READY_YES, standing_ask(standing, &way));
	command("drain");
	if (now_ms() - began < STANDING_FRESH - 100)
		is(READY_YES, standing_ask(standing, &way));
	while (now_ms() - began < PATIENCE && standing_ask(standing, &way) == READY_YES)
		usleep(10000);
	assert_true(now_ms() - began >= STANDING_FRESH);
	is(READY_DRAINING, standing_ask(standing, &way));
	command("undrain");
}

/* A socket in the broker's place, into which one can connect and speak. */
static int
hang(const char *at)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(name.sun_path, at);
	assert_int_equal(0, bind(fd, (struct sockaddr *)&name, sizeof name));
	assert_int_equal(0, listen(fd, 64));
	return fd;
}

static void
a_broker_that_does_not_answer_hangs_within_a_bounded_time(void **state)
{
	int64_t began = now_ms();
	char silent[128];
	int fd;

	(void)state;
	snprintf(silent, sizeof silent, "%s/silent", base);
	fd = hang(silent);
	way.path = silent;
	is(READY_HANGS, standing_ask(standing, &way));
	assert_in_range(now_ms() - began, STANDING_PATIENCE, PATIENCE);
	began = now_ms();
	is(READY_HANGS, standing_ask(standing, &way));
	assert_in_range(now_ms() - began, 0, STANDING_PATIENCE - 1); /* it is known now */
	close(fd);
	unlink(silent);
}

/* One worker waits for a broker that hangs, and the others go on serving. */
static void
while_one_asks_the_others_say_what_was_known(void **state)
{
	int64_t known = now_ms(), began;
	char silent[128];
	int fd, status;
	pid_t asking;

	(void)state;
	is(READY_YES, standing_ask(standing, &way));
	snprintf(silent, sizeof silent, "%s/silent", base);
	fd = hang(silent);
	ask_fini(&way);
	ask_init(&way, silent);
	while (now_ms() <= known + STANDING_FRESH + 20)
		usleep(1000);
	asking = fork();
	if (asking == 0)
		_exit(standing_ask(standing, &way));
	assert_int_equal(1, poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, PATIENCE));
	began = now_ms();
	if (began < known + STANDING_FRESH + STANDING_PATIENCE - 100) {
		is(READY_YES, standing_ask(standing, &way));
		assert_in_range(now_ms() - began, 0, STANDING_PATIENCE - 1);
	}
	assert_int_equal(asking, waitpid(asking, &status, 0));
	is(READY_HANGS, (enum readiness)WEXITSTATUS(status));
	is(READY_HANGS, standing_ask(standing, &way));
	close(fd);
	unlink(silent);
}

int
main(void)
{
#define RULE(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)
	const struct CMUnitTest tests[] = {
		RULE(the_broker_s_word_is_taken),
		RULE(a_broker_that_is_not_there_is_gone_and_found_again),
		RULE(an_answer_is_good_for_a_moment),
		RULE(a_broker_that_does_not_answer_hangs_within_a_bounded_time),
		RULE(while_one_asks_the_others_say_what_was_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
