/* broker – rounds: wait, take, decide, send. See broker.h. */
#include "broker.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "bounds.h"
#include "clock.h"
#include "starts.h"

static void
take_time(struct broker *b)
{
	b->now = wallclock_tell(&b->clock, wall_ms(), now_ms());
}

struct broker *
broker_open(const struct broker_conf *conf, char *why, size_t size)
{
	struct broker *b = calloc(1, sizeof *b);

	if (!b) {
		snprintf(why, size, "out of memory");
		return NULL;
	}
	b->conf = *conf;
	process_open(&b->process);
	take_time(b);
	core_conf_init(&b->rooms);
	if (conf->rooms)
		b->rooms = *conf->rooms;
	b->core = core_new(&b->rooms);
	if (broker_load_keys(b) < 0) {
		snprintf(why, size, "out of memory");
		goto fail;
	}
	if (turn_load(&b->turn, &conf->turn, why, size) < 0)
		goto fail;
	if (broker_store_open(b, why, size) < 0)
		goto fail;
	b->bus = bus_open(conf->folder, conf->peer, conf->operators,
	    conf->queue ? conf->queue : PUB_QUEUE, why, size);
	if (!b->bus || broker_recall(b, why, size) < 0)
		goto fail;
	broker_drain_open(b);
	b->metrics.started[0] = (uint64_t)wall_ms();
	b->metrics.starts[0] = starts_count(conf->folder);
	return b;
fail:
	broker_close(b);
	return NULL;
}

static void
drop_peer(struct broker *b, struct peer *p)
{
	if (p->mail.poll)
		bus_drop(p->mail.poll);
	peer_close(&b->registry, p);
}

void
broker_close(struct broker *b)
{
	struct outlet *o, *next;

	if (!b)
		return;
	while (b->registry.by_session)
		drop_peer(b, b->registry.by_session);
	HASH_ITER(hh, b->registry.outlets, o, next) {
		bus_topic_close(o->topic);
		outlet_close(&b->registry, o);
	}
	bus_close(b->bus);
	core_free(b->core);
	keys_free(b->keys);
	store_close(b->store);
	ledger_close(b->ledger);
	buf_fini(&b->round);
	buf_fini(&b->you);
	turn_fini(&b->turn);
	explicit_bzero(b->ticket_key, sizeof b->ticket_key);
	outbox_fini(&b->out);
	comings_fini(&b->comings);
	buf_fini(&b->reload.report);
	process_close(&b->process);
	free(b->replies);
	buf_fini(&b->reply_bytes);
	free(b);
}

/* Events. */

static void
peer_gone(struct broker *b, const struct bus_event *e)
{
	struct peer *p = peer_by_pipe(&b->registry, e->pipe);
	uint64_t session;
	bool over;

	if (!p)
		return;
	session = p->session;
	over = p->over;
	log_about(p->connection, LOG_DEBUG, "gone", "session=%" PRIu64, session);
	broker_keep_gone(b, session);
	drop_peer(b, p);
	if (over)
		return;
	b->metrics.closes[CLOSE_CLOSED]++;
	core_gone(b->core, session, "closed", b->now, &b->out);
}

/* The subscription took hold; what was said before is to be asked for. Another user's process that
 * is not in the room has guessed or kept the topic's name; but root watches. */
static void
peer_subscribed(struct broker *b, const struct bus_event *e)
{
	struct outlet *o = outlet_find(&b->registry, e->topic);
	struct peer *p, *next;
	bool known = e->uid == geteuid() || e->uid == 0;

	for (p = o ? o->peers : NULL; p; p = next) {
		next = p->next;
		if (p->pid != e->pid)
			continue;
		known = true;
		p->subscription = e->pipe;
		if (o->channel.said > p->since)
			broker_mail(b, p, &(struct frame){ .kind = FRAME_SYNC,
				.session = p->session, .after = o->channel.said });
	}
	if (!known)
		bus_cut(e->pipe);
}

static void
take_events(struct broker *b, const struct bus_event *events, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (events[i].kind == BUS_GONE)
			peer_gone(b, &events[i]);
		else
			peer_subscribed(b, &events[i]);
}

/* The end of a round. */

static void
forget_outputs(struct broker *b)
{
	if (b->out.bytes.cap > BATCH_BYTES)
		outbox_fini(&b->out);
	outbox_reset(&b->out);
	b->prepared = 0;
}

/* Nothing of what was decided is seen by anybody before it is stored, and written down. */
static void
finish(struct broker *b)
{
	struct outlet *o;
	struct peer *p;
	bool kept;

	broker_prepare(b);
	if (broker_store_is_busy(b))
		broker_keep_plans(b);
	kept = broker_store_commit(b);
	core_stored(b->core, kept, b->now, &b->out);
	broker_carry(b);
	broker_keep(b);
	while ((o = outlet_next_touched(&b->registry)))
		broker_publish(o);
	while ((p = peer_next_touched(&b->registry)))
		broker_send_mail(b, p);
	broker_send_replies(b, kept);
	broker_measure(b);
	forget_outputs(b);
}

/* Where much is said the round ends early, and another begins. Are there no more requests? */
static bool
answer_all(struct broker *b, enum bus_door door)
{
	struct bus_request *request = NULL;

	for (int i = 0; i < BUS_BATCH && (request = bus_take(b->bus, door)); i++) {
		b->made.requests++;
		broker_take(b, door, request);
		if (b->out.bytes.len > BATCH_BYTES)
			finish(b);
	}
	return request == NULL;
}

/* Each round is one: a broker that hangs gives none. */
static void
give_sign_of_life(struct broker *b)
{
	if (b->conf.beat_every == 0 || b->now < b->beat_at)
		return;
	b->conf.beat();
	b->beat_at = b->now + b->conf.beat_every;
}

/* A gone pipe's requests are all in the door by the time of its event: so the events are looked at
 * first, and carried out last. */
static void
work(struct broker *b)
{
	const struct bus_event *events;
	bool emptied = true;
	size_t count;

	take_time(b);
	pace_begin(&b->pace, now_us());
	give_sign_of_life(b);
	broker_lack_look(b);
	broker_drain_on(b);
	broker_store_tend(b);
	count = bus_events(b->bus, &events);
	for (enum bus_door d = 0; d < BUS_DOORS; d++)
		emptied &= answer_all(b, d);
	pace_took(&b->pace, emptied, now_us());
	take_events(b, events, count);
	broker_forget_away(b);
	broker_dismiss_silent(b);
	core_tick(b->core, b->now, &b->out);
	finish(b);
	broker_measure_round(b);
}

/* Until somebody has something to do without being asked. */
static int
patience(const struct broker *b)
{
	const int64_t dues[] = { core_due(b->core), broker_silence_due(b), b->tend_at, b->drain_at,
		b->conf.beat_every != 0 ? b->beat_at : INT64_MAX,
		b->ledger ? INT64_MAX : b->ledger_at,
		b->files.lacking_until != 0 ? b->files.lacking_until : INT64_MAX,
		b->rejoin_until != 0 ? b->rejoin_until : INT64_MAX };
	int64_t now = wall_ms(), left = 60000;

	if (now < b->now)
		now = b->now;
	for (size_t i = 0; i < sizeof dues / sizeof *dues; i++)
		if (dues[i] < now + left)
			left = dues[i] - now;
	return left < 0 ? 0 : (int)left;
}

static void
take_signal(struct broker *b, int signal_fd)
{
	struct signalfd_siginfo s;

	if (read(signal_fd, &s, sizeof s) != sizeof s)
		return;
	if (s.ssi_signo == SIGHUP) {
		broker_reload(b);
		return;
	}
	log_line(LOG_INFO, "ending", "signal=%u", (unsigned)s.ssi_signo);
	b->over = true;
}

/* What is there at once came during the last round. Else we were woken when something came, or
 * later, if the machine has much to do. */
static int
wait_for_more(struct broker *b, struct pollfd fds[BUS_FDS + 1])
{
	int64_t came;
	int ready;

	bus_arrival();
	ready = poll(fds, BUS_FDS + 1, 0);
	if (ready != 0)
		return ready;
	ready = poll(fds, BUS_FDS + 1, patience(b));
	came = bus_arrival();
	pace_wake(&b->pace, came != 0 ? came : now_us());
	return ready;
}

void
broker_run(struct broker *b, int signal_fd)
{
	struct pollfd fds[BUS_FDS + 1];

	bus_fds(b->bus, fds);
	fds[BUS_FDS] = (struct pollfd){ .fd = signal_fd, .events = POLLIN };
	while (!b->over) {
		work(b);
		if (wait_for_more(b, fds) > 0 && fds[BUS_FDS].revents)
			take_signal(b, signal_fd);
	}
	work(b);
}
