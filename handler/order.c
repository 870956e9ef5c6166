/* order – see order.h. */
#include "order.h"

#include <stdlib.h>
#include <string.h>

#include "bounds.h"

enum {
	HELD_MAX = REPLAY_MAX, /* bytes of publications that wait behind a hole */
	FRUITLESS_MAX = 100,   /* replays; SYNC_PATIENCE apart */
};

struct held {
	struct held *next;
	struct frame frame;
	char body[];
};

void
order_init(struct order *o, order_deliver *deliver, void *context)
{
	*o = (struct order){ .deliver = deliver, .context = context };
}

static size_t
held_size(const struct held *h)
{
	return sizeof *h + h->frame.len;
}

/* Copies the frame into the list at this link: list->first, or the `next` of one in it. */
static int
held_insert(struct held_list *list, struct held **at, const struct frame *f)
{
	struct held *h = malloc(sizeof *h + f->len);

	if (h == NULL)
		return -1;
	h->frame = *f;
	h->frame.body = h->body;
	if (f->len > 0)
		memcpy(h->body, f->body, f->len);
	h->next = *at;
	*at = h;
	if (h->next == NULL)
		list->last = h;
	list->bytes += held_size(h);
	return 0;
}

static void
held_pop(struct held_list *list)
{
	struct held *h = list->first;

	list->first = h->next;
	if (list->first == NULL)
		list->last = NULL;
	list->bytes -= held_size(h);
	free(h);
}

static void
held_fini(struct held_list *list)
{
	while (list->first != NULL)
		held_pop(list);
}

void
order_fini(struct order *o)
{
	held_fini(&o->publications);
	held_fini(&o->mail);
}

void
order_start(struct order *o, uint64_t session, uint64_t seq)
{
	o->session = session;
	o->pos = seq;
	if (o->goal < seq)
		o->goal = seq;
}

/* Is its place the next one, and may it be taken now? */
static bool
publication_is_due(const struct order *o, const struct frame *f)
{
	if (f->seq != o->pos + 1)
		return false;
	return f->kind != FRAME_STUB || f->session != o->session || f->seq <= o->mailed;
}

static void
take_publication(struct order *o, const struct frame *f)
{
	o->pos = f->seq;
	o->fruitless = 0;
	if (f->kind != FRAME_STUB && f->kind != FRAME_VOID)
		o->deliver(o->context, f);
}

static bool
mail_is_due(const struct order *o, const struct frame *f)
{
	return f->seq == 0 || o->pos >= f->after;
}

static void
take_mail(struct order *o, const struct frame *f)
{
	if (f->seq > o->mailed)
		o->mailed = f->seq;
	o->deliver(o->context, f);
}

/* Takes one of what waits, if its turn has come. */
static bool
take_held(struct order *o)
{
	struct held *mail = o->mail.first, *next = o->publications.first;

	if (mail != NULL && mail_is_due(o, &mail->frame)) {
		take_mail(o, &mail->frame);
		held_pop(&o->mail);
		return true;
	}
	if (next == NULL)
		return false;
	if (next->frame.seq > o->pos) {
		if (!publication_is_due(o, &next->frame))
			return false;
		take_publication(o, &next->frame);
	}
	held_pop(&o->publications);
	return true;
}

static void
settle(struct order *o)
{
	while (take_held(o))
		;
}

/* What waits is kept in the order of its places. What comes from the bus goes to the end, if there
 * is room; what a replay brought goes in front of that, and is bounded by the replay. */
static int
hold_publication(struct order *o, const struct frame *f)
{
	struct held_list *list = &o->publications;
	struct held **at = &list->first;

	if (list->last == NULL || list->last->frame.seq < f->seq) {
		if (list->bytes + f->len > HELD_MAX)
			return 0;
		return held_insert(list, list->last == NULL ? at : &list->last->next, f);
	}
	while ((*at)->frame.seq < f->seq)
		at = &(*at)->next;
	return (*at)->frame.seq == f->seq ? 0 : held_insert(list, at, f);
}

int
order_publication(struct order *o, const struct frame *f)
{
	int rc = 0;

	if (f->seq > o->goal)
		o->goal = f->seq;
	if (f->seq <= o->pos)
		return 0;
	if (publication_is_due(o, f))
		take_publication(o, f);
	else
		rc = hold_publication(o, f);
	settle(o);
	return rc;
}

int
order_mail(struct order *o, const struct frame *f, int64_t now)
{
	struct held_list *list = &o->mail;
	int rc = 0;

	/* Mail without a place overtakes; the rest keeps its order. */
	if (f->seq == 0 || (list->first == NULL && mail_is_due(o, f))) {
		take_mail(o, f);
	} else {
		rc = held_insert(list, list->last == NULL ? &list->first : &list->last->next, f);
		order_sync(o, f->after, now); /* the bus is as a rule just behind */
	}
	settle(o);
	return rc;
}

void
order_sync(struct order *o, uint64_t after, int64_t now)
{
	if (o->goal >= after)
		return;
	o->goal = after;
	o->ask_at = now + SYNC_PATIENCE;
}

void
order_doubt(struct order *o)
{
	o->doubtful = true;
}

void
order_release(struct order *o)
{
	const struct held *mail, *next;

	for (settle(o); (mail = o->mail.first) || o->publications.first; settle(o)) {
		next = o->publications.first;
		if (mail && (!next || mail->frame.after < next->frame.seq))
			o->pos = mail->frame.after;
		else if (next->frame.kind == FRAME_STUB && next->frame.seq > o->mailed)
			held_pop(&o->publications); /* of mail that did not come */
		else
			o->pos = next->frame.seq - 1;
	}
}

void
order_abandon(struct order *o)
{
	o->abandoned = true;
}

void
order_forsake(struct order *o)
{
	o->asking = false;
	o->doubtful = true;
	o->fruitless = 0;
}

/* A stub of ours waits for its mail: that is on its way, and no replay brings it. */
static bool
waits_for_mail(const struct order *o)
{
	const struct held *next = o->publications.first;

	return next != NULL && next->frame.seq == o->pos + 1;
}

int64_t
order_wants_replay(const struct order *o, int64_t now, uint64_t *first)
{
	*first = o->pos + 1;
	if (o->asking || o->abandoned)
		return -1;
	if (o->doubtful)
		return 0;
	if (o->pos >= o->goal || waits_for_mail(o))
		return -1;
	return o->ask_at > now ? o->ask_at - now : 0;
}

void
order_replay_asked(struct order *o)
{
	o->asking = true;
	o->doubtful = false;
	o->fruitless++;
}

int
order_replay_done(struct order *o, int64_t now)
{
	o->asking = false;
	if (o->pos >= o->goal)
		o->fruitless = 0;
	if (o->fruitless > 0)
		o->ask_at = now + SYNC_PATIENCE;
	return o->fruitless > FRUITLESS_MAX && !o->abandoned ? -1 : 0;
}
