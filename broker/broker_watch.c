/* broker_watch – for operators who watch: what rooms and connections do, in figures. See
 * broker_ctl.h.
 *
 * Figures only ever grow, and who asks twice has a rate. Nothing here says what was said. */
#include "broker_ctl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


enum { SLOW_MAIL = 65536 }; /* bytes that wait: more than is under way to one who fetches it */

static unsigned
count_slow(const struct outlet *o)
{
	unsigned slow = 0;

	for (const struct peer *p = o->peers; p; p = p->next)
		slow += p->mail.frames.len > SLOW_MAIL;
	return slow;
}

static uint64_t
count_holes(const struct outlet *o)
{
	uint64_t holes = 0;

	for (const struct peer *p = o->peers; p; p = p->next)
		holes += p->made.holes;
	return holes;
}

static void
put_outlet(struct buf *to, const struct outlet *o)
{
	buf_fmt(to, "{\"room\":\"%s\",\"seq\":%" PRIu64 ",\"connections\":%zu", o->key,
	    o->channel.seq, o->peer_count);
	buf_fmt(to, ",\"messages\":%" PRIu64 ",\"bytes\":%" PRIu64, o->made.messages,
	    o->made.bytes);
	buf_fmt(to, ",\"slow\":%u,\"holes\":%" PRIu64, count_slow(o), count_holes(o));
	command_put_text(to, "bus", o->topic ? bus_topic_path(o->topic) : "");
	buf_char(to, '}');
}

/* Who this broker is, as another one counts anew; and how it does. */
static void
put_broker(struct command_call *c)
{
	struct process_look p;

	process_look(&c->b->process, &p);
	buf_fmt(c->to, "{\"pid\":%ld,\"now\":%" PRId64 ",\"cpuUs\":%" PRIu64 ",\"memory\":%" PRIu64,
	    (long)getpid(), c->b->now, p.cpu, p.resident);
	buf_fmt(c->to, ",\"connections\":%u,\"draining\":%s",
	    (unsigned)HASH_CNT(by_session, c->b->registry.by_session),
	    c->b->drain.on ? "true" : "false");
}

static const struct outlet *
find_room(const struct broker *b, const char *key)
{
	const struct outlet *o = b->registry.outlets;

	while (o && strcmp(o->key, key) != 0)
		o = o->hh.next;
	return o;
}

void
command_traffic(struct command_call *c)
{
	const char *wanted = c->argv->word[1], *between = "";
	const struct outlet *o = wanted ? find_room(c->b, wanted) : c->b->registry.outlets;

	if (wanted && !o) {
		command_fail(c, COMMAND_NOT_FOUND, "There is no room %s.", wanted);
		return;
	}
	put_broker(c);
	buf_str(c->to, ",\"rooms\":[");
	for (; o; o = wanted ? NULL : o->hh.next) {
		buf_str(c->to, between);
		put_outlet(c->to, o);
		between = ",";
	}
	buf_str(c->to, "]}");
}

/* Session numbers are beyond what JSON's numbers hold. */
static void
put_peer(const struct broker *b, struct buf *to, const struct peer *p)
{
	const char *role = core_role(b->core, p->session);

	buf_fmt(to, "{\"session\":\"%" PRIu64 "\",\"pid\":%ld", p->session, (long)p->pid);
	command_put_text(to, "connection", p->connection);
	command_put_text(to, "sub", p->sub ? p->sub : "");
	command_put_text(to, "room", p->key);
	command_put_text(to, "role", role ? role : "over");
	buf_fmt(to, ",\"away\":%s,\"seq\":%" PRIu64, p->pipe == 0 ? "true" : "false",
	    p->outlet ? p->outlet->channel.seq : 0);
	buf_fmt(to, ",\"events\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"holes\":%" PRIu64,
	    p->made.events, p->made.bytes, p->made.holes);
	buf_fmt(to, ",\"mailBytes\":%zu,\"silentMs\":%" PRId64 ",\"expires\":%" PRId64 "}",
	    p->mail.frames.len, p->heard != 0 ? b->now - p->heard : -1, p->expires);
}

static bool
is_meant(const struct peer *p, const char *wanted)
{
	return !wanted || strcmp(p->key, wanted) == 0 || strcmp(p->connection, wanted) == 0 ||
	    (p->sub && strcmp(p->sub, wanted) == 0);
}

void
command_connections(struct command_call *c)
{
	const char *between = "";
	size_t told = 0, more = 0;

	put_broker(c);
	buf_str(c->to, ",\"list\":[");
	for (const struct peer *p = c->b->registry.by_session; p; p = p->by_session.next) {
		if (!is_meant(p, c->argv->word[1]))
			continue;
		if (told++ >= CONNECTIONS_TOLD) {
			more++;
			continue;
		}
		buf_str(c->to, between);
		put_peer(c->b, c->to, p);
		between = ",";
	}
	buf_fmt(c->to, "],\"more\":%zu}", more);
}

void
command_comings(struct command_call *c)
{
	const char *number = c->argv->word[1];
	char *end;
	uint64_t after = strtoull(number, &end, 10);

	if (end == number || *end) {
		command_fail(c, COMMAND_USAGE, "expected a number, got %s", number);
		return;
	}
	put_broker(c);
	buf_str(c->to, ",\"comings\":");
	comings_tell(&c->b->comings, after, c->to);
	buf_char(c->to, '}');
}
