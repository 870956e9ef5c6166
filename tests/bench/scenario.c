/* scenario – see scenario.h. */
#include "scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const int64_t second = 1000000000, patience = 20 * (int64_t)1000000000, moment = 100000000;

/* What a scenario is told, with what it is otherwise. */
struct settings {
	long rooms, people, rate, seconds, window, flooders, churn, bytes, at_once, rounds, idle;
	long warm_up; /* seconds that do not count */
};

static struct settings s;
static struct result *result;

static const struct {
	const char *name;
	long *value;
} names[] = {
	{ "rooms", &s.rooms }, { "people", &s.people }, { "rate", &s.rate },
	{ "seconds", &s.seconds }, { "window", &s.window }, { "flooders", &s.flooders },
	{ "churn", &s.churn }, { "bytes", &s.bytes }, { "at_once", &s.at_once },
	{ "rounds", &s.rounds }, { "warm_up", &s.warm_up }, { "idle", &s.idle },
};

static int
read_settings(char **arguments)
{
	s = (struct settings){ .rooms = 100, .people = 4, .rate = 5, .seconds = 8, .window = 8,
		.bytes = 200, .at_once = 50, .rounds = 20, .warm_up = 1 };
	for (; *arguments; arguments++) {
		size_t i = 0, n = strcspn(*arguments, "=");

		while (i < sizeof names / sizeof *names &&
		    (strlen(names[i].name) != n || memcmp(names[i].name, *arguments, n) != 0))
			i++;
		if (i == sizeof names / sizeof *names || (*arguments)[n] != '=')
			return -1;
		*names[i].value = atol(*arguments + n + 1);
	}
	return s.people >= 1 && s.people <= ROOM_MOST && s.bytes <= 65536 ? 0 : -1;
}

/* --- coming in --- */

static size_t wanted; /* people who are to be in, or to have tried */

static bool
have_come(struct crowd *c)
{
	return c->in + c->refused + c->closed >= wanted;
}

/* Everybody comes in, a few at once: the next one when one is in. */
static bool
fill_rooms(struct crowd *c, long rooms)
{
	size_t all = (size_t)(rooms * s.people);

	c->per_room = (unsigned)s.people;
	while (c->count < all) {
		size_t under_way = c->count - c->in - c->refused - c->closed;

		while (c->count < all && under_way++ < (size_t)s.at_once)
			if (!crowd_add(c, (unsigned)(c->count / (size_t)s.people)))
				return false;
		wanted = c->in + c->refused + c->closed + 1;
		if (!crowd_until(c, now_ns() + patience, have_come))
			return false;
	}
	wanted = all;
	return crowd_until(c, now_ns() + patience, have_come) && c->in == all;
}

static void
begin(struct crowd *c)
{
	(void)c;
	result->cpu_from = load_cpu();
	result->seconds = -(double)now_ns() / 1e9;
}

static void
end(struct crowd *c, uint64_t count)
{
	(void)c;
	result->seconds += (double)now_ns() / 1e9;
	result->cpu_to = load_cpu();
	result->rate = (double)count / result->seconds;
}

static bool
everything_came(struct crowd *c)
{
	return c->delivered >= c->expected;
}

static bool
wait_for_everything(struct crowd *c)
{
	return crowd_until(c, now_ns() + patience, everything_came);
}

static bool
never(struct crowd *c)
{
	(void)c;
	return false;
}

/* Nothing came twice, or out of order. A copy of the last is given a moment to come. */
static bool
came_in_order(struct crowd *c)
{
	crowd_until(c, now_ns() + moment, never);
	return c->doubled == 0 && c->reordered == 0;
}

/* --- scenarios --- */

/* Says where we are, and goes on when whoever measures has looked: by a byte, or our input's end. */
static void
pause_at(struct crowd *c, const char *where)
{
	char byte;
	ssize_t n;

	crowd_until(c, now_ns() + second, never); /* the last word about the last newcomer */
	printf("%s\n", where);
	fflush(stdout);
	n = read(STDIN_FILENO, &byte, 1);
	(void)n;
}

/* Nobody says anything. */
static void
run_idle(struct crowd *c)
{
	begin(c);
	result->ok = fill_rooms(c, s.rooms);
	end(c, c->in);
	pause_at(c, "idle");
}

static void
run_join(struct crowd *c)
{
	begin(c);
	result->ok = fill_rooms(c, s.rooms);
	end(c, c->in);
}

/* People in rooms of their own who send as fast as they are let, and read. */
static void
add_flooders(struct crowd *c, unsigned room)
{
	for (long i = 0; i < s.flooders; i++)
		crowd_add(c, room);
	wanted += (size_t)s.flooders;
	crowd_until(c, now_ns() + patience, have_come);
}

static void
flood(struct crowd *c, size_t first)
{
	static char text[65536 - 256];
	struct buf message = BUF_INIT;

	memset(text, 'y', sizeof text);
	for (size_t i = first; i < c->count; i++) {
		struct client *who = c->clients[i];

		if (who->gone || !who->in || ws_waiting(&who->ws) > 2 * sizeof text)
			continue;
		if (c->dialect->reach == REACH_EACH)
			c->dialect->tell(&message, who->person.number, text, sizeof text);
		else
			c->dialect->say(&message, &who->person, text, sizeof text);
		ws_say(&who->ws, message.at, message.len);
		ws_flush(&who->ws);
		buf_reset(&message);
	}
	buf_fini(&message);
}

/* One comes, and the one who came a second ago goes. */
static void
churn(struct crowd *c, unsigned room)
{
	static size_t oldest;

	if (oldest == 0)
		oldest = c->count;
	crowd_add(c, room + (unsigned)(c->count % 64));
	if (c->count - oldest > (size_t)s.churn)
		crowd_remove(c, c->clients[oldest++]);
}

/* Everybody in turn, so that the whole says `rate` messages a second. */
static void
talk(struct crowd *c, size_t first, size_t people, int64_t until)
{
	int64_t start = now_ns(), step = second / (s.rate > 0 ? s.rate : 1), due = start;
	int64_t churn_step = s.churn > 0 ? second / s.churn : 0;
	int64_t churn_due = s.churn > 0 ? start : INT64_MAX;
	size_t turn = 0;

	while (due < until) {
		int64_t now = now_ns();

		for (; due <= now && due < until; due += step)
			crowd_say(c, c->clients[first + turn++ * 7919 % people], due);
		for (; churn_due <= now; churn_due += churn_step)
			churn(c, 1000000);
		if (s.flooders > 0)
			flood(c, people);
		crowd_serve(c, s.flooders > 0 && due - now > second / 1000 ? now + second / 1000 :
		    churn_due < due ? churn_due : due);
	}
}

static void
run_rooms(struct crowd *c)
{
	size_t people = (size_t)(s.rooms * s.people);
	struct hist joined;
	bool in;

	c->text_len = (size_t)s.bytes;
	in = fill_rooms(c, s.rooms);
	add_flooders(c, 2000000);
	joined = c->joining;
	c->joining = (struct hist){ .total = 0 };
	c->record_from = now_ns() + s.warm_up * second;
	begin(c);
	talk(c, 0, people, now_ns() + (s.warm_up + s.seconds) * second);
	in = wait_for_everything(c) && in;
	end(c, c->delivered);
	result->ok = came_in_order(c) && in && (s.flooders > 0 || c->closed == 0);
	if (s.churn == 0)
		c->joining = joined;
}

/* What is one more join, one more message, among people in `idle` rooms who say nothing? */
static void
run_growth(struct crowd *c)
{
	bool in = fill_rooms(c, s.idle);

	pause_at(c, "idle");
	c->joining = (struct hist){ .total = 0 };
	in = fill_rooms(c, s.idle + s.rooms) && in;
	pause_at(c, "joined");
	c->text_len = (size_t)s.bytes;
	begin(c);
	talk(c, (size_t)(s.idle * s.people), (size_t)(s.rooms * s.people),
	    now_ns() + s.seconds * second);
	in = wait_for_everything(c) && in;
	end(c, c->delivered);
	result->ok = came_in_order(c) && in;
	pause_at(c, "said");
}

/* The next one when everybody has the last: `window` of each are under way. */
static void
go_on(struct crowd *c, struct client *from, struct client *to, bool directed)
{
	unsigned each = c->dialect->reach == REACH_SELF ? 1 : c->per_room - 1;

	(void)to, (void)directed;
	if (c->context && from->to_come <= (uint64_t)(s.window - 1) * each)
		crowd_say(c, from, now_ns());
}

static void
run_closed(struct crowd *c)
{
	static int running;
	bool in = fill_rooms(c, s.rooms);
	uint64_t before;
	size_t people = c->count;

	c->text_len = (size_t)s.bytes;
	c->events.delivered = go_on;
	c->context = &running;
	c->record_from = now_ns() + s.warm_up * second;
	for (long i = 0; i < s.window; i++)
		for (size_t n = 0; n < people; n++)
			crowd_say(c, c->clients[n], now_ns());
	crowd_until(c, c->record_from, never);
	before = c->delivered;
	begin(c);
	crowd_until(c, now_ns() + s.seconds * second, never);
	end(c, c->delivered - before);
	c->context = NULL;
	result->ok = wait_for_everything(c) && came_in_order(c) && in && c->closed == 0;
}

/* A call: people come into a room one after the other; each pair exchanges an offer, an answer and
 * 20 candidates each way. It is set up when everybody has everything. */

enum { SDP = 6000, CANDIDATE = 200, CANDIDATES = 20 };

static void
send_signals(struct crowd *c, struct client *from, struct client *to)
{
	crowd_tell(c, from, to, SDP);
	for (int i = 0; i < CANDIDATES; i++)
		crowd_tell(c, from, to, CANDIDATE);
}

/* Each to each other once. */
static void
send_once(struct crowd *c, struct client *from, struct client *to)
{
	if (from == to || !to->in || from->neighbours[to->place].told_by_us > 0)
		return;
	send_signals(c, from, to);
}

/* Whoever is new makes offers to those who are there, and these are answered. */
static void
offer_to_all(struct crowd *c, struct client *who)
{
	for (size_t i = who->person.number - who->place; i < c->count; i++)
		send_once(c, who, c->clients[i]);
}

static void
answer_offer(struct crowd *c, struct client *from, struct client *to, bool directed)
{
	if (directed)
		send_once(c, to, from);
}

static uint64_t said_before; /* in the calls before this one */

static bool
call_is_up(struct crowd *c)
{
	uint64_t signals = (uint64_t)(s.people * (s.people - 1) * (1 + CANDIDATES));

	return c->expected - said_before == signals && c->delivered >= c->expected;
}

static void
run_call(struct crowd *c)
{
	struct hist calls = { .total = 0 };

	c->per_room = (unsigned)s.people;
	c->events.in = offer_to_all;
	c->events.delivered = answer_offer;
	result->ok = true;
	begin(c);
	for (long round = 0; round < s.rounds && result->ok; round++) {
		int64_t start = now_ns();
		size_t first = c->count;

		said_before = c->expected;
		for (long i = 0; i < s.people; i++)
			if (!crowd_add(c, 3000000 + (unsigned)round))
				result->ok = false;
		result->ok = result->ok && crowd_until(c, start + patience, call_is_up);
		hist_add(&calls, now_ns() - start);
		result->ok = came_in_order(c) && result->ok;
		for (size_t i = first; i < c->count; i++)
			crowd_remove(c, c->clients[i]);
		crowd_until(c, now_ns() + moment, never);
	}
	end(c, calls.total);
	c->latency = calls;
}

static const struct {
	const char *name;
	void (*run)(struct crowd *c);
} scenarios[] = {
	{ "idle", run_idle },
	{ "join", run_join },
	{ "rooms", run_rooms },
	{ "closed", run_closed },
	{ "call", run_call },
	{ "growth", run_growth },
};

int
scenario_run(struct crowd *c, const char *name, char **arguments, struct result *r)
{
	result = r;
	if (read_settings(arguments) < 0)
		return -1;
	for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
		if (strcmp(scenarios[i].name, name) == 0) {
			scenarios[i].run(c);
			return 0;
		}
	}
	return -1;
}
