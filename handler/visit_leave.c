/* visit_leave – see visit_leave.h. */
#include "visit_leave.h"

#include <string.h>

#include "clock.h"
#include "visit_read.h"

enum { BYE_PATIENCE = 1000 }; /* ms that what came before a bye may take */

/* Of a bye: is there no coming back after it? Its `reason` goes into the log. */
static bool
bye_is_final(const struct frame *f, char *word, size_t size)
{
	struct json_span payload, reason, reconnect;

	if (!json_valid(f->body, f->len))
		return false;
	json_get(json_root(f->body, f->len), "payload", &payload);
	json_get(payload, "reason", &reason);
	json_string_copy(reason, word, size);
	return json_get(payload, "reconnect", &reconnect) && !json_is_true(reconnect);
}

/* The broker's last word, handed on. Who is not to come back gets first what has come. */
static void
tell_bye(struct visit *v, const struct frame *f)
{
	char word[sizeof v->parting.reason] = "";

	if (bye_is_final(f, word, sizeof word))
		order_release(&v->order);
	visit_put_line(v, f);
	visit_end(v, BYE_LEFT);
	v->parting.told = true;
	memcpy(v->parting.reason, word, sizeof word);
}

void
visit_tell_bye(struct visit *v)
{
	struct buf bye = v->bye;

	v->bye = (struct buf)BUF_INIT;
	tell_bye(v, &(struct frame){ .kind = FRAME_BYE, .body = bye.at, .len = bye.len });
	buf_fini(&bye);
}

void
visit_take_bye(struct visit *v, const struct frame *f, int64_t now)
{
	char word[sizeof v->parting.reason] = "";

	if (v->order.pos < f->after && !v->order.abandoned && bye_is_final(f, word, sizeof word))
		buf_add(&v->bye, f->body, f->len);
	if (v->bye.len == 0) {
		tell_bye(v, f);
		return;
	}
	v->bye_after = f->after;
	v->bye_until = now + BYE_PATIENCE;
	order_sync(&v->order, f->after, now);
}

/* The bus, if it is still there, brings the newest of what is missing; the rest is asked for. */
int64_t
visit_take_leave(struct visit *v, int64_t now)
{
	uint64_t first;
	int64_t wait;

	if (v->order.pos >= v->bye_after || now >= v->bye_until) {
		visit_tell_bye(v);
		return -1;
	}
	wait = order_wants_replay(&v->order, now, &first);
	if (wait == 0) {
		visit_ask_replay(v, first);
		wait = -1;
	}
	return wait_sooner(wait, wait_until(v->bye_until, now));
}
