/* broker_join – the ways in: who may join, and what the newcomer is told. See broker.h.
 *
 * The authorizer has looked at token and origin already, and the handler has read the request; both
 * are looked at again, as the handler's word is not believed. */
#include "broker.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bounds.h"
#include "origin.h"
#include "request.h"

struct resume {
	bool asked;
	char epoch[33];
	uint64_t seq;
};

/* What a JOIN says, copied out of the message. The token's text is wiped from both. */
struct application {
	enum endpoint endpoint;
	char room[ROOM_ID_MAX + 1];
	char origin[ORIGIN_MAX + 1];
	char connection[CONNECTION_ID_MAX + 1];
	char address[ADDRESS_MAX + 1];
	struct token token;
	struct resume resume;
	char why[128]; /* the refusal, for the log */
};

static void
log_refused(struct broker *b, const struct application *j, enum refusal why)
{
	unsigned more;

	/* Why is last: it may hold a stranger's words, and nothing behind them is to be theirs. */
	if (ration_take(&b->refused, b->now, &more))
		log_about(j->connection, LOG_INFO, "refused",
		    "word=%s endpoint=%s room=%s unlogged=%u why=\"%s\"", refusal_table[why].word,
		    endpoint_name(j->endpoint), j->room, more, j->why);
}

static void
complain(void *context, const char *message)
{
	(void)context;
	log_line(LOG_ERROR, "key_refused", "why=\"%s\"", message);
}

int
broker_load_keys(struct broker *b)
{
	struct keys *keys = keys_open(b->conf.keys, complain, NULL);

	if (!keys || keys_use_fetched(keys, b->conf.data, b->conf.jwks_url) != 0) {
		keys_free(keys);
		return -1;
	}
	keys_free(b->keys);
	b->keys = keys;
	return 0;
}

/* Endpoint and room, by the one module that knows their grammar. */
static int
read_room(const struct fields *f, enum endpoint *endpoint, char room[ROOM_ID_MAX + 1])
{
	char name[16], id[ROOM_ID_MAX + 1], path[sizeof "/ws//" + sizeof name + sizeof id];
	struct request request;

	if (field_copy(f, FIELD_ENDPOINT, name, sizeof name) < 0 ||
	    field_copy(f, FIELD_ROOM, id, sizeof id) < 0)
		return -1;
	snprintf(path, sizeof path, "/ws/%s/%s", name, id);
	if (request_read_path(&request, path, PATH_DECODED) != REFUSED_NOT)
		return -1;
	*endpoint = request.endpoint;
	memcpy(room, request.room, sizeof request.room);
	return 0;
}

/* A field that need not be there: empty then. -1: it is there, but wrong. */
static int
read_optional(const struct fields *f, enum field tag, char *to, size_t cap)
{
	to[0] = '\0';
	return f->value[tag].at && field_copy(f, tag, to, cap) < 0 ? -1 : 0;
}

/* "epoch.seq"; anything else is as good as an epoch that is over. */
static void
read_resume(const struct fields *f, struct resume *r)
{
	char text[sizeof r->epoch + 24], *dot, *end;

	*r = (struct resume){ .asked = f->value[FIELD_RESUME].at != NULL };
	if (field_copy(f, FIELD_RESUME, text, sizeof text) < 0 || !(dot = strchr(text, '.')) ||
	    (size_t)(dot - text) >= sizeof r->epoch)
		return;
	r->seq = strtoull(dot + 1, &end, 10);
	if (*end == '\0' && dot[1] != '\0')
		memcpy(r->epoch, text, (size_t)(dot - text));
}

static enum refusal
check_token(struct broker *b, const char *text, const char *room, struct token *t, char *why,
    size_t size)
{
	enum refusal refusal;

	keys_refresh(b->keys, b->now);
	refusal = token_verify(text, b->keys, &b->conf.policy, b->now, t, why, size);
	return refusal != REFUSED_NOT ? refusal : token_grants_room(t, room);
}

static enum refusal
check_application(struct broker *b, const struct fields *f, struct application *j)
{
	char text[TOKEN_MAX + 1];
	enum refusal why;

	if (b->drain.on) {
		snprintf(j->why, sizeof j->why, "draining");
		return REFUSED_UNAVAILABLE;
	}
	if (!origin_is_allowed(j->origin, b->conf.origins, b->conf.port))
		return REFUSED_ORIGIN;
	if (field_copy(f, FIELD_TOKEN, text, sizeof text) <= 0)
		return REFUSED_TOKEN_MISSING;
	why = check_token(b, text, j->room, &j->token, j->why, sizeof j->why);
	explicit_bzero(text, sizeof text);
	return why;
}

static void
welcome(struct broker *b, struct asked *a, const struct peer *p, const struct joined *joined)
{
	const char *bytes = b->out.bytes.at;
	struct frame you = { .kind = FRAME_YOU, .session = joined->session,
		.body = bytes + joined->you.at, .len = joined->you.len };
	size_t begin = frame_begin(a->to, &(struct frame){ .kind = FRAME_WELCOME,
		.session = joined->session, .seq = joined->seq, .who = joined->member,
		.after = p->missed });

	if (p->outlet)
		field_str(a->to, FIELD_BUS, bus_topic_name(p->outlet->topic));
	field_str(a->to, FIELD_EPOCH, joined->epoch);
	field_str(a->to, FIELD_CONNECTION, p->connection);
	field_str(a->to, FIELD_SUB, p->sub);
	broker_put_ticket(b, p, a->to);
	frame_end(a->to, begin);
	broker_complete_you(b, p, &you);
	frame_put(a->to, &you);
	frame_put(a->to, &(struct frame){ .kind = FRAME_STATE, .seq = joined->seq,
		.who = joined->state.who, .body = bytes + joined->state.at,
		.len = joined->state.len });
}

/* The core has taken it in; now it gets its place here. Without a bus it is out again. */
static enum refusal
settle(struct broker *b, struct asked *a, const struct application *j, const struct joined *joined)
{
	struct peer *p = peer_open(&b->registry, joined->session, a->pipe);
	struct outlet *outlet;
	char key[ROOM_KEY_MAX + 1];

	peer_hear(&b->registry, p, b->now);
	quota_init(&p->quota, &b->rooms, b->now);
	p->pid = bus_peer(a->pipe);
	p->since = joined->seq;
	p->member = joined->member;
	p->room_id = joined->room;
	p->expires = j->token.expires;
	p->joined = b->now;
	snprintf(key, sizeof key, "%s/%s", endpoint_name(j->endpoint), j->room);
	peer_name(p, key, j->token.sub);
	snprintf(p->connection, sizeof p->connection, "%s", j->connection);
	snprintf(p->address, sizeof p->address, "%s", j->address);
	broker_prepare(b); /* a new room has its outlet now */
	outlet = outlet_find(&b->registry, joined->room);
	if (broker_name_peer(p) < 0 || (!joined->waiting && broker_give_topic(b, outlet) < 0)) {
		core_gone(b->core, joined->session, bye_table[BYE_UNAVAILABLE].word, b->now,
		    &b->out);
		peer_close(&b->registry, p);
		return REFUSED_UNAVAILABLE;
	}
	if (!joined->waiting)
		peer_enter(p, outlet);
	p->missed = joined->missed;
	broker_keep_peer(b, p);
	log_about(p->connection, LOG_DEBUG, "joined",
	    "session=%" PRIu64 " endpoint=%s room=%s sub=%s",
	    p->session, endpoint_name(j->endpoint), j->room, j->token.sub);
	welcome(b, a, p, joined);
	b->metrics.sent[MESSAGE_ROOM_STATE]++;
	b->made.joins++;
	return REFUSED_NOT;
}

/* Does the room that is to be resumed go on, and does it remember enough? */
static void
find_place(struct broker *b, const struct resume *r, struct join *input)
{
	char epoch[17];
	uint64_t room = core_room(b->core, input->endpoint, input->room, epoch);
	struct outlet *o = room != 0 ? outlet_find(&b->registry, room) : NULL;

	input->resume = r->asked;
	input->seq = r->seq;
	input->takeover = r->asked && o && strcmp(epoch, r->epoch) == 0;
	input->replayable = input->takeover && channel_holds(&o->channel, r->seq) &&
	    o->channel.seq - r->seq <= RESUME_MESSAGES;
}

static enum refusal
join(struct broker *b, struct asked *a, const struct application *j)
{
	struct join input = { .endpoint = j->endpoint, .room = j->room, .token = &j->token };
	struct joined joined;
	enum refusal why;

	find_place(b, &j->resume, &input);
	if (getrandom(&input.epoch, sizeof input.epoch, 0) != sizeof input.epoch)
		return REFUSED_UNAVAILABLE;
	why = core_join(b->core, &input, b->now, &joined, &b->out);
	if (why == REFUSED_UNAVAILABLE)
		broker_lack_places(b);
	if (why != REFUSED_NOT)
		return why;
	why = settle(b, a, j, &joined);
	if (why == REFUSED_NOT && input.resume)
		b->metrics.resumes[joined.missed > 0 ? RESUME_RECOVERED : RESUME_ANEW]++;
	return why;
}

int
broker_join(struct broker *b, struct asked *a)
{
	struct application j = { .why = "" };
	struct fields f;
	enum refusal why;

	if (fields_read(&f, a->frame.body, a->frame.len) < 0 ||
	    read_room(&f, &j.endpoint, j.room) < 0 ||
	    read_optional(&f, FIELD_CONNECTION, j.connection, sizeof j.connection) < 0 ||
	    read_optional(&f, FIELD_ADDRESS, j.address, sizeof j.address) < 0)
		return -1;
	read_resume(&f, &j.resume);
	if (peer_by_pipe(&b->registry, a->pipe))
		why = REFUSED_TOO_MANY; /* one handler, one session */
	else if (read_optional(&f, FIELD_ORIGIN, j.origin, sizeof j.origin) < 0)
		why = REFUSED_ORIGIN;
	else
		why = check_application(b, &f, &j);
	if (why == REFUSED_NOT)
		why = join(b, a, &j);
	b->metrics.joins[why]++;
	if (why != REFUSED_NOT) {
		log_refused(b, &j, why);
		broker_refuse(a, why);
	}
	return 0;
}

static void
verdict(const struct broker *b, struct asked *a, enum refusal why, const char *role)
{
	size_t begin = frame_begin(a->to, &(struct frame){ .kind = FRAME_VERDICT });
	char seconds[12];

	if (why != REFUSED_NOT)
		field_str(a->to, FIELD_WORD, refusal_table[why].word);
	else
		field_str(a->to, FIELD_ROLE, role);
	if (why == REFUSED_UNAVAILABLE) {
		snprintf(seconds, sizeof seconds, "%d", broker_retry_seconds(b));
		field_str(a->to, FIELD_RETRY_AFTER, seconds);
	}
	frame_end(a->to, begin);
}

/* The authorizer has seen a token, the broker has not: what is made up here is good for a question
 * to the core, and for nothing else. */
int
broker_admit(struct broker *b, struct asked *a)
{
	char room[ROOM_ID_MAX + 1], granted[16];
	struct token token = { .sub = "" };
	struct join j = { .room = room, .token = &token };
	enum refusal why = REFUSED_UNAVAILABLE;
	const char *role = "";
	struct resume resume;
	struct fields f;

	if (fields_read(&f, a->frame.body, a->frame.len) < 0 ||
	    read_room(&f, &j.endpoint, room) < 0 ||
	    field_copy(&f, FIELD_SUB, token.sub, sizeof token.sub) <= 0 ||
	    read_optional(&f, FIELD_ROLE, granted, sizeof granted) < 0)
		return -1;
	token.grants.host = strcmp(granted, "host") == 0;
	read_resume(&f, &resume);
	find_place(b, &resume, &j);
	if (!b->drain.on && b->files.lacking_until == 0) {
		why = core_would_admit(b->core, &j, b->now, &role);
		if (why == REFUSED_UNAVAILABLE)
			broker_lack_places(b);
	}
	verdict(b, a, why, role);
	return 0;
}

void
broker_verify(struct broker *b, const struct out *o)
{
	struct peer *p = peer_by_session(&b->registry, o->session);
	char text[TOKEN_MAX + 1], why[128];
	enum refusal refusal = REFUSED_TOKEN_INVALID;
	struct token token;

	if (p && o->len < sizeof text) {
		memcpy(text, b->out.bytes.at + o->at, o->len);
		text[o->len] = '\0';
		refusal = check_token(b, text, p->room, &token, why, sizeof why);
	}
	explicit_bzero(text, sizeof text);
	explicit_bzero(b->out.bytes.at + o->at, o->len);
	core_refresh(b->core, o->session, o->number, refusal == REFUSED_NOT ? &token : NULL, b->now,
	    &b->out);
}
