/* crowd – see crowd.h. */
#include "crowd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "jwt.h"

enum { EVENTS_AT_ONCE = 256, MARK_MOST = 96, FILL_MOST = 65536 };

static const int64_t second = 1000000000;
static char fill[FILL_MOST];

int64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * second + t.tv_nsec;
}

void
crowd_init(struct crowd *c, const struct dialect *dialect, int port)
{
	*c = (struct crowd){ .dialect = dialect, .port = port, .epoll = epoll_create1(0),
		.caps = "", .secret = "", .kid = "", .per_room = 1, .text_len = 200 };
	memset(fill, 'x', sizeof fill);
}

static void
free_client(struct client *who)
{
	ws_close(&who->ws);
	free((char *)who->person.token);
	free(who->neighbours);
	free(who);
}

void
crowd_fini(struct crowd *c)
{
	for (size_t i = 0; i < c->count; i++)
		free_client(c->clients[i]);
	free(c->clients);
}

/* --- coming and going --- */

static void
watch(struct crowd *c, struct client *who, int operation)
{
	struct epoll_event e = { .events = EPOLLIN | (ws_waiting(&who->ws) > 0 ? EPOLLOUT : 0),
		.data.u32 = who->person.number };

	epoll_ctl(c->epoll, operation, who->ws.fd, &e);
}

static void
enter(struct crowd *c, struct client *who)
{
	if (who->in)
		return;
	who->in = true;
	c->in++;
	hist_add(&c->joining, now_ns() - who->began);
	if (c->events.in)
		c->events.in(c, who);
}

static char *
token_for(const struct crowd *c, unsigned number)
{
	return c->dialect->wants_token ? jwt_make(c->secret, c->secret_len, c->kid, number)
				       : strdup("");
}

static struct client *
make_client(struct crowd *c, unsigned room)
{
	struct client *who = calloc(1, sizeof *who);
	unsigned place = 0;

	if (c->count == c->cap) {
		c->cap = c->cap ? c->cap * 2 : 256;
		c->clients = reallocarray(c->clients, c->cap, sizeof *c->clients);
	}
	if (!who || !c->clients)
		abort();
	for (size_t i = c->count; i-- > 0 && c->count - i < ROOM_MOST;)
		place += c->clients[i]->person.room == room;
	who->person = (struct person){ .number = (unsigned)c->count, .room = room,
		.token = token_for(c, (unsigned)c->count), .caps = c->caps };
	who->place = place;
	who->neighbours = calloc(c->per_room, sizeof *who->neighbours);
	if (!who->neighbours)
		abort();
	c->clients[c->count++] = who;
	return who;
}

struct client *
crowd_add(struct crowd *c, unsigned room)
{
	struct client *who = make_client(c, room);
	struct buf target = BUF_INIT;
	int rc;

	c->dialect->target(&target, &who->person);
	buf_char(&target, '\0');
	who->began = now_ns();
	rc = ws_open(&who->ws, c->port, target.at);
	buf_fini(&target);
	if (rc < 0) {
		who->gone = true;
		return NULL;
	}
	watch(c, who, EPOLL_CTL_ADD);
	return who;
}

void
crowd_remove(struct crowd *c, struct client *who)
{
	if (who->gone)
		return;
	who->gone = true;
	if (who->in)
		c->in--;
	ws_close(&who->ws);
}

static void
lose(struct crowd *c, struct client *who)
{
	if (who->ws.stage == WS_OPEN)
		c->closed++;
	else
		c->refused++;
	crowd_remove(c, who);
}

/* --- speaking --- */

static void
send_out(struct crowd *c, struct client *who)
{
	size_t before = ws_waiting(&who->ws);

	if (before > 0 && ws_flush(&who->ws) < 0)
		lose(c, who);
	else if (ws_waiting(&who->ws) > 0)
		watch(c, who, EPOLL_CTL_MOD);
}

/* ~who.number.when.whom~ and then what fills it up. */
static size_t
write_text(char *to, size_t len, const struct client *who, uint32_t number, int64_t when,
    unsigned whom)
{
	size_t n = (size_t)snprintf(to, MARK_MOST, "~%u.%u.%lld.%u~", who->person.number, number,
	    (long long)when, whom);

	if (len <= n)
		return n;
	memcpy(to + n, fill, len - n);
	return len;
}

static void
tell_one(struct crowd *c, struct client *who, unsigned target, const char *text, size_t len)
{
	struct buf message = BUF_INIT;

	c->dialect->tell(&message, target, text, len);
	ws_say(&who->ws, message.at, message.len);
	buf_fini(&message);
}

static bool
share_room(const struct client *a, const struct client *b)
{
	return a->person.room == b->person.room;
}

void
crowd_say(struct crowd *c, struct client *who, int64_t when)
{
	char text[FILL_MOST + MARK_MOST];
	size_t len = write_text(text, c->text_len, who, ++who->said, when, 0);
	unsigned others = c->dialect->reach == REACH_SELF ? 1 : c->per_room - 1;
	size_t first = who->person.number - who->place;
	struct buf message = BUF_INIT;

	if (c->dialect->reach == REACH_EACH) {
		for (size_t i = first; i < first + c->per_room; i++)
			if (c->clients[i] != who)
				tell_one(c, who, (unsigned)i, text, len);
	} else {
		c->dialect->say(&message, &who->person, text, len);
		ws_say(&who->ws, message.at, message.len);
		buf_fini(&message);
	}
	who->to_come += others;
	c->expected += others;
	send_out(c, who);
}

void
crowd_tell(struct crowd *c, struct client *who, struct client *whom, size_t len)
{
	char text[FILL_MOST + MARK_MOST];
	uint32_t number = ++who->neighbours[whom->place].told_by_us;
	size_t n = write_text(text, len, who, number, now_ns(), whom->person.number + 1);

	tell_one(c, who, whom->person.number, text, n);
	c->expected++;
	send_out(c, who);
}

/* --- hearing --- */

/* False: it was delivered before. */
static bool
count_delivery(struct crowd *c, struct heard *so_far, uint32_t number)
{
	enum heard_as as = heard_note(so_far, number);

	if (as == HEARD_AGAIN) {
		c->doubled++;
		return false;
	}
	c->reordered += as == HEARD_LATE;
	c->delivered++;
	return true;
}

/* What somebody said, to one person or to the room: is it for this one to hear? */
static bool
is_for(const struct crowd *c, const struct client *from, unsigned whom, const struct client *to)
{
	if (!share_room(from, to))
		return false;
	if (whom > 0)
		return whom - 1 == to->person.number;
	return (from == to) == (c->dialect->reach == REACH_SELF);
}

static void
hear_mark(struct crowd *c, struct client *to, const char *mark)
{
	unsigned from, number, whom;
	struct neighbour *neighbour;
	struct client *who;
	long long when;

	if (sscanf(mark, "~%u.%u.%lld.%u~", &from, &number, &when, &whom) != 4 ||
	    from >= c->count)
		return;
	who = c->clients[from];
	if (!is_for(c, who, whom, to))
		return;
	neighbour = &to->neighbours[who->place];
	if (!count_delivery(c, whom > 0 ? &neighbour->told : &neighbour->said, number))
		return;
	if (whom == 0 && who->to_come > 0)
		who->to_come--;
	if (when >= c->record_from)
		hist_add(&c->latency, now_ns() - when);
	if (c->events.delivered)
		c->events.delivered(c, who, to, whom > 0);
}

static void
hear(struct crowd *c, struct client *who, const char *text, size_t len)
{
	const struct dialect *d = c->dialect;
	const char *at = text, *end = text + len, *mark;

	if (d->ping && len == strlen(d->ping) && memcmp(text, d->ping, len) == 0)
		ws_say(&who->ws, d->pong, strlen(d->pong));
	if (!who->in && d->welcome && memmem(text, len, d->welcome, strlen(d->welcome)))
		enter(c, who);
	while ((mark = memchr(at, '~', (size_t)(end - at)))) {
		const char *close = memchr(mark + 1, '~', (size_t)(end - mark - 1));

		if (!close)
			return;
		hear_mark(c, who, mark);
		at = close + 1;
	}
}

static void
serve_one(struct crowd *c, struct client *who)
{
	bool waited = ws_waiting(&who->ws) > 0, upgrading = who->ws.stage == WS_UPGRADING;
	struct buf greeting = BUF_INIT;
	const char *text;
	size_t len;
	int rc = ws_serve(&who->ws);

	if (upgrading && who->ws.stage == WS_OPEN) {
		if (c->dialect->greet)
			c->dialect->greet(&greeting, &who->person);
		if (greeting.len > 0)
			ws_say(&who->ws, greeting.at, greeting.len);
		buf_fini(&greeting);
		if (!c->dialect->welcome)
			enter(c, who);
	}
	while (!who->gone && ws_next(&who->ws, &text, &len))
		hear(c, who, text, len);
	if (!who->gone && rc < 0)
		lose(c, who);
	if (who->gone)
		return;
	if (ws_waiting(&who->ws) > 0 && ws_flush(&who->ws) < 0)
		lose(c, who);
	else if (waited && ws_waiting(&who->ws) == 0)
		watch(c, who, EPOLL_CTL_MOD);
}

void
crowd_serve(struct crowd *c, int64_t until)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	int64_t wait = until - now_ns();
	struct timespec t = { wait > 0 ? wait / second : 0, wait > 0 ? wait % second : 0 };
	int n = epoll_pwait2(c->epoll, events, EVENTS_AT_ONCE, &t, NULL);

	for (int i = 0; i < n; i++) {
		struct client *who = c->clients[events[i].data.u32];

		if (!who->gone)
			serve_one(c, who);
	}
}

bool
crowd_until(struct crowd *c, int64_t until, bool (*done)(struct crowd *c))
{
	while (!done(c)) {
		if (now_ns() >= until)
			return false;
		crowd_serve(c, until);
	}
	return true;
}
