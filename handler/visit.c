/* visit – see visit.h. */
#include "visit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "visit_leave.h"
#include "visit_event.h"
#include "visit_read.h"
#include "visit_return.h"

enum {
	RETRY_BUSY = 10,      /* ms between two tries at a full backlog */
	RETRY_BUS = 200,      /* and at a bus that broke */
	READ_AHEAD = 128 * 1024, /* bytes that wait for the client, before more is read */
	READ_PATIENCE = 1000, /* ms without its reading a byte: it may have stopped … */
	MISSED_PATIENCE = 30000, /* … and where it resumed: that much is no fault of its own */
};

/* Frees a buffer that held a secret. */
static void
wipe(struct buf *b)
{
	if (b->at != NULL)
		explicit_bzero(b->at, b->cap);
	buf_fini(b);
}

void
visit_begin(struct visit *v, const char *door, struct buf *join, struct outq *out, bool delta,
    int64_t now)
{
	*v = (struct visit){ .out = out, .delta = delta, .door = door, .join = *join };
	*join = (struct buf)BUF_INIT;
	v->patience = now + JOIN_PATIENCE;
	link_init(&v->link);
	order_init(&v->order, visit_deliver, v);
}

void
visit_be_heard(struct visit *v, int64_t within)
{
	v->heard_within = within;
}

static void
free_memory(struct visit *v)
{
	order_fini(&v->order);
	wipe(&v->join);
	buf_fini(&v->kept);
	buf_fini(&v->you);
	buf_fini(&v->bye);
}

void
visit_fini(struct visit *v)
{
	link_fini(&v->link);
	free_memory(v);
}

void
visit_end(struct visit *v, enum bye why)
{
	if (v->stage == VISIT_OVER)
		return;
	if (v->bye.len > 0 && why != BYE_SLOW_CONSUMER) { /* it was over before */
		visit_tell_bye(v);
		return;
	}
	v->stage = VISIT_OVER;
	v->parting = (struct parting){ .bye = why };
	snprintf(v->parting.reason, sizeof v->parting.reason, "%s", bye_table[why].word);
}

/* The broker is not there, or not in its senses. */
void
visit_lose_broker(struct visit *v, const char *when, const char *why)
{
	if (v->stage != VISIT_OVER)
		log_line(LOG_ERROR, "broker-lost", "when=%s why=\"%s\"", when, why);
	visit_end(v, BYE_UNAVAILABLE);
}

void
visit_ask(struct visit *v, enum frame_kind kind, const struct buf *frames)
{
	const struct asked what = { .kind = kind };

	v->spoke = true;
	if (link_ask(&v->link, what, frames, kind == FRAME_JOIN) < 0)
		visit_lose_broker(v, "asking", strerror(ENOMEM));
}

static void
ask_frame(struct visit *v, const struct frame *f)
{
	struct buf frames = BUF_INIT;

	frame_put(&frames, f);
	visit_ask(v, f->kind, &frames);
	buf_fini(&frames);
}

/* All other ends the broker sees by itself, or they are nobody's business (protocol §4). */
static bool
others_learn_of(const struct parting *p)
{
	return !p->told &&
	    (p->bye == BYE_SLOW_CONSUMER || p->bye == BYE_TIMEOUT || p->bye == BYE_KICKED);
}

static void
ask_to_end(struct visit *v)
{
	struct buf frames = BUF_INIT;
	size_t begin = frame_begin(&frames, &(struct frame){ .kind = FRAME_END,
	    .session = v->session });

	field_str(&frames, FIELD_WORD, v->parting.reason);
	frame_end(&frames, begin);
	visit_ask(v, FRAME_END, &frames);
	buf_fini(&frames);
}

void
visit_part(struct visit *v)
{
	visit_end(v, BYE_LEFT);
	free_memory(v);
	link_close(&v->link, LINK_BUS);
	if (others_learn_of(&v->parting) && link_is_open(&v->link, LINK_CONTROL) && v->session != 0)
		ask_to_end(v);
	else
		link_close(&v->link, LINK_CONTROL);
}

bool
visit_awaits_client(const struct visit *v)
{
	return v->reading_until != 0;
}

void
visit_poll(const struct visit *v, struct pollfd *fds)
{
	link_poll(&v->link, fds);
	if (v->paused)
		fds[LINK_BUS].fd = -1;
}

/* A room may say more at once than a queue holds, and a client that reads what it is sent is not to
 * be ended for that: bus, mail and missed messages wait until it has caught up. Of one that reads
 * nothing any more all is fetched, after a while, and then its queue runs over. In how many ms; 0:
 * now. Answers to events do not wait: without them its own would not be read any more, and the
 * gateway relays nothing to a client whose input it cannot get rid of. */
static int64_t
let_client_read(struct visit *v, int64_t now)
{
	size_t unread = outq_waiting(v->out);

	if (unread <= READ_AHEAD)
		v->reading_until = 0;
	else if (v->reading_until == 0 || unread < v->unread)
		v->reading_until = now +
		    (v->order.pos < v->missed ? MISSED_PATIENCE : READ_PATIENCE);
	v->unread = unread;
	return v->reading_until == 0 ? 0 : wait_until(v->reading_until, now);
}

static void
read_control(struct visit *v, int64_t now)
{
	const uint8_t *body;
	struct asked to;
	size_t len;
	int rc;

	if (link_read(&v->link, LINK_CONTROL) < 0) {
		visit_lose_control(v, now);
		return;
	}
	while (v->stage != VISIT_OVER && (rc = link_next_reply(&v->link, &to, &body, &len)) != 0)
		if (rc < 0 || visit_read_reply(v, &to, body, len, now) < 0)
			visit_lose_broker(v, "reading", strerror(EPROTO));
}

/* A bus that breaks is opened again, and what was missed is asked for: the broker may have closed
 * it because this handler was too slow. */
static void
lose_bus(struct visit *v, int64_t now)
{
	log_line(LOG_DEBUG, "bus-lost", "why=\"%s\"", strerror(errno));
	link_close(&v->link, LINK_BUS);
	v->retry_at = now + RETRY_BUS;
	order_doubt(&v->order);
}

static void
take_publications(struct visit *v, int64_t now)
{
	const uint8_t *body;
	size_t len;
	int rc;

	while (v->stage == VISIT_INSIDE && let_client_read(v, now) == 0 &&
	    (rc = link_next_publication(&v->link, &body, &len)) != 0) {
		if (rc < 0 || visit_read_publication(v, body, len) < 0) {
			errno = EPROTO;
			lose_bus(v, now);
			return;
		}
	}
}

static void
read_bus(struct visit *v, int64_t now)
{
	if (link_read(&v->link, LINK_BUS) < 0)
		lose_bus(v, now);
	else
		take_publications(v, now);
}

/* Nothing matters any more but that the broker has heard why. */
static void
read_last(struct visit *v)
{
	const uint8_t *body;
	struct asked to;
	size_t len;
	int rc = link_read(&v->link, LINK_CONTROL);

	while (rc == 0 && (rc = link_next_reply(&v->link, &to, &body, &len)) > 0)
		rc = to.kind == FRAME_END ? -1 : 0;
	if (rc < 0)
		link_close(&v->link, LINK_CONTROL);
}

void
visit_serve(struct visit *v, const struct pollfd *fds, int64_t now)
{
	const short readable = POLLIN | POLLHUP | POLLERR;

	/* Mail first: what is on the bus may wait for it. */
	if (fds[LINK_CONTROL].revents & readable && v->stage == VISIT_OVER)
		read_last(v);
	else if (fds[LINK_CONTROL].revents & readable)
		read_control(v, now);
	if (v->stage == VISIT_INSIDE && fds[LINK_BUS].revents & readable)
		read_bus(v, now);
}

/* Connects and asks to be let in. A full backlog means that many do so at this moment. */
static int64_t
knock(struct visit *v, int64_t now)
{
	if (v->retry_at > now)
		return wait_until(v->retry_at, now);
	if (link_open(&v->link, LINK_CONTROL, v->door) == 0) {
		v->stage = VISIT_JOINING;
		visit_ask(v, FRAME_JOIN, &v->join);
		wipe(&v->join);
		return wait_until(v->patience, now);
	}
	if (errno != EAGAIN || now >= v->patience) {
		visit_lose_broker(v, "connecting", strerror(errno));
		return -1;
	}
	v->retry_at = now + RETRY_BUSY;
	return RETRY_BUSY;
}

static int64_t
await_answer(struct visit *v, int64_t now)
{
	if (now < v->patience)
		return wait_until(v->patience, now);
	visit_lose_broker(v, "joining", strerror(ETIMEDOUT));
	return -1;
}

static int64_t
open_bus(struct visit *v, int64_t now)
{
	if (v->bus[0] == '\0' || link_is_open(&v->link, LINK_BUS))
		return -1;
	if (v->retry_at > now)
		return wait_until(v->retry_at, now);
	if (link_open(&v->link, LINK_BUS, v->bus) == 0)
		return -1;
	if (errno != EAGAIN)
		log_line(LOG_ERROR, "bus-lost", "why=\"%s\"", strerror(errno));
	v->retry_at = now + (errno == EAGAIN ? RETRY_BUSY : RETRY_BUS);
	return wait_until(v->retry_at, now);
}

static void
poll_mail(struct visit *v)
{
	ask_frame(v, &(struct frame){ .kind = FRAME_POLL, .session = v->session,
	    .who = v->mail });
}

/* A POLL is under way always, but while the client catches up, or mail waits for a place in the
 * order that will come. After a silence there is one more, and the older is answered with nothing;
 * where even that is not, the broker does not work, and is told no more. */
static int64_t
keep_polling(struct visit *v, int64_t now)
{
	unsigned polls = link_asks(&v->link, FRAME_POLL);
	bool silent = v->heard_within > 0 && !v->spoke && now >= v->renew_at;
	bool enough = v->paused ||
	    (v->order.mail.bytes > READ_AHEAD / 2 && !v->order.abandoned);

	if ((polls == 0 && !enough) || (polls < 2 && silent))
		poll_mail(v);
	if (v->heard_within == 0 || polls > 1)
		return -1;
	if (v->spoke)
		v->renew_at = now + v->heard_within;
	v->spoke = false;
	return wait_until(v->renew_at, now);
}

void
visit_ask_replay(struct visit *v, uint64_t first)
{
	ask_frame(v, &(struct frame){ .kind = FRAME_REPLAY, .session = v->session, .seq = first });
	order_replay_asked(&v->order);
	log_line(LOG_DEBUG, "replay", "from=%" PRIu64 " of=%" PRIu64, first, v->order.goal);
}

static int64_t
replay(struct visit *v, int64_t now)
{
	uint64_t first;
	int64_t wait = order_wants_replay(&v->order, now, &first);

	/* Without a bus there would soon be the next hole. */
	if (wait != 0 || !link_is_open(&v->link, LINK_BUS))
		return wait == 0 ? -1 : wait;
	if ((wait = let_client_read(v, now)) != 0)
		return wait;
	visit_ask_replay(v, first);
	return -1;
}

static int64_t
stay(struct visit *v, int64_t now)
{
	int64_t wait;

	if (v->bye.len > 0)
		return visit_take_leave(v, now);
	wait = open_bus(v, now);
	take_publications(v, now); /* that were left for want of room */
	v->paused = let_client_read(v, now) > 0;
	if (v->paused)
		wait = wait_sooner(wait, wait_until(v->reading_until, now));
	visit_send_events(v);
	if (v->stage == VISIT_INSIDE)
		wait = wait_sooner(wait, replay(v, now));
	if (v->stage == VISIT_INSIDE)
		wait = wait_sooner(wait, keep_polling(v, now));
	return wait;
}

int64_t
visit_advance(struct visit *v, int64_t now)
{
	int64_t wait = -1;

	v->paused = false;
	switch (v->stage) {
	case VISIT_KNOCKING: wait = knock(v, now); break;
	case VISIT_JOINING: wait = await_answer(v, now); break;
	case VISIT_INSIDE: wait = stay(v, now); break;
	case VISIT_AWAY: wait = visit_come_back(v, now); break;
	case VISIT_OVER: break;
	}
	link_flush(&v->link);
	return wait;
}
