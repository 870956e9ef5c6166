/* A broker goes on from a ledger that ends anywhere.
 *
 * People live in a room, and the ledger and the store are kept as they were after each of their acts.
 * Then a broker is started from every beginning of that ledger. Whoever was let in by then comes
 * back, what was acknowledged is there, and what was not is said again and taken once. */
#include "broker_raw.h"

#include <fcntl.h>

enum { LEDGER_HEAD = 16, ROUND_HEAD = 16 }; /* bytes, as in ledger.c */
enum { NOBODY, ANN, BOB, EVE, DAN, PEOPLE };

#define ACT(name, payload) "{\"event\":\"" name "\",\"id\":1,\"payload\":{" payload "}}"

/* Without an event somebody joins. */
static const struct act {
	int who;
	const char *event;
	int ends; /* whose connection is over by it */
} life[] = {
	{ ANN, NULL, NOBODY },
	{ BOB, NULL, NOBODY },
	{ ANN, ACT("add_chat", "\"chatContent\":\"one\",\"chatId\":\"c1\""), NOBODY },
	{ ANN, ACT("offer", "\"targetClientId\":\"bob\",\"sdp\":1"), NOBODY },
	{ BOB, ACT("answer", "\"targetClientId\":\"ann\",\"sdp\":2"), NOBODY },
	{ ANN, ACT("set_lobby", "\"enabled\":true"), NOBODY },
	{ EVE, NULL, NOBODY },
	{ ANN, ACT("accept_waiting", "\"clientId\":\"eve\""), NOBODY },
	{ EVE, ACT("add_chat", "\"chatContent\":\"two\",\"chatId\":\"c2\""), NOBODY },
	{ ANN, ACT("edit_chat", "\"chatContent\":\"first\",\"chatId\":\"c1\""), NOBODY },
	{ EVE, ACT("raise_hand", ""), NOBODY },
	{ DAN, NULL, NOBODY },
	{ ANN, ACT("set_role", "\"clientId\":\"bob\",\"role\":\"host\""), NOBODY },
	{ BOB, ACT("deny_waiting", "\"clientId\":\"dan\""), DAN },
	{ ANN, ACT("toggle_screenshare", "\"enabled\":true"), NOBODY },
	{ BOB, ACT("ban", "\"clientId\":\"eve\""), EVE },
	{ BOB, ACT("delete_chat", "\"chatId\":\"c2\""), NOBODY },
	{ ANN, ACT("lock_room", "\"locked\":true"), NOBODY },
	{ ANN, ACT("add_chat", "\"chatContent\":\"three\",\"chatId\":\"c3\""), NOBODY },
	{ ANN, ACT("leave", ""), ANN },
};

enum { ACTS = sizeof life / sizeof *life };

static const char *const subs[PEOPLE] = { "", "ann", "bob", "eve", "dan" };

static struct person {
	int fd;
	uint64_t session, events; /* events: the number of the last */
	char ticket[TICKET_SIZE];
} people[PEOPLE];

static off_t size_after[ACTS]; /* of the ledger */
static struct buf ledger;      /* as it was in the end */
static char ledger_path[128], log_path[128];

static void
shell(const char *format, ...)
{
	char command[400];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof command, format, args);
	va_end(args);
	assert_int_equal(0, system(command));
}

/* ---- the life ---- */

static void
come(int who)
{
	struct person *p = &people[who];
	struct buf b = join_message(subs[who], NULL, NULL);
	struct frame welcome;

	p->fd = connect_raw(door(), 0x30);
	welcome = frame_at(raw_ask(p->fd, &b), 0);
	take_ticket(p->ticket, welcome);
	p->session = welcome.session;
}

static struct frame
say(struct person *p, uint64_t number, const char *json)
{
	return frame_at(raw_frame(p->fd, (struct frame){ .kind = FRAME_EVENT,
		.session = p->session, .seq = number, .body = json, .len = strlen(json) }), 0);
}

/* What its handler sends again after a pause, if no answer has come. */
static void
do_act(const struct act *a, uint64_t number)
{
	struct frame answer = say(&people[a->who], number, a->event);

	if (a->ends != a->who && !body_has(answer, "\"ack\""))
		fail_msg("%s: %.*s", a->event, (int)answer.len, (const char *)answer.body);
}

static void
keep_all_of_it(int act)
{
	struct stat st;

	assert_int_equal(0, stat(ledger_path, &st));
	size_after[act] = st.st_size;
	shell("mkdir -p %s/store/%d && cp %s/beckon.db* %s/store/%d/", base, act, base, base, act);
}

static void
keep_ledger(void)
{
	FILE *f = fopen(ledger_path, "r");
	off_t size = size_after[ACTS - 1];

	assert_non_null(f);
	assert_true(buf_reserve(&ledger, (size_t)size));
	assert_int_equal(size, fread(ledger.at, 1, (size_t)size, f));
	ledger.len = (size_t)size;
	fclose(f);
}

static void
live(void)
{
	for (int i = 0; i < ACTS; i++) {
		if (life[i].event)
			do_act(&life[i], ++people[life[i].who].events);
		else
			come(life[i].who);
		keep_all_of_it(i);
	}
	keep_ledger();
	for (int who = ANN; who < PEOPLE; who++)
		close(people[who].fd);
}

/* ---- and from where in it a broker goes on ---- */

/* The end of the record that begins there. */
static off_t
record_end(off_t at)
{
	uint64_t len;

	memcpy(&len, ledger.at + at, sizeof len);
	return at + ROUND_HEAD + (off_t)len;
}

/* ACTS: all of them were done. */
static int
act_under_way(off_t cut)
{
	int i = 0;

	while (i < ACTS && size_after[i] <= cut)
		i++;
	return i;
}

static void
lay_out(off_t size, int act)
{
	int fd;

	shell("rm -f %s/beckon.db* && cp %s/store/%d/* %s/", base, base, act, base);
	fd = open(ledger_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(size, write(fd, ledger.at, (size_t)size));
	close(fd);
	assert_int_equal(0, truncate(log_path, 0));
}

/* Was this one let in before the act, and not sent away? */
static bool
is_there(int who, int act)
{
	bool there = false;

	for (int i = 0; i < act; i++) {
		there = there || (!life[i].event && life[i].who == who);
		there = there && life[i].ends != who;
	}
	return there;
}

static uint64_t
events_before(int who, int act)
{
	uint64_t n = 0;

	for (int i = 0; i < act && i < ACTS; i++)
		n += life[i].event && life[i].who == who;
	return n;
}

static void
comes_back(int who)
{
	struct person *p = &people[who];
	struct frame welcome;

	p->fd = connect_raw(door(), 0x30);
	welcome = frame_at(rejoin(p->fd, p->ticket, TICKET_SIZE), 0);
	if (welcome.kind != FRAME_WELCOME)
		fail_msg("%s is dropped", subs[who]);
	assert_int_equal(p->session, welcome.session);
}

/* How often it says this, in what is of this event. */
static int
times(const struct buf *mail, const char *event, const char *text)
{
	int n = 0;

	for (int i = 0; i < frames_in(mail); i++) {
		struct frame f = frame_at(mail, i);

		for (const char *at = f.body, *end = at + f.len; body_has(f, event) &&
		     (at = memmem(at, (size_t)(end - at), text, strlen(text))); n++)
			at += strlen(text);
	}
	return n;
}

/* Bob has fetched nothing yet: what was meant for him is there once, and so is each chat that was
 * acknowledged, as it was left. */
static void
bob_has_all(uint64_t number, int act)
{
	struct person *p = &people[BOB];
	const struct buf *mail;

	say(p, number, ACT("recents_chat", ""));
	mail = raw_frame(p->fd, (struct frame){ .kind = FRAME_POLL, .session = p->session });
	assert_int_equal(act >= 3, times(mail, "\"offer\"", "\"offer\""));
	assert_int_equal(act >= 2, times(mail, "\"recents_chat\"", "\"c1\""));
	assert_int_equal(act >= 9, times(mail, "\"recents_chat\"", "\"first\""));
	assert_int_equal(act >= 8 && act < 16, times(mail, "\"recents_chat\"", "\"c2\""));
	assert_int_equal(act >= 18, times(mail, "\"recents_chat\"", "\"c3\""));
}

static void
goes_on(int who, int act)
{
	uint64_t number = events_before(who, act + 1);
	struct frame pong = say(&people[who], number + 1, ACT("ping", ""));

	assert_true(body_has(pong, "\"pong\""));
	if (who == BOB)
		bob_has_all(number + 2, act);
}

/* The act under way is done, or done again; all who are there then go on. */
static void
go_on(int act)
{
	int ends = act < ACTS ? life[act].ends : NOBODY;

	for (int who = ANN; who < PEOPLE; who++)
		if (is_there(who, act))
			comes_back(who);
	if (act < ACTS && life[act].event)
		do_act(&life[act], events_before(life[act].who, act + 1));
	for (int who = ANN; who < PEOPLE; who++) {
		if (!is_there(who, act))
			continue;
		if (who != ends)
			goes_on(who, act);
		close(people[who].fd);
	}
}

static bool
log_has(const char *text)
{
	char all[4096];
	FILE *f = fopen(log_path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(all, 1, sizeof all, f);
	fclose(f);
	return memmem(all, n, text, strlen(text)) != NULL;
}

/* Of the records up to there, and of some bytes of the one that follows; with the store as it was
 * after that act. */
static void
starts_with(off_t whole, off_t more, int act, int stored)
{
	char expected[64] = "ledger_";

	lay_out(whole + more, stored);
	open_broker();
	go_on(act);
	close_broker();
	if (more > 0)
		sprintf(expected, " lost_bytes=%ld ", (long)more);
	if (log_has(expected) != (more > 0) || log_has("ledger_refused"))
		fail_msg("cut at %ld: it says what it should not, or not what it should",
		    (long)whole);
}

/* Does the last record up to there say what is going to be stored? */
static bool
is_announced(off_t whole)
{
	const uint8_t *at;
	off_t begin = LEDGER_HEAD;
	struct frame f;
	size_t len;

	while (record_end(begin) < whole)
		begin = record_end(begin);
	at = (const uint8_t *)ledger.at + begin + ROUND_HEAD;
	len = (size_t)(whole - begin) - ROUND_HEAD;
	assert_int_equal(1, frame_next(&at, &len, &f));
	return f.kind == FRAME_KEPT_ADDS || f.kind == FRAME_KEPT_DELETE;
}

/* The store may be a step ahead: it has committed what the ledger does not have yet. */
static bool
store_may_have(int act, off_t whole)
{
	const char *event = act < ACTS ? life[act].event : NULL;

	if (event && (strstr(event, "add_chat") || strstr(event, "delete_chat")))
		return is_announced(whole);
	return act < ACTS;
}

static void
starts_from(off_t whole, off_t more)
{
	int act = act_under_way(whole);

	if (act > 0)
		starts_with(whole, more, act, act - 1);
	if (store_may_have(act, whole))
		starts_with(whole, more, act, act);
}

/* The records of the life; before them there is what a broker begins with. */
static off_t
first_end(void)
{
	return record_end(LEDGER_HEAD);
}

static void
a_broker_goes_on_from_the_end_of_any_record(void **state)
{
	int records = 0;

	(void)state;
	for (off_t at = first_end(); at <= (off_t)ledger.len; at = record_end(at), records++) {
		starts_from(at, 0);
		if (at == (off_t)ledger.len)
			break;
	}
	assert_true(records >= ACTS);
}

static void
a_record_that_was_cut_is_lost_alone_and_that_is_said(void **state)
{
	(void)state;
	for (off_t at = first_end(); at < (off_t)ledger.len; at = record_end(at)) {
		starts_from(at, 1);
		starts_from(at, (record_end(at) - at) / 2);
		starts_from(at, record_end(at) - at - 1);
	}
}

static void
a_ledger_of_another_version_is_said_and_rooms_begin_anew(void **state)
{
	(void)state;
	ledger.at[12] ^= 1;
	lay_out((off_t)ledger.len, ACTS - 1);
	open_broker();
	people[BOB].fd = connect_raw(door(), 0x30);
	assert_int_equal(FRAME_REFUSED,
	    frame_at(rejoin(people[BOB].fd, people[BOB].ticket, TICKET_SIZE), 0).kind);
	close(people[BOB].fd);
	close_broker();
	assert_true(log_has("ledger_cut rounds=0 "));
	ledger.at[12] ^= 1;
}

/* ---- all of it ---- */

static int
set_up(void **state)
{
	int fd;

	start(state);
	new_room();
	snprintf(ledger_path, sizeof ledger_path, "%s/ledger", run_folder);
	snprintf(log_path, sizeof log_path, "%s/log", base);
	fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	stderr = fdopen(dup(STDERR_FILENO), "w"); /* cmocka's; the broker writes to the descriptor */
	dup2(fd, STDERR_FILENO);
	close(fd);
	live();
	close_broker();
	return 0;
}

static int
tear_down(void **state)
{
	dup2(fileno(stderr), STDERR_FILENO);
	buf_fini(&ledger);
	open_broker();
	return stop(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_broker_goes_on_from_the_end_of_any_record),
		cmocka_unit_test(a_record_that_was_cut_is_lost_alone_and_that_is_said),
		cmocka_unit_test(a_ledger_of_another_version_is_said_and_rooms_begin_anew),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
