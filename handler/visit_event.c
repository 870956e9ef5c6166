/* visit_event – see visit_event.h. */
#include "visit_event.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "visit_return.h"

/* Of a client that asked for batches, so many requests with events are under way; what it says
 * meanwhile goes together in the next one. Each request is a turn of the broker's and a wake-up of
 * ours: 20 rooms of 10 with 8 messages under way go from 96 000 deliveries a second to 136 000.
 * Others want each message soon: the setup of a call takes a tenth longer so. */
enum { BATCHED_REQUESTS = 2 };

bool
visit_wants_event(const struct visit *v)
{
	return (v->stage == VISIT_INSIDE || v->stage == VISIT_AWAY) &&
	       v->under_way < EVENT_WINDOW;
}

static bool
may_ask(const struct visit *v)
{
	return !v->out->batch || link_asks(&v->link, FRAME_EVENT) < BATCHED_REQUESTS;
}

void
visit_send_events(struct visit *v)
{
	while (v->stage == VISIT_INSIDE && v->asked < v->kept.len && may_ask(v)) {
		/* Borrowed: it is only read. */
		struct buf part = { .at = v->kept.at + v->asked };

		part.len = frames_fit(part.at, v->kept.len - v->asked, REQUEST_MAX);
		visit_ask(v, FRAME_EVENT, &part);
		v->asked += part.len;
	}
}

/* The number of the oldest event without its reply. */
static uint64_t
oldest_event(const struct visit *v)
{
	const uint8_t *at = (const uint8_t *)v->kept.at;
	size_t len = v->kept.len;
	struct frame f;

	return frame_next(&at, &len, &f) > 0 ? f.seq : v->event + 1;
}

void
visit_take_event(struct visit *v, struct json_span message)
{
	uint64_t answered = oldest_event(v) - 1;

	assert(visit_wants_event(v));
	frame_put(&v->kept, &(struct frame){ .kind = FRAME_EVENT, .session = v->session,
	    .seq = ++v->event, .after = answered, .body = message.at, .len = message.len });
	v->under_way++;
	if (buf_failed(&v->kept))
		visit_lose_broker(v, "asking", strerror(ENOMEM));
}

bool
visit_drop_event(struct visit *v, uint64_t number)
{
	const uint8_t *at = (const uint8_t *)v->kept.at;
	size_t left = v->kept.len, begin = 0, end;
	struct frame f;

	for (; frame_next(&at, &left, &f) > 0; begin = end) {
		end = v->kept.len - left;
		if (f.seq != number)
			continue;
		memmove(v->kept.at + begin, v->kept.at + end, left);
		v->kept.len -= end - begin;
		v->asked -= end - begin;
		v->under_way--;
		if (v->kept.len == 0)
			buf_fini(&v->kept);
		return true;
	}
	return false;
}
