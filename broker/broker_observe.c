/* broker_observe – what is told to who watches over the service: figures, and whether newcomers are
 * let in. See broker.h and metrics.h.
 *
 * Asked on the operators' socket, as a handler that its client has taken over has no business to
 * know how many there are. Nothing here is about one room or one person. */
#include "broker.h"

#include "clock.h"
#include "readiness.h"

void
broker_measure(struct broker *b)
{
	uint64_t waited;

	if (b->made.joins == 0 && b->made.messages == 0)
		return;
	waited = pace_waited(&b->pace, now_us());
	histogram_add(b->metrics.join_time, &scale_us, waited, b->made.joins);
	histogram_add(b->metrics.relay_time, &scale_us, waited, b->made.messages);
	b->made.joins = b->made.messages = 0;
}

void
broker_measure_round(struct broker *b)
{
	if (b->made.requests == 0)
		return;
	histogram_add(b->metrics.round_time, &scale_us, pace_lasted(&b->pace, now_us()), 1);
	histogram_add(b->metrics.round_size, &scale_ones, b->made.requests, 1);
	b->made.requests = 0;
}

static void
look_at_rooms(struct broker *b)
{
	struct metrics *m = &b->metrics;
	struct core_count n;

	core_count(b->core, &n);
	for (enum endpoint e = 0; e < ENDPOINTS; e++) {
		m->rooms[e] = n.rooms[e];
		m->connections[e] = n.in_room[e];
		m->waiting[e] = n.waiting[e];
	}
	m->empty[0] = n.empty;
	m->people[0] = n.people;
	m->owed[0] = n.owed;
	m->connections_max[0] = (uint64_t)b->rooms.max_connections;
}

static void
look_at_peers(struct broker *b)
{
	struct metrics *m = &b->metrics;

	m->leaving[0] = m->away[0] = m->mail_bytes[0] = m->mail_waiting[0] = m->answer_bytes[0] = 0;
	for (const struct peer *p = b->registry.by_session; p; p = p->by_session.next) {
		m->leaving[0] += p->over;
		m->away[0] += p->pipe == 0 && !p->over;
		m->mail_bytes[0] += p->mail.frames.len;
		m->mail_waiting[0] += p->mail.frames.len > 0;
		m->answer_bytes[0] += p->answers.frames.len;
	}
}

static void
look_at_outlets(struct broker *b)
{
	struct metrics *m = &b->metrics;

	m->ring_messages[0] = m->ring_bytes[0] = 0;
	for (const struct outlet *o = b->registry.outlets; o; o = o->hh.next) {
		m->ring_messages[0] += o->channel.ring.count;
		m->ring_bytes[0] += o->channel.ring.bytes;
	}
}

static void
look_at_process(struct broker *b)
{
	struct metrics *m = &b->metrics;
	struct process_look p;

	process_look(&b->process, &p);
	m->cpu[0] = p.cpu;
	m->resident[0] = p.resident;
	m->virtual_size[0] = p.virtual_size;
	m->files[0] = p.files;
	m->files_max[0] = p.files_max;
}

static int
tell_metrics(struct broker *b, struct asked *a)
{
	size_t begin = frame_begin(a->to, &(struct frame){ .kind = FRAME_METRICS });

	look_at_rooms(b);
	look_at_peers(b);
	look_at_outlets(b);
	look_at_process(b);
	b->metrics.build[0] = 1;
	b->metrics.draining[0] = b->drain.on;
	b->metrics.store_up[0] = b->health.failures == 0;
	b->metrics.ledger_up[0] = b->ledger != NULL;
	b->metrics.bus_queue[0] = (uint64_t)(b->conf.queue ? b->conf.queue : PUB_QUEUE);
	metrics_put(a->to, &b->metrics);
	frame_end(a->to, begin);
	return 0;
}

static enum readiness
readiness(const struct broker *b)
{
	if (b->drain.on)
		return READY_DRAINING;
	if (b->files.lacking_until != 0)
		return READY_FILES;
	if (core_is_full(b->core))
		return READY_FULL;
	return b->health.failures > 0 ? READY_STORE : READY_YES;
}

static int
tell_readiness(struct broker *b, struct asked *a)
{
	size_t begin = frame_begin(a->to, &(struct frame){ .kind = FRAME_READY });

	field_str(a->to, FIELD_WORD, readiness_table[readiness(b)].word);
	frame_end(a->to, begin);
	return 0;
}

int
broker_observe(struct broker *b, struct asked *a)
{
	if (a->rest_len > 0)
		return -1;
	switch (a->frame.kind) {
	case FRAME_METRICS: return tell_metrics(b, a);
	case FRAME_READY: return tell_readiness(b, a);
	default: return -1;
	}
}
