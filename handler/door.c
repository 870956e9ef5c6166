/* door – see door.h. */
#include "door.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"
#include "event.h"
#include "log.h"
#include "options.h"
#include "tell.h"
#include "title.h"

enum {
	READ_SIZE = 65536,    /* bytes, as a pipe has; a usual message touches a page of it */
	QUIET = 200,	      /* ms without a word from anybody */
	LEAVE_PATIENCE = 1000, /* ms; the gateway has none: it sends INT after 100 */
	RETRY_MIN = 1000,     /* ms; spread, or a thousand clients come back at once */
	RETRY_SPREAD = 4000,
};

enum { IN, OUT, SIGNALS, LINK, POLLED = LINK + LINKS };

void
door_init(struct door *d, const struct door_conf *conf, int in, int out, int signals)
{
	*d = (struct door){ .in = in, .out = out, .signals = signals, .socket = conf->socket,
		.connection = conf->connection };
	d->began = now_ms();
	allowance_init(&d->allowance, &conf->allowance, d->began);
	pulse_init(&d->pulse, conf->ping_after, conf->gone_after, d->began);
	outq_init(&d->outq, out, OUT_QUEUE_MAX);
	lines_init(&d->lines);
	visit_begin(&d->visit, "", &(struct buf)BUF_INIT, &d->outq, false, d->began);
}

void
door_fini(struct door *d)
{
	visit_fini(&d->visit);
	outq_fini(&d->outq);
	lines_fini(&d->lines);
	buf_fini(&d->input);
}

void
door_admit(struct door *d, const struct request *r, struct buf *join)
{
	d->endpoint = r->endpoint;
	memcpy(d->room, r->room, sizeof d->room);
	d->outq.batch = r->batch;
	visit_begin(&d->visit, d->socket, join, &d->outq, r->delta, d->began);
	visit_be_heard(&d->visit, d->pulse.ping_after * 6 / 5);
}

/* One line when a connection begins, one when it ends; a refused one is a line alone. */
static void
log_opened(struct door *d)
{
	d->opened = true;
	title_set("beckon-handler: %s/%s %s [%s]", endpoint_name(d->endpoint), d->room,
	    d->visit.who, d->connection);
	log_line(LOG_INFO, "opened", "endpoint=%s room=%s", endpoint_name(d->endpoint), d->room);
}

static void
log_closed(struct door *d, const char *reason)
{
	if (d->logged)
		return;
	d->logged = true;
	if (d->refused)
		log_line(LOG_INFO, "refused", "reason=%s", reason);
	else
		log_line(LOG_INFO, "closed", "reason=%s ms=%" PRId64 " in=%" PRIu64 " out=%" PRIu64,
		    reason, now_ms() - d->began, d->events, d->outq.count);
}

static void
linger(struct door *d)
{
	visit_part(&d->visit); /* now the broker sees that this session is gone */
	lines_fini(&d->lines);
	buf_fini(&d->input);
	d->stage = DOOR_LINGERING;
	d->until = now_ms() + BYE_LINGER;
}

/* The one end of a connection that the client is told about: to it, into the log, by one reason. */
static void
door_part(struct door *d, const struct parting *p)
{
	if (p->bye == BYE_SLOW_CONSUMER)
		outq_cut(&d->outq);
	if (!p->told)
		tell_bye(&d->outq, p->bye, p->reason,
		    RETRY_MIN + wait_randomly(RETRY_SPREAD), wall_ms());
	log_closed(d, d->refused ? refusal_table[p->refusal].word : p->reason);
	linger(d);
}

/* Ends the visit for a reason of the handler's own. */
static void
door_end(struct door *d, enum bye why)
{
	visit_end(&d->visit, why);
}

static void
refuse(struct door *d, enum refusal why, const char *message)
{
	struct parting p = { .bye = tell_bye_for(why), .refusal = why };

	d->refused = true;
	strcpy(p.reason, tell_reason_for(why));
	tell_refusal(&d->outq, why, message, strlen(message), wall_ms());
	door_part(d, &p);
}

void
door_refuse(struct door *d, enum refusal why)
{
	refuse(d, why, refusal_table[why].message);
}

/* The client is gone, or cannot be reached. */
static void
door_close(struct door *d)
{
	log_closed(d, "closed");
	d->stage = DOOR_CLOSED;
}

static void
leave(struct door *d)
{
	d->stage = DOOR_LEAVING;
	d->until = now_ms() + LEAVE_PATIENCE;
}

static void
tell_broken(struct door *d, const struct line *line)
{
	if (tell_problem(&d->outq, line->problem, line->why, line->id, wall_ms()) < 0)
		door_end(d, BYE_SLOW_CONSUMER);
	else if (d->lines.bad >= BAD_INPUT_MAX)
		door_end(d, BYE_BAD_INPUT);
}

/* Counts what the client sent, and as a sign that it knows pings. */
static void
charge(struct door *d, const struct line *line, int64_t now)
{
	struct json_span name;
	enum event_kind kind = EVENTS;

	if (line->kind == LINE_MESSAGE && json_get(line->message, "event", &name))
		kind = event_find(name);
	if (kind == EVENT_PING || kind == EVENT_PONG)
		pulse_answers(&d->pulse);
	allowance_take_event(&d->allowance, kind, now);
}

/* Hands over what was read, as far as the window has room and the client may. */
static void
take_input(struct door *d, int64_t now)
{
	struct line line = { .kind = LINE_MESSAGE };

	while (line.kind != LINE_NONE && visit_wants_event(&d->visit) &&
	    allowance_wait(&d->allowance, now) == 0) {
		const char *at = d->input.at + d->taken;
		size_t len = d->input.len - d->taken;

		lines_next(&d->lines, &at, &len, &line);
		d->taken = d->input.len - len;
		if (line.kind != LINE_NONE)
			charge(d, &line, now);
		if (line.kind == LINE_BROKEN) {
			tell_broken(d, &line);
		} else if (line.kind == LINE_MESSAGE) {
			d->events++;
			visit_take_event(&d->visit, line.message);
		}
	}
	if (d->taken == d->input.len) {
		buf_reset(&d->input);
		d->taken = 0;
	}
}

static bool
wants_input(const struct door *d)
{
	bool is_idle = d->stage == DOOR_OPEN && d->input.len == 0 && visit_wants_event(&d->visit);

	return (is_idle || d->stage == DOOR_LINGERING) &&
	    allowance_wait(&d->allowance, now_ms()) == 0;
}

/* Who may not be heard just now is not silent. Returns in how many ms to look again. */
static int64_t
feel_pulse(struct door *d, int64_t now)
{
	if (!wants_input(d))
		pulse_hear(&d->pulse, now);
	switch (pulse_check(&d->pulse, now)) {
	case PULSE_NOTHING: break;
	case PULSE_PING:
		if (tell_ping(&d->outq, wall_ms()) < 0)
			door_end(d, BYE_SLOW_CONSUMER);
		break;
	case PULSE_GONE: door_end(d, BYE_TIMEOUT); break;
	}
	return pulse_wait(&d->pulse, now);
}

static bool
wants_output(const struct door *d)
{
	return !outq_is_empty(&d->outq);
}

/* 1 something came, 0 nothing did, -1 nothing will. */
static int
read_input(struct door *d)
{
	char *to = buf_reserve(&d->input, READ_SIZE);
	ssize_t n = to == NULL ? 0 : read(d->in, to, READ_SIZE);

	if (n > 0) {
		int64_t now = now_ms();

		d->input.len = (size_t)n;
		allowance_take_bytes(&d->allowance, n, now);
		pulse_hear(&d->pulse, now);
		return 1;
	}
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

static void
serve_input(struct door *d)
{
	int rc = read_input(d);

	if (rc < 0)
		leave(d);
	else if (d->stage == DOOR_LINGERING)
		buf_reset(&d->input);
}

/* Returns in how many ms to look again, or -1. */
static int64_t
heed_kick(struct door *d, int64_t now)
{
	switch (kick_check(&d->kick, d->in, now)) {
	case KICK_NOTHING: break;
	case KICK_NOW: door_end(d, BYE_KICKED); break;
	case KICK_GONE: leave(d); break;
	}
	return kick_wait(&d->kick, now);
}

/* INT is the gateway's: it has closed our input and waited. TERM is an operator's. A HUP from a
 * terminal comes with the end of input, so it means nothing more here. */
static void
serve_signals(struct door *d)
{
	struct signalfd_siginfo info;

	if (read(d->signals, &info, sizeof info) != sizeof info)
		return;
	if (info.ssi_signo == SIGTERM && d->stage == DOOR_OPEN)
		kick_take(&d->kick, now_ms());
	else if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
		door_close(d);
}

/* What the visit came to: inside for the first time, or over. */
static void
follow_visit(struct door *d)
{
	struct parting p = d->visit.parting;

	if (d->visit.stage == VISIT_INSIDE && !d->opened)
		log_opened(d);
	if (d->visit.stage != VISIT_OVER || d->logged)
		return;
	if (p.refusal != REFUSED_NOT)
		refuse(d, p.refusal, p.message);
	else
		door_part(d, &p);
}

static bool
is_done(const struct door *d, int64_t now)
{
	bool answered = d->visit.stage == VISIT_OVER || d->visit.under_way == 0;

	switch (d->stage) {
	case DOOR_OPEN: return false;
	case DOOR_LINGERING: return now >= d->until;
	case DOOR_LEAVING: return now >= d->until || (answered && outq_is_empty(&d->outq));
	default: return true;
	}
}

/* There is one handler for each connection, and most of them are quiet most of the time: then what
 * the next message could do with goes back to the system. In how many ms; -1: it has. */
static int64_t
rest(struct door *d, int64_t now)
{
	if (d->rest_at == 0)
		return -1;
	if (now < d->rest_at)
		return d->rest_at - now;
	link_rest(&d->visit.link);
	if (d->input.len == 0)
		buf_fini(&d->input);
	d->rest_at = 0;
	return -1;
}

/* Does everything that needs no waiting for. Returns how long to wait, in ms, or -1. */
static int
advance(struct door *d)
{
	int64_t now = now_ms(), wait = -1, pause;
	size_t waiting;

	if (d->stage == DOOR_OPEN)
		take_input(d, now);
	if (d->stage == DOOR_OPEN && d->visit.stage == VISIT_INSIDE)
		wait = feel_pulse(d, now);
	if (d->stage == DOOR_OPEN)
		wait = wait_sooner(wait, heed_kick(d, now));
	waiting = outq_waiting(&d->outq);
	if (d->stage != DOOR_CLOSED)
		wait = wait_sooner(wait, visit_advance(&d->visit, now));
	if (d->stage != DOOR_CLOSED)
		follow_visit(d);
	if (outq_flush(&d->outq) < 0 || is_done(d, now))
		door_close(d);
	if (outq_waiting(&d->outq) < waiting && visit_awaits_client(&d->visit))
		wait = 0; /* the visit waited for that */
	if (d->stage != DOOR_OPEN)
		wait = wait_sooner(wait, d->until - now);
	if ((pause = allowance_wait(&d->allowance, now)) > 0)
		wait = wait_sooner(wait, pause);
	return (int)wait_sooner(wait, rest(d, now));
}

static void
wait_for(struct door *d, struct pollfd *fds, int wait)
{
	fds[IN] = (struct pollfd){ .fd = wants_input(d) ? d->in : -1, .events = POLLIN };
	fds[OUT] = (struct pollfd){ .fd = wants_output(d) ? d->out : -1, .events = POLLOUT };
	fds[SIGNALS] = (struct pollfd){ .fd = d->signals, .events = POLLIN };
	visit_poll(&d->visit, fds + LINK);
	int ready = poll(fds, POLLED, wait);
	if (ready < 0)
		memset(fds, 0, POLLED * sizeof *fds);
	else if (ready > 0)
		d->rest_at = now_ms() + QUIET;
}

static void
serve(struct door *d, const struct pollfd *fds)
{
	visit_serve(&d->visit, fds + LINK, now_ms());
	if (fds[IN].revents != 0)
		serve_input(d);
	if (fds[SIGNALS].revents != 0)
		serve_signals(d);
}

int
door_run(struct door *d)
{
	struct pollfd fds[POLLED];

	for (;;) {
		int wait = advance(d);

		if (d->stage == DOOR_CLOSED)
			break;
		wait_for(d, fds, wait);
		serve(d, fds);
	}
	return d->refused ? EXIT_REFUSED : EXIT_NORMAL;
}
