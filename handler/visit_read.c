/* visit_read – see visit_read.h. */
#include "visit_read.h"

#include <string.h>

#include "visit_event.h"
#include "visit_leave.h"

void
visit_put_line(struct visit *v, const struct frame *f)
{
	outq_put(v->out, f->body, f->len);
	if (outq_end(v->out) < 0)
		visit_end(v, BYE_SLOW_CONSUMER);
}

/* Keeps the client's own part of room_state, until the common part makes it a message. */
static void
keep_you(struct visit *v, const struct frame *f)
{
	buf_fini(&v->you);
	buf_add(&v->you, f->body, f->len);
	if (buf_failed(&v->you))
		visit_end(v, BYE_UNAVAILABLE);
}

static void
tell_state(struct visit *v, const struct frame *common)
{
	static const char head[] = "{\"event\":\"room_state\",\"payload\":{";

	outq_put(v->out, head, sizeof head - 1);
	outq_put(v->out, v->you.at, v->you.len);
	outq_put(v->out, common->body, common->len);
	outq_put(v->out, "}", 1);
	v->stated = true;
	if (outq_end(v->out) < 0)
		visit_end(v, BYE_SLOW_CONSUMER);
}

/* The room's state and messages, as far as this client is to have them. */
static void
tell_published_state(struct visit *v, const struct frame *f)
{
	if (v->delta && v->stated && f->who == v->lobby)
		return;
	v->lobby = f->who;
	tell_state(v, f);
}

static void
put_published_line(struct visit *v, const struct frame *f)
{
	if (f->who == 0 || f->who != v->member)
		visit_put_line(v, f);
}

void
visit_deliver(void *context, const struct frame *f)
{
	struct visit *v = context;

	if (v->stage == VISIT_OVER)
		return;
	switch (f->kind) {
	case FRAME_ROOM: put_published_line(v, f); break;
	case FRAME_STATE: tell_published_state(v, f); break;
	case FRAME_DIRECT: visit_put_line(v, f); break;
	case FRAME_YOU: keep_you(v, f); break;
	case FRAME_MAILED_STATE: tell_state(v, f); break;
	default: break; /* of a newer broker, and not for us */
	}
}

/* WELCOME and ADMITTED: from here on there is a place in the room's order, and perhaps a bus. */
static int
read_place(struct visit *v, const struct frame *f)
{
	struct fields fields;

	if (fields_read(&fields, f->body, f->len) < 0)
		return -1;
	if (fields.value[FIELD_BUS].at != NULL &&
	    field_copy(&fields, FIELD_BUS, v->bus, sizeof v->bus) < 0)
		return -1;
	order_start(&v->order, v->session, f->seq);
	if (f->after > f->seq) { /* resumed: what was missed is to be asked for */
		v->missed = f->after;
		order_doubt(&v->order);
	}
	return 0;
}

/* An old broker gives none: then its end is the client's. */
static void
keep_ticket(struct visit *v, const struct fields *fields)
{
	size_t len = fields->value[FIELD_TICKET].len;

	if (fields->value[FIELD_TICKET].at == NULL || len > sizeof v->ticket)
		return;
	memcpy(v->ticket, fields->value[FIELD_TICKET].at, len);
	v->ticket_len = len;
}

/* For people who look at processes. */
static void
keep_name(struct visit *v, const struct fields *fields)
{
	size_t len = fields->value[FIELD_SUB].len;

	if (fields->value[FIELD_SUB].at == NULL)
		return;
	if (len >= sizeof v->who)
		len = sizeof v->who - 1;
	memcpy(v->who, fields->value[FIELD_SUB].at, len);
	v->who[len] = '\0';
}

static int
read_welcome(struct visit *v, const struct frame *f)
{
	struct fields fields;

	if (fields_read(&fields, f->body, f->len) < 0)
		return -1;
	keep_ticket(v, &fields);
	keep_name(v, &fields);
	v->session = f->session;
	v->member = f->who;
	v->stage = VISIT_INSIDE;
	return read_place(v, f);
}

static int
read_refused(struct visit *v, const struct frame *f)
{
	struct parting *p = &v->parting;
	struct fields fields;

	if (fields_read(&fields, f->body, f->len) < 0)
		return -1;
	/* A session that the broker knows no more is one it lost, not one it refuses. */
	bool inside = v->stage == VISIT_INSIDE;
	visit_end(v, BYE_UNAVAILABLE);
	if (inside)
		return 0;
	p->refusal = refusal_find(fields.value[FIELD_WORD].at, fields.value[FIELD_WORD].len);
	if (p->refusal == REFUSALS || p->refusal == REFUSED_NOT)
		p->refusal = REFUSED_UNAVAILABLE;
	if (field_copy(&fields, FIELD_MESSAGE, p->message, sizeof p->message) < 0)
		p->message[0] = '\0';
	return 0;
}

static int
read_join(struct visit *v, const struct frame *f)
{
	switch (f->kind) {
	case FRAME_WELCOME: return read_welcome(v, f);
	case FRAME_REFUSED: return read_refused(v, f);
	case FRAME_YOU:
	case FRAME_STATE: visit_deliver(v, f); return 0;
	default: return -1;
	}
}

/* Back in: everything goes on where it was, on the bus of the new broker. Who waits in the lobby
 * has none: if he was let in meanwhile, mail tells. */
static int
read_rejoin(struct visit *v, const struct frame *f)
{
	struct fields fields;

	if (f->kind == FRAME_REFUSED) {
		visit_end(v, BYE_UNAVAILABLE);
		return 0;
	}
	if (f->kind != FRAME_WELCOME || f->session != v->session ||
	    fields_read(&fields, f->body, f->len) < 0)
		return -1;
	if (v->bus[0] != '\0' &&
	    field_copy(&fields, FIELD_BUS, v->bus, sizeof v->bus) < 0)
		v->bus[0] = '\0'; /* it is over, and mail tells why */
	keep_ticket(v, &fields);
	v->retry_at = 0;
	v->stage = VISIT_INSIDE;
	return 0;
}

static int
read_answer(struct visit *v, const struct frame *f)
{
	if (f->kind == FRAME_REFUSED)
		return read_refused(v, f);
	if (f->kind != FRAME_REPLY)
		return -1;
	if (!visit_drop_event(v, f->seq))
		return 0;
	if (f->len > 0)
		visit_put_line(v, f);
	return 0;
}

static int
read_mail(struct visit *v, const struct frame *f, int64_t now)
{
	if (f->kind == FRAME_REFUSED)
		return read_refused(v, f);
	if (f->who <= v->mail) /* told before its acknowledgement arrived */
		return 0;
	v->mail = f->who;
	switch (f->kind) {
	case FRAME_BYE: visit_take_bye(v, f, now); return 0;
	case FRAME_SYNC: order_sync(&v->order, f->after, now); return 0;
	case FRAME_ADMITTED: return read_place(v, f);
	default: break;
	}
	if (order_mail(&v->order, f, now) < 0)
		return -1;
	if (v->order.mail.bytes > OUT_QUEUE_MAX)
		visit_end(v, BYE_SLOW_CONSUMER);
	return 0;
}

/* Either it is over, and why is in the mail, or the client has read so slowly that the room's
 * memory has moved on. */
static void
read_lost(struct visit *v, const struct frame *f)
{
	order_abandon(&v->order);
	if (v->bye.len > 0)
		visit_tell_bye(v);
	else if (f->who == 0)
		visit_end(v, BYE_SLOW_CONSUMER);
}

static int
read_replayed(struct visit *v, const struct frame *f)
{
	switch (f->kind) {
	case FRAME_REFUSED: return read_refused(v, f);
	case FRAME_LOST: read_lost(v, f); return 0;
	default: return order_publication(&v->order, f);
	}
}

static int
read_frame(struct visit *v, enum frame_kind to, const struct frame *f, int64_t now)
{
	switch (to) {
	case FRAME_JOIN: return read_join(v, f);
	case FRAME_REJOIN: return read_rejoin(v, f);
	case FRAME_EVENT: return read_answer(v, f);
	case FRAME_POLL: return read_mail(v, f, now);
	case FRAME_REPLAY: return read_replayed(v, f);
	default: return -1;
	}
}

int
visit_read_reply(struct visit *v, const struct asked *to, const uint8_t *body, size_t len,
    int64_t now)
{
	struct frame f;
	int rc;

	while ((rc = frame_next(&body, &len, &f)) > 0 && v->stage != VISIT_OVER)
		if (read_frame(v, to->kind, &f, now) < 0)
			return -1;
	if (rc < 0 || (to->kind == FRAME_JOIN && v->stage == VISIT_JOINING) ||
	    (to->kind == FRAME_REJOIN && v->stage == VISIT_AWAY))
		return -1;
	if (to->kind == FRAME_REPLAY && order_replay_done(&v->order, now) < 0)
		visit_end(v, BYE_UNAVAILABLE);
	return 0;
}

int
visit_read_publication(struct visit *v, const uint8_t *body, size_t len)
{
	struct frame f;
	int rc;

	while ((rc = frame_next(&body, &len, &f)) > 0 && v->stage != VISIT_OVER)
		if (order_publication(&v->order, &f) < 0)
			return -1;
	return rc < 0 ? -1 : 0;
}
