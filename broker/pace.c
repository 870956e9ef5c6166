/* pace – see pace.h. */
#include "pace.h"

void
pace_wake(struct pace *p, int64_t then)
{
	p->next = then;
}

void
pace_begin(struct pace *p, int64_t now)
{
	p->since = p->next != 0 ? p->next : now;
	p->began = now;
}

/* What it leaves fits into the doors, and so did what it took: that came since it began. */
void
pace_took(struct pace *p, bool emptied, int64_t now)
{
	p->next = emptied ? now : p->began;
}

static uint64_t
between(int64_t from, int64_t to)
{
	return to > from ? (uint64_t)(to - from) : 0;
}

uint64_t
pace_waited(const struct pace *p, int64_t now)
{
	return between(p->since, now);
}

uint64_t
pace_lasted(const struct pace *p, int64_t now)
{
	return between(p->began, now);
}
