/* A handler that its client has taken over, and what it may try with the broker: speak for others,
 * come back with what is no ticket or not its own, outlive a kick, count wrongly, break others'
 * streams, fill memory, or keep everybody waiting. Whoever was honest notices nothing. */
#include "broker_raw.h"

#include <malloc.h>
#include <stdatomic.h>

#include "bucket.h"
#include "json.h"

#define PING "{\"event\":\"ping\",\"id\":1,\"payload\":{}}"
#define PONG "{\"event\":\"pong\",\"payload\":{}}"
#define SAY(text) "{\"event\":\"add_chat\",\"id\":1,\"payload\":{\"chatContent\":\"" text "\"}}"

/* All that was said in the room since somebody came. */
static bool
room_heard(struct client *c, const char *text)
{
	struct buf *all = ask_frame(c, (struct frame){ .kind = FRAME_REPLAY,
		.session = c->session, .seq = c->seq + 1 });

	return memmem(all->at, all->len, text, strlen(text)) != NULL;
}

static bool
is_well(struct client *c)
{
	return body_has(event(c, PING), "pong");
}

/* Joins on a socket of its own, and keeps the ticket. */
struct rogue {
	int fd;
	uint64_t session, events;
	char ticket[TICKET_SIZE];
};

static void
keep_ticket(struct rogue *r, struct frame welcome)
{
	take_ticket(r->ticket, welcome);
	r->session = welcome.session;
}

static struct rogue
rogue_join_with(const char *sub, const char *token)
{
	struct rogue r = { .fd = connect_raw(door(), 0x30) };
	struct buf b = join_message(sub, NULL, token);

	keep_ticket(&r, frame_at(raw_ask(r.fd, &b), 0));
	return r;
}

static struct rogue
rogue_join(const char *sub)
{
	return rogue_join_with(sub, NULL);
}

static struct frame
rogue_event(struct rogue *r, const char *json, size_t len)
{
	return frame_at(raw_frame(r->fd, (struct frame){ .kind = FRAME_EVENT,
		.session = r->session, .seq = ++r->events, .body = json, .len = len }), 0);
}

/* On a new connection; what is left of it is closed. */
static enum frame_kind
rejoin_anew(const char *ticket, size_t len)
{
	int fd = connect_raw(door(), 0x30);
	enum frame_kind kind = frame_at(rejoin(fd, ticket, len), 0).kind;

	close(fd);
	return kind;
}

/* Speaking for another. */

static void
refused_as_another(int fd, uint64_t session)
{
	static const enum frame_kind kinds[] = { FRAME_EVENT, FRAME_POLL, FRAME_REPLAY, FRAME_END };

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct frame f = { .kind = kinds[i], .session = session, .seq = 1,
			.who = UINT64_MAX, .body = SAY("forged"), .len = sizeof SAY("forged") - 1 };
		struct buf word = BUF_INIT;

		field_str(&word, FIELD_WORD, "timeout");
		if (f.kind == FRAME_END) {
			f.body = word.at;
			f.len = word.len;
		}
		assert_int_equal(FRAME_REFUSED, frame_at(raw_frame(fd, f), 0).kind);
		buf_fini(&word);
	}
}

static void
nobody_speaks_for_another_with_a_session_or_without(void **state)
{
	struct client ann;
	struct rogue eve;
	int stranger;

	(void)state;
	new_room();
	ann = join("ann");
	eve = rogue_join("eve");
	stranger = connect_raw(door(), 0x30);
	const uint64_t others[] = { ann.session, 0, eve.session + 1, UINT64_MAX };
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		refused_as_another(eve.fd, others[i]);
		refused_as_another(stranger, others[i]);
	}
	refused_as_another(stranger, eve.session);
	assert_false(room_heard(&ann, "forged"));
	assert_true(is_well(&ann));
	assert_true(body_has(rogue_event(&eve, PING, sizeof PING - 1), "pong"));
	close(stranger);
	close(eve.fd);
	leave(&ann);
}

/* Joining again. */

static void
what_is_no_ticket_brings_nobody_back(void **state)
{
	struct rogue ann, bob;
	char forged[TICKET_SIZE + 1];

	(void)state;
	new_room();
	ann = rogue_join("ann");
	bob = rogue_join("bob");
	for (size_t i = 0; i < TICKET_SIZE; i++) {
		memcpy(forged, ann.ticket, TICKET_SIZE);
		forged[i] ^= 1;
		assert_int_equal(FRAME_REFUSED, rejoin_anew(forged, TICKET_SIZE));
		assert_int_equal(FRAME_REFUSED, rejoin_anew(ann.ticket, i));
	}
	memcpy(forged, ann.ticket, TICKET_SIZE);
	forged[TICKET_SIZE] = 0;
	assert_int_equal(FRAME_REFUSED, rejoin_anew(forged, TICKET_SIZE + 1));
	/* The name of one and the number of the other. */
	memcpy(forged + TICKET_NAME, bob.ticket + TICKET_NAME, 8);
	assert_int_equal(FRAME_REFUSED, rejoin_anew(forged, TICKET_SIZE));
	/* Who is somebody already does not become somebody else. */
	assert_int_equal(FRAME_REFUSED, frame_at(rejoin(bob.fd, ann.ticket, TICKET_SIZE), 0).kind);
	assert_true(body_has(rogue_event(&ann, PING, sizeof PING - 1), "pong"));
	assert_true(body_has(rogue_event(&bob, PING, sizeof PING - 1), "pong"));
	close(ann.fd);
	close(bob.fd);
}

/* In a process of its own: shows the ticket that it finds on its input, and tells the answer. */
static int
steal(const char *folder)
{
	char ticket[TICKET_SIZE];

	snprintf(run_folder, sizeof run_folder, "%s", folder);
	if (read(STDIN_FILENO, ticket, sizeof ticket) != sizeof ticket)
		return 1;
	return (int)rejoin_anew(ticket, sizeof ticket);
}

static int
stolen(const char ticket[TICKET_SIZE])
{
	int in[2], status;
	pid_t thief;

	assert_int_equal(0, pipe(in));
	assert_int_equal(TICKET_SIZE, write(in[1], ticket, TICKET_SIZE));
	thief = fork();
	if (thief == 0) {
		dup2(in[0], STDIN_FILENO);
		execl("/proc/self/exe", "thief", run_folder, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(in[1]);
	assert_int_equal(thief, waitpid(thief, &status, 0));
	return WEXITSTATUS(status);
}

/* While its owner is there, and while it is away because the broker is another one. */
static void
a_stolen_ticket_is_worth_nothing_and_its_owner_goes_on(void **state)
{
	struct rogue ann;
	int older;

	(void)state;
	new_room();
	ann = rogue_join("ann");
	assert_int_equal(FRAME_REFUSED, stolen(ann.ticket));
	assert_true(body_has(rogue_event(&ann, PING, sizeof PING - 1), "pong"));
	close_broker();
	assert_true(is_closed_by_peer(ann.fd));
	close(ann.fd);
	assert_int_equal(0, open_broker());
	assert_int_equal(FRAME_REFUSED, stolen(ann.ticket));
	older = connect_raw(door(), 0x30);
	assert_int_equal(FRAME_WELCOME, frame_at(rejoin(older, ann.ticket, TICKET_SIZE), 0).kind);
	/* Its own process may come again: it has noticed a broken connection before we did. */
	ann.fd = connect_raw(door(), 0x30);
	assert_int_equal(FRAME_WELCOME, frame_at(rejoin(ann.fd, ann.ticket, TICKET_SIZE), 0).kind);
	assert_true(is_closed_by_peer(older));
	assert_true(body_has(rogue_event(&ann, PING, sizeof PING - 1), "pong"));
	close(older);
	close(ann.fd);
}

/* What ends eve's session; ann is the host. */
static void
be_kicked(struct client *ann, struct rogue *eve)
{
	(void)eve;
	event(ann, "{\"event\":\"kick\",\"payload\":{\"clientId\":\"eve\"}}");
}

static void
be_banned(struct client *ann, struct rogue *eve)
{
	(void)eve;
	event(ann, "{\"event\":\"ban\",\"payload\":{\"clientId\":\"eve\",\"seconds\":1}}");
}

static void
take_leave(struct client *ann, struct rogue *eve)
{
	static const char goodbye[] = "{\"event\":\"leave\",\"payload\":{}}";

	(void)ann;
	rogue_event(eve, goodbye, sizeof goodbye - 1);
}

static void
time_out(struct client *ann, struct rogue *eve)
{
	struct buf b = BUF_INIT;
	size_t begin = frame_begin(&b, &(struct frame){ .kind = FRAME_END,
		.session = eve->session });

	(void)ann;
	field_str(&b, FIELD_WORD, "timeout");
	frame_end(&b, begin);
	raw_ask(eve->fd, &b);
}

/* Last words are all there is to be had: no bus, no say. */
static void
only_last_words_are_left(struct rogue *eve, struct client *ann)
{
	int fd = connect_raw(door(), 0x30);
	struct frame welcome = frame_at(rejoin(fd, eve->ticket, TICKET_SIZE), 0), lost;
	struct buf *mail;
	struct fields f;

	if (welcome.kind == FRAME_WELCOME) {
		assert_int_equal(0, fields_read(&f, welcome.body, welcome.len));
		assert_null(f.value[FIELD_BUS].at);
		close(eve->fd);
		eve->fd = fd;
		rogue_event(eve, SAY("from beyond"), sizeof SAY("from beyond") - 1);
		lost = frame_at(raw_frame(fd, (struct frame){ .kind = FRAME_REPLAY,
			.session = eve->session, .seq = 1 }), 0);
		assert_true(lost.kind == FRAME_LOST && lost.who == 1);
		mail = raw_frame(fd, (struct frame){ .kind = FRAME_POLL, .session = eve->session });
		assert_int_equal(FRAME_BYE, frame_at(mail, frames_in(mail) - 1).kind);
	} else {
		assert_int_equal(FRAME_REFUSED, welcome.kind);
		close(fd);
	}
	assert_false(room_heard(ann, "from beyond"));
}

static void
a_ticket_does_not_outlive_its_session(void **state)
{
	static void (*const ends[])(struct client *, struct rogue *) = { be_kicked, be_banned,
		take_leave, time_out, NULL /* its token expires */ };

	(void)state;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		struct client ann;
		struct rogue eve;
		char *token = mint("eve", ends[i] ? 600 : 2, "");

		new_room();
		ann = join("ann");
		subscribe(&ann);
		eve = rogue_join_with("eve", token);
		if (ends[i])
			ends[i](&ann, &eve);
		heard(hear_until(&ann, "\"disconnect\""), "eve");
		only_last_words_are_left(&eve, &ann);
		close(eve.fd);
		leave(&ann);
		free(token);
	}
}

/* By a connection that resumes. */
static void
one_who_was_replaced_does_not_come_back(void **state)
{
	struct client ann;
	struct rogue eve, again;
	struct buf b = BUF_INIT;
	char resume[64], epoch[33], *token = mint("eve", 600, "");
	struct frame welcome;
	struct fields f;
	size_t begin;

	(void)state;
	new_room();
	ann = join("ann");
	eve = rogue_join_with("eve", token);
	again = (struct rogue){ .fd = connect_raw(door(), 0x30) };
	b = join_message("bob", NULL, NULL); /* to learn the epoch */
	welcome = frame_at(raw_ask(again.fd, &b), 0);
	assert_int_equal(0, fields_read(&f, welcome.body, welcome.len));
	assert_true(field_copy(&f, FIELD_EPOCH, epoch, sizeof epoch) > 0);
	close(again.fd);
	snprintf(resume, sizeof resume, "%s.%llu", epoch, (unsigned long long)ann.seq);
	b = (struct buf)BUF_INIT;
	begin = frame_begin(&b, &(struct frame){ .kind = FRAME_JOIN });
	field_str(&b, FIELD_ENDPOINT, "zoom");
	field_str(&b, FIELD_ROOM, room);
	field_str(&b, FIELD_TOKEN, token);
	field_str(&b, FIELD_RESUME, resume);
	frame_end(&b, begin);
	again.fd = connect_raw(door(), 0x30);
	keep_ticket(&again, frame_at(raw_ask(again.fd, &b), 0));
	only_last_words_are_left(&eve, &ann);
	assert_true(body_has(rogue_event(&again, PING, sizeof PING - 1), "pong"));
	free(token);
	close(eve.fd);
	close(again.fd);
	leave(&ann);
}

/* The next broker knows as well as this one who is out. */
static void
no_restart_brings_back_who_was_kicked(void **state)
{
	struct client ann;
	struct rogue eve;

	(void)state;
	new_room();
	ann = join("ann");
	eve = rogue_join("eve");
	be_kicked(&ann, &eve);
	close_broker();
	leave(&ann);
	assert_int_equal(0, open_broker());
	ann = join("ann");
	only_last_words_are_left(&eve, &ann);
	close(eve.fd);
	leave(&ann);
}

/* Counting. */

static void
numbers_far_off_harm_nobody_but_who_sends_them(void **state)
{
	static const uint64_t far[] = { 0, 1ull << 32, 1ull << 63, UINT64_MAX - 1, UINT64_MAX };
	struct client ann, bob;
	struct rogue eve;

	(void)state;
	new_room();
	ann = join("ann");
	bob = join("bob");
	eve = rogue_join("eve");
	subscribe(&bob);
	for (size_t i = 0; i < sizeof far / sizeof *far; i++) {
		struct frame f = { .session = eve.session, .seq = far[i], .who = far[i],
			.after = far[i], .body = PING, .len = sizeof PING - 1 };

		for (f.kind = FRAME_EVENT; f.kind <= FRAME_REPLAY; f.kind++) {
			struct buf b = BUF_INIT;

			frame_put(&b, &f);
			put_raw(eve.fd, &b); /* a POLL may wait for long */
			buf_fini(&b);
		}
	}
	event(&ann, SAY("counted"));
	heard(hear_until(&bob, "counted"), "counted"); /* strictly consecutive, it checks */
	assert_true(is_well(&ann) && is_well(&bob));
	close(eve.fd);
	leave(&ann);
	leave(&bob);
}

/* What others hear. */

static bool
is_one_line_of_json(struct frame f)
{
	return memchr(f.body, '\n', f.len) == NULL && memchr(f.body, '\0', f.len) == NULL &&
	    json_valid(f.body, f.len);
}

#define BODY(text) { text, sizeof text - 1 }

static const struct { const char *at; size_t len; } bodies[] = {
	BODY(""), BODY("{"), BODY("}"), BODY("null"), BODY("[]"), BODY("\n"), BODY("{}\n{}"),
	BODY("[{\"event\":\"reaction\",\"payload\":{\"emoji\":\"!\"}}]"),
	BODY("{\"event\":\"reaction\",\"payload\":{\"emoji\":\"a\nb\"}}"),
	BODY("{\"event\":\"reaction\",\"payload\":{\"emoji\":\"a\0b\"}}"),
	BODY("{\"event\":\"reaction\",\"payload\":{\"emoji\":\"\xff\"}}"),
	BODY("{\"event\":\"reaction\",\"payload\":{\"emoji\":\"\xed\xa0\x80\"}}"),
	BODY("{\"event\":\"reaction\",\"payload\":{\"emoji\":\"\\ud800\"}}"),
	BODY("{\"event\":\"reaction\",\"payload\":{\"emoji\":\"\\u000a\\u0000\"}}"),
	BODY("{\"event\":\"reaction\",\"payload\":{\"emoji\":\"!\"}},{\"event\":\"bye\"}"),
	BODY("{\"event\":\"reaction\",\"event\":\"bye\",\"payload\":{\"emoji\":\"!\"}}"),
	BODY("{\"event\":\"reaction\",\"payload\":{\"emoji\":\"!\"},\"id\":\"a\nb\"}"),
	BODY("{\"event\":\"reaction\",\"payload\":{\"emoji\":\"!\"},\"id\":{\"a\":1}}"),
	BODY("{\"event\":\"reaction\",\"payload\":{\"emoji\":\"!\"},\"id\":1e999}"),
	BODY("{\"event\":\"reaction\",\"payload\":{\"emoji\":\"!\"},\"id\":\"\xc3\"}"),
	BODY("{\"event\":\"bye\",\"payload\":{}}"), BODY("{\"event\":\"x\ny\",\"payload\":{}}"),
	BODY("{\"event\":\"message\",\"payload\":{\"data\":\n{\"a\"\n:\r\n1,\"b\":[1,\n2]}\n}\n}"),
	BODY("{\"event\":\"message\",\"payload\":{\"data\":{\"a\":\"\0\"}}}"),
	BODY("{\"event\":\"message\",\"payload\":{\"data\":\"}}\"}}}"),
	BODY("{\"event\":\"message\",\"payload\":{\"data\":1,\"clientId\":\"ann\",\"seq\":0}}"),
	BODY("{\"event\":\"message\",\"payload\":{\"data\":1,\"x\n\":2}}"),
	BODY("{\"event\":\"message\",\"payload\":{\"targetClientId\":\"bob\",\"data\":\n[\n]\n}}"),
};

static void
no_body_breaks_anothers_stream(void **state)
{
	static char huge[MESSAGE_MAX + 1];
	struct client ann, bob;
	struct rogue eve;
	struct buf *all;

	(void)state;
	new_room();
	ann = join("ann");
	bob = join("bob");
	eve = rogue_join("eve");
	subscribe(&bob);
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		struct frame f = rogue_event(&eve, bodies[i].at, bodies[i].len);

		assert_true(f.len == 0 || is_one_line_of_json(f));
	}
	memset(huge, ' ', sizeof huge);
	memcpy(huge, SAY("huge"), sizeof SAY("huge") - 1);
	assert_true(body_has(rogue_event(&eve, huge, sizeof huge), "too_large"));
	event(&ann, SAY("the end"));
	all = hear_until(&bob, "the end");
	for (int i = 0; i < frames_in(all); i++) {
		struct frame f = frame_at(all, i);

		assert_false(body_has(f, "huge") || body_has(f, "\"bye\""));
		assert_true(f.kind != FRAME_ROOM || f.len == 0 || is_one_line_of_json(f));
		assert_true(f.kind != FRAME_ROOM || !body_has(f, "\"emoji\"") ||
		    body_has(f, "\"clientId\":\"eve\""));
	}
	all = fetch_until(&bob, "\"message\"");
	for (int i = 0; i < frames_in(all); i++)
		if (frame_at(all, i).kind == FRAME_DIRECT)
			assert_true(is_one_line_of_json(frame_at(all, i)));
	close(eve.fd);
	leave(&ann);
	leave(&bob);
}

/* Filling memory. */

static void
a_length_beyond_the_longest_message_ends_the_connection(void **state)
{
	static const uint64_t lengths[] = { 0, 3, REQUEST_MAX + 1, 1ull << 32, 1ull << 63,
		UINT64_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		int fd = connect_raw(door(), 0x30);
		uint8_t head[9] = { 1 };

		for (int b = 0; b < 8; b++)
			head[1 + b] = (uint8_t)(lengths[i] >> (56 - 8 * b));
		assert_int_equal(sizeof head, write(fd, head, sizeof head));
		assert_true(i < 2 || is_closed_by_peer(fd));
		close(fd);
	}
}

#ifdef BECKON_SANITIZED
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

/* What is in use here, of which the broker's part is all that grows; not with sanitizers, which
 * keep memory in their own way. */
static size_t
memory(void)
{
	return mallinfo2().uordblks;
}

/* A room with much to repeat, and much mail for one. */
static void
fill_ring(const char *sub)
{
	static char body[60000];
	struct client bob = join("bob");
	int head = snprintf(body, sizeof body,
	    "{\"event\":\"message\",\"payload\":{\"targetClientId\":\"%s\",\"data\":\"", sub);

	memset(body + head, 'x', sizeof body - 4 - (size_t)head);
	memcpy(body + sizeof body - 4, "\"}}", 4);
	for (int i = 0; i < 16; i++)
		event(&bob, body);
	memset(strstr(body, "targetClientId"), 'y', strlen("targetClientId"));
	for (int i = 0; i < 8; i++)
		event(&bob, body);
	leave(&bob);
}

/* Asks without end, reads nothing. Ends when the broker does not take any more. */
static void
ask_without_end(int fd, struct frame f)
{
	char message[13 + FRAME_HEAD] = { [0] = 1, [8] = 4 + FRAME_HEAD, [9] = '\x80' };
	struct timeval patience = { .tv_sec = 1 };
	struct buf b = BUF_INIT;
	int asked = 0;

	frame_put(&b, &f);
	memcpy(message + 13, b.at, b.len);
	buf_fini(&b);
	assert_int_equal(0, setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience));
	while (asked < 500 && write(fd, message, sizeof message) == sizeof message)
		asked++;
	assert_true(asked > 0);
}

enum { ROGUES = 4 };

/* What they cost who ask for the same again and again, and read nothing. Less than nothing where the
 * broker has done with them by the end. */
static long
cost_of_asking(enum frame_kind kind)
{
	struct rogue eve[ROGUES];
	struct client ann;
	long before;

	new_room();
	for (int i = 0; i < ROGUES; i++)
		eve[i] = rogue_join((char[]){ 'e', (char)('0' + i), 0 });
	ann = join("ann");
	for (int i = 0; i < ROGUES; i++)
		fill_ring((char[]){ 'e', (char)('0' + i), 0 });
	before = (long)memory();
	for (int i = 0; i < ROGUES; i++)
		ask_without_end(eve[i].fd, (struct frame){ .kind = kind,
			.session = eve[i].session, .seq = ann.seq + 1 });
	assert_true(is_well(&ann));
	before = (long)memory() - before;
	for (int i = 0; i < ROGUES; i++)
		close(eve[i].fd);
	leave(&ann);
	return before;
}

static void
replies_that_nobody_reads_do_not_pile_up(void **state)
{
	enum { MOST = 4 << 20 };
	long replays, mail;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	replays = cost_of_asking(FRAME_REPLAY);
	mail = cost_of_asking(FRAME_POLL);
	print_message("%d who read nothing: %ld kB of replays, %ld kB of mail\n", ROGUES,
	    replays / 1024, mail / 1024);
	assert_true(SANITIZED || (replays < ROGUES * MOST && mail < ROGUES * MOST));
}

/* Keeping others waiting. */

static void
relay(struct client *from, struct client *to, uint32_t *us)
{
	char text[64], body[160];
	static int said;
	struct timespec begin, end;

	snprintf(text, sizeof text, "\"emoji\":\"#%d\"", ++said);
	snprintf(body, sizeof body, "{\"event\":\"reaction\",\"payload\":{%s}}", text);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	event(from, body);
	hear_until(to, text);
	clock_gettime(CLOCK_MONOTONIC, &end);
	*us = (uint32_t)((end.tv_sec - begin.tv_sec) * 1000000 +
	    (end.tv_nsec - begin.tv_nsec) / 1000);
}

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Of so many relays the median, in µs. */
static uint32_t
relays(struct client *from, struct client *to)
{
	enum { RELAYS = 200 }; /* within the allowance */
	uint32_t us[RELAYS];

	for (int i = 0; i < RELAYS; i++)
		relay(from, to, &us[i]);
	qsort(us, RELAYS, sizeof *us, compare);
	return us[RELAYS / 2];
}

static atomic_bool siege_over;

/* No greeting, half a greeting, half a message, garbage; over and over. */
static void *
lay_siege(void *unused)
{
	static const char openings[][18] = { "", "\0SP", "\0SP\0\0\x30\0\0",
		"\0SP\0\0\x30\0\0\1\0\0\0\0\0\3\377\377",
		"\0SP\0\0\x30\0\0\1\377\377\377\377\377\377\377\377" };
	static const size_t lengths[] = { 0, 3, 8, 17, 17 };
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	enum { HALF_OPEN = 500 };
	int fds[HALF_OPEN];

	strcpy(to.sun_path, unused);
	memset(fds, -1, sizeof fds);
	for (unsigned i = 0; !siege_over; i++) {
		int *fd = &fds[i % HALF_OPEN], how = (int)(i % 5);

		if (*fd >= 0)
			close(*fd);
		*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (connect(*fd, (struct sockaddr *)&to, sizeof to) == 0 && lengths[how] > 0)
			(void)!write(*fd, openings[how], lengths[how]);
		if (i > HALF_OPEN)
			usleep(1000);
	}
	for (int i = 0; i < HALF_OPEN; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return NULL;
}

/* As many events as go into one message, n of one kind; false: the broker has cut it. */
static bool
says(struct rogue *r, const char *json, size_t len, int n)
{
	struct buf b = BUF_INIT;
	char byte;

	for (int i = 0; i < n; i++)
		frame_put(&b, &(struct frame){ .kind = FRAME_EVENT, .session = r->session,
			.seq = ++r->events, .body = json, .len = len });
	put_raw(r->fd, &b);
	buf_fini(&b);
	if (recv(r->fd, &byte, 1, MSG_PEEK) <= 0)
		return false;
	return frames_in(raw_reply(r->fd)) == n;
}

/* Besides, more events than anybody is allowed, as fast as they are taken; cut, it comes again. */
static void *
flood(void *unused)
{
	char sub[16];

	for (int i = 0; !siege_over; i++) {
		struct rogue eve;

		snprintf(sub, sizeof sub, "eve%d", i % 5);
		eve = rogue_join(sub);
		while (!siege_over && says(&eve, PING, sizeof PING - 1, EVENT_WINDOW))
			;
		close(eve.fd);
	}
	return unused;
}

static void
a_siege_does_not_keep_honest_people_waiting(void **state)
{
	uint32_t before, during;
	struct client ann, bob;
	pthread_t siege, flooder;

	(void)state;
	new_room();
	ann = join("ann");
	bob = join("bob");
	subscribe(&bob);
	before = relays(&ann, &bob);
	siege_over = false;
	assert_int_equal(0, pthread_create(&siege, NULL, lay_siege, (void *)door()));
	assert_int_equal(0, pthread_create(&flooder, NULL, flood, NULL));
	during = relays(&ann, &bob);
	siege_over = true;
	pthread_join(siege, NULL);
	pthread_join(flooder, NULL);
	print_message("a relay: %u us in peace, %u us under siege\n", before, during);
	assert_true(during < 20 * before + 20000);
	leave(&ann);
	leave(&bob);
}

/* More than allowed. */

/* So many of these are taken until it is cut. */
static int
taken_of_a_flood(const char *sub, const char *json, size_t len)
{
	struct rogue eve = rogue_join(sub);
	int taken = 0;

	while (taken < 20000 && says(&eve, json, len, 3))
		taken += 3;
	close(eve.fd);
	return taken;
}

static void
a_handler_that_does_not_hold_its_client_is_cut(void **state)
{
	static char huge[MESSAGE_MAX];
	struct client ann;
	struct core_conf conf;
	int pings, bytes;

	(void)state;
	core_conf_init(&conf);
	new_room();
	ann = join("ann");
	memset(huge, ' ', sizeof huge);
	memcpy(huge, PING, sizeof PING - 1);
	pings = taken_of_a_flood("eve", PING, sizeof PING - 1);
	bytes = taken_of_a_flood("mallory", huge, sizeof huge);
	assert_in_range(pings, conf.events_burst, 5000);
	assert_in_range(bytes, conf.bytes_burst / MESSAGE_MAX, conf.events_burst);
	assert_true(is_well(&ann));
	leave(&ann);
}

/* What is said again over the same pipe has been said, and is counted. */
static void
saying_the_same_again_is_no_way_around(void **state)
{
	struct rogue eve;
	int taken = 0;

	(void)state;
	new_room();
	eve = rogue_join("eve");
	for (; taken < 2000 && says(&eve, PING, sizeof PING - 1, EVENT_WINDOW); taken++)
		eve.events = 0;
	assert_true(taken < 1000);
	close(eve.fd);
}

/* Nor is one cut who is in the right, and whose pipes break. */
static void
what_is_said_again_over_another_pipe_is_not_counted_again(void **state)
{
	struct rogue eve;

	(void)state;
	new_room();
	eve = rogue_join("eve");
	assert_true(says(&eve, PING, sizeof PING - 1, EVENT_WINDOW));
	for (int i = 0; i < 60; i++) {
		int fd = connect_raw(door(), 0x30);

		keep_ticket(&eve, frame_at(rejoin(fd, eve.ticket, TICKET_SIZE), 0));
		close(eve.fd);
		eve.fd = fd;
		eve.events = 0;
		assert_true(says(&eve, PING, sizeof PING - 1, EVENT_WINDOW));
	}
	close(eve.fd);
}

static int64_t
clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
who_uses_all_of_its_allowance_is_not(void **state)
{
	enum { SECONDS = 3 };
	struct core_conf conf;
	struct bucket allowed;
	struct rogue eve;
	int64_t now = clock_ms(), end = now + SECONDS * 1000;

	(void)state;
	core_conf_init(&conf);
	new_room();
	eve = rogue_join("eve");
	bucket_init(&allowed, conf.events_per_second, conf.events_burst, now);
	for (; now < end; now = clock_ms()) {
		int64_t wait = bucket_wait(&allowed, now);

		if (wait > 0) {
			usleep((useconds_t)wait * 1000);
			continue;
		}
		bucket_take(&allowed, 1, now);
		assert_true(says(&eve, PING, sizeof PING - 1, 1));
	}
	assert_true(eve.events >= (uint64_t)conf.events_burst);
	for (int i = 0; i < 100; i++) /* which cost its client nothing */
		assert_true(says(&eve, PONG, sizeof PONG - 1, EVENT_WINDOW));
	close(eve.fd);
}

static void
more_events_in_a_message_than_a_handler_sends_end_the_connection(void **state)
{
	struct buf b = BUF_INIT;
	struct rogue eve;

	(void)state;
	new_room();
	eve = rogue_join("eve");
	for (uint64_t n = 1; n <= EVENT_WINDOW + 1; n++)
		frame_put(&b, &(struct frame){ .kind = FRAME_EVENT, .session = eve.session,
			.seq = n, .body = PING, .len = sizeof PING - 1 });
	put_raw(eve.fd, &b);
	assert_true(is_closed_by_peer(eve.fd));
	buf_fini(&b);
	close(eve.fd);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_speaks_for_another_with_a_session_or_without),
		cmocka_unit_test(what_is_no_ticket_brings_nobody_back),
		cmocka_unit_test(a_stolen_ticket_is_worth_nothing_and_its_owner_goes_on),
		cmocka_unit_test(a_ticket_does_not_outlive_its_session),
		cmocka_unit_test(one_who_was_replaced_does_not_come_back),
		cmocka_unit_test(no_restart_brings_back_who_was_kicked),
		cmocka_unit_test(numbers_far_off_harm_nobody_but_who_sends_them),
		cmocka_unit_test(no_body_breaks_anothers_stream),
		cmocka_unit_test(a_length_beyond_the_longest_message_ends_the_connection),
		cmocka_unit_test(replies_that_nobody_reads_do_not_pile_up),
		cmocka_unit_test(more_events_in_a_message_than_a_handler_sends_end_the_connection),
		cmocka_unit_test(a_handler_that_does_not_hold_its_client_is_cut),
		cmocka_unit_test(saying_the_same_again_is_no_way_around),
		cmocka_unit_test(what_is_said_again_over_another_pipe_is_not_counted_again),
		cmocka_unit_test(who_uses_all_of_its_allowance_is_not),
		cmocka_unit_test(a_siege_does_not_keep_honest_people_waiting),
	};

	if (argc == 2) /* of ourselves only, see stolen */
		return steal(argv[1]);
	return cmocka_run_group_tests(tests, start, stop);
}
