/* pulse – see pulse.h. */
#include "pulse.h"

void
pulse_init(struct pulse *p, int64_t ping_after, int64_t gone_after, int64_t now)
{
	*p = (struct pulse){ .ping_after = ping_after, .gone_after = gone_after };
	pulse_hear(p, now);
}

void
pulse_hear(struct pulse *p, int64_t now)
{
	p->heard = p->pinged = now;
}

void
pulse_answers(struct pulse *p)
{
	p->answers = true;
}

enum pulse_due
pulse_check(struct pulse *p, int64_t now)
{
	if (p->answers && now - p->heard >= p->gone_after)
		return PULSE_GONE;
	if (now - p->pinged < p->ping_after)
		return PULSE_NOTHING;
	p->pinged = now;
	return PULSE_PING;
}

int64_t
pulse_wait(const struct pulse *p, int64_t now)
{
	int64_t ping = p->pinged + p->ping_after, gone = p->heard + p->gone_after;
	int64_t due = p->answers && gone < ping ? gone : ping;

	return due > now ? due - now : 0;
}
