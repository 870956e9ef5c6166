/* broker_turn – iceServers of room_state, each receiver's own. See broker.h and turn.h. */
#include "broker.h"

#include <stdlib.h>

int
broker_load_turn(struct broker *b)
{
	char why[512];

	if (turn_load(&b->turn, &b->conf.turn, why, sizeof why) == 0)
		return 0;
	log_line(LOG_ERROR, "turn_refused", "why=\"%s\"", why);
	return -1;
}

void
broker_complete_you(struct broker *b, const struct peer *p, struct frame *you)
{
	buf_reset(&b->you);
	buf_add(&b->you, you->body, you->len);
	buf_str(&b->you, "\"iceServers\":");
	turn_put(&b->you, &b->turn, p->sub, b->now);
	buf_char(&b->you, ',');
	if (buf_failed(&b->you))
		abort();
	you->body = b->you.at;
	you->len = b->you.len;
}
