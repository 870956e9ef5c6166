/* visit_return – see visit_return.h. */
#include "visit_return.h"

#include <errno.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "visit_leave.h"

enum {
	AWAY_PATIENCE = 30000, /* ms until a broker that died is given up */
	AWAY_FIRST = 20,      /* ms between the first tries to come back; then twice that … */
	AWAY_SOON = 160,      /* … up to this, as a broker is back in less than a second … */
	AWAY_TRIES = 16,      /* … and after so many tries */
	AWAY_LATER = 1000,    /* this */
};

/* The next try: at once, or later each time; thousands do the same at this moment. */
static void
wait_to_return(struct visit *v, int64_t now)
{
	int64_t wait = v->tries < 3 ? AWAY_FIRST << v->tries :
	    v->tries < AWAY_TRIES ? AWAY_SOON : AWAY_LATER;

	link_close(&v->link, LINK_CONTROL);
	v->retry_at = now + wait / 2 + wait_randomly(wait / 2 + 1);
	v->tries++;
}

/* The broker died. What it said is told; what it was told it may not have heard. */
static void
go_away(struct visit *v, int64_t now)
{
	log_line(LOG_DEBUG, "broker-away", "why=\"%s\" unanswered=%u", strerror(errno),
	    v->under_way);
	link_close(&v->link, LINK_CONTROL);
	link_close(&v->link, LINK_BUS);
	order_forsake(&v->order);
	v->stage = VISIT_AWAY;
	v->asked = 0;
	v->tries = 0;
	v->retry_at = now;
	v->away_until = now + AWAY_PATIENCE;
}

void
visit_lose_control(struct visit *v, int64_t now)
{
	if (v->bye.len > 0)
		visit_tell_bye(v);
	else if (v->stage == VISIT_INSIDE && v->ticket_len > 0)
		go_away(v, now);
	else if (v->stage == VISIT_AWAY)
		wait_to_return(v, now);
	else
		visit_lose_broker(v, "reading", strerror(errno));
}

static void
ask_to_rejoin(struct visit *v)
{
	struct buf frames = BUF_INIT;
	size_t begin = frame_begin(&frames, &(struct frame){ .kind = FRAME_REJOIN,
	    .session = v->session, .who = v->mail });

	field_put(&frames, FIELD_TICKET, v->ticket, v->ticket_len);
	frame_end(&frames, begin);
	visit_ask(v, FRAME_REJOIN, &frames);
	buf_fini(&frames);
}

int64_t
visit_come_back(struct visit *v, int64_t now)
{
	if (now >= v->away_until) {
		visit_lose_broker(v, "rejoining", strerror(ETIMEDOUT));
		return -1;
	}
	if (link_is_open(&v->link, LINK_CONTROL)) {
		if (now < v->patience)
			return wait_until(v->patience, now);
		wait_to_return(v, now);
	}
	if (v->retry_at > now)
		return wait_until(v->retry_at, now);
	if (link_open(&v->link, LINK_CONTROL, v->door) == 0) {
		v->patience = now + JOIN_PATIENCE;
		ask_to_rejoin(v);
		return wait_until(v->patience, now);
	}
	wait_to_return(v, now);
	return wait_until(v->retry_at, now);
}
