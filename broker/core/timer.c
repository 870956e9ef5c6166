/* timer – a binary heap. See timer.h. */
#include "timer.h"

#include <stdlib.h>

void
timers_fini(struct timers *all)
{
	free(all->heap);
	*all = (struct timers){ 0 };
}

static bool
is_before(const struct timer *a, const struct timer *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void
timer_put(struct timers *all, struct timer *t, size_t place)
{
	all->heap[place] = t;
	t->place = place;
}

/* Lets t sink or rise from a free place to where it belongs. */
static void
timer_settle(struct timers *all, struct timer *t, size_t place)
{
	for (; place > 1 && is_before(t, all->heap[place / 2]); place /= 2)
		timer_put(all, all->heap[place / 2], place);
	for (size_t child; (child = 2 * place) <= all->count; place = child) {
		if (child < all->count && is_before(all->heap[child + 1], all->heap[child]))
			child++;
		if (!is_before(all->heap[child], t))
			break;
		timer_put(all, all->heap[child], place);
	}
	timer_put(all, t, place);
}

void
timer_set(struct timers *all, struct timer *t, int64_t at)
{
	timer_clear(all, t);
	if (all->count + 2 > all->cap) {
		all->cap = all->cap > 0 ? 2 * all->cap : 64;
		all->heap = reallocarray(all->heap, all->cap, sizeof(all->heap[0]));
		if (all->heap == NULL)
			abort();
	}
	t->at = at;
	t->order = ++all->order;
	timer_settle(all, t, ++all->count);
}

void
timer_clear(struct timers *all, struct timer *t)
{
	struct timer *last;
	size_t place = t->place;

	if (place == 0)
		return;
	t->place = 0;
	last = all->heap[all->count--];
	if (last != t)
		timer_settle(all, last, place);
}

bool
timer_is_set(const struct timer *t)
{
	return t->place != 0;
}

struct timer *
timers_take(struct timers *all, int64_t now)
{
	struct timer *t;

	if (all->count == 0 || all->heap[1]->at > now)
		return NULL;
	t = all->heap[1];
	timer_clear(all, t);
	return t;
}

int64_t
timers_next(const struct timers *all)
{
	return all->count > 0 ? all->heap[1]->at : INT64_MAX;
}
