/* broker_rejoin – the way back in: a handler whose broker was killed shows its ticket to us, or one
 * whose pipe broke to the same broker. See broker.h and ticket.h. */
#include "broker.h"

#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#include "bounds.h"

static struct ticket
ticket_of(const struct peer *p)
{
	struct ticket t = { .session = p->session, .expires = p->expires, .room = p->key,
		.sub = p->sub };

	memcpy(t.name, p->name, sizeof t.name);
	return t;
}

int
broker_name_peer(struct peer *p)
{
	return getrandom(p->name, sizeof p->name, 0) == sizeof p->name ? 0 : -1;
}

void
broker_put_ticket(struct broker *b, const struct peer *p, struct buf *to)
{
	uint8_t bytes[TICKET_SIZE];
	struct ticket t = ticket_of(p);

	ticket_write(&t, b->ticket_key, bytes);
	field_put(to, FIELD_TICKET, (const char *)bytes, sizeof bytes);
}

/* A ticket is good in the process that it was given to, and in no other that came by it. */
static bool
is_in_its_hands(const struct peer *p, uint32_t pipe)
{
	return bus_peer(pipe) == p->pid;
}

/* Whose ticket is it? Of a session that has ended there is nothing to be had but its last words;
 * once these were fetched, or could not be for too long, nothing at all. */
static struct peer *
holder_find(struct broker *b, const struct asked *a)
{
	struct fields f;
	struct ticket shown, right;
	struct peer *p;

	if (fields_read(&f, a->frame.body, a->frame.len) < 0 ||
	    ticket_read(&shown, f.value[FIELD_TICKET].at, f.value[FIELD_TICKET].len) < 0)
		return NULL;
	p = peer_by_session(&b->registry, shown.session);
	if (!p || peer_by_pipe(&b->registry, a->pipe) || !is_in_its_hands(p, a->pipe))
		return NULL;
	right = ticket_of(p);
	return ticket_check(&right, b->ticket_key, f.value[FIELD_TICKET].at,
	    f.value[FIELD_TICKET].len) == 0 ? p : NULL;
}

/* From now on this pipe speaks for the session; an older one does no more. */
static void
take_pipe(struct broker *b, struct peer *p, const struct asked *a)
{
	uint32_t older = p->pipe;

	if (p->mail.poll)
		bus_drop(p->mail.poll);
	p->mail.poll = NULL;
	peer_attach(&b->registry, p, a->pipe);
	if (older != 0)
		bus_cut(older);
	if (!p->over)
		peer_hear(&b->registry, p, b->now);
	p->subscription = 0;
	p->replayed = p->again = p->mail.again = 0;
	quota_rejoin(&p->quota);
	mail_fetched(&p->mail, a->frame.who);
	broker_keep_fetched(b, p, a->frame.who);
	peer_touch(&b->registry, p);
}

static void
welcome(struct broker *b, struct asked *a, const struct peer *p)
{
	size_t begin = frame_begin(a->to, &(struct frame){ .kind = FRAME_WELCOME,
		.session = p->session, .who = p->member,
		.after = p->outlet ? p->outlet->channel.seq : 0 });

	if (p->outlet)
		field_str(a->to, FIELD_BUS, bus_topic_name(p->outlet->topic));
	broker_put_ticket(b, p, a->to);
	frame_end(a->to, begin);
}

int
broker_rejoin(struct broker *b, struct asked *a)
{
	struct peer *p = holder_find(b, a);
	struct outlet *o = NULL;
	bool in_room = false;
	uint64_t room;

	if (p && core_has(b->core, p->session, &room, &in_room) && in_room)
		o = outlet_find(&b->registry, room);
	if (!p || (o && broker_give_topic(b, o) < 0)) {
		b->metrics.rejoins[REJOIN_REFUSED]++;
		broker_refuse(a, REFUSED_UNAVAILABLE);
		return 0;
	}
	take_pipe(b, p, a);
	if (o)
		peer_enter(p, o);
	b->metrics.rejoins[REJOIN_ACCEPTED]++;
	log_about(p->connection, LOG_DEBUG, "rejoined", "session=%" PRIu64, p->session);
	welcome(b, a, p);
	return 0;
}
