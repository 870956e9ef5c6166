/* record – a table by room and sub. See record.h. */
#include "room.h"

#include <stdio.h>
#include <string.h>

#include "bounds.h"

static struct record *
record_find(const struct records *all, const char *room, const char *sub)
{
	char key[RECORD_KEY_MAX + 1];
	struct record *r;

	snprintf(key, sizeof(key), "%s %s", room, sub);
	HASH_FIND_STR(all->table, key, r);
	return r;
}

const struct record *
record_get(const struct records *all, const char *room, const char *sub)
{
	static const struct record none;
	const struct record *r = record_find(all, room, sub);

	return r != NULL ? r : &none;
}

static void
record_free(struct record *r)
{
	change_remove(r->all->changes, &r->change, KEPT_RECORD, r->key, NULL);
	HASH_DEL(r->all->table, r);
	timer_clear(r->all->timers, &r->end);
	free(r);
}

static void
record_end(struct timer *t)
{
	record_free(timer_owner(t, struct record, end));
}

struct record *
record_open(struct records *all, const char *room, const char *sub)
{
	struct record *r = record_find(all, room, sub);
	size_t size = strlen(room) + 1 + strlen(sub) + 1;

	if (r != NULL)
		return r;
	r = alloc_bytes(sizeof(*r) + size);
	snprintf(r->key, size, "%s %s", room, sub);
	r->all = all;
	r->end.run = record_end;
	HASH_ADD_STR(all->table, key, r);
	return r;
}

void
record_keep(struct record *r)
{
	const int64_t times[] = { r->banned, r->denied, r->host, r->guest, r->chat };
	int64_t last = 0;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (times[i] > last)
			last = times[i];
	timer_set(r->all->timers, &r->end, last);
	change_note(r->all->changes, &r->change, KEPT_RECORD);
}

void
record_forget(struct records *all, const char *room, const char *sub)
{
	struct record *r = record_find(all, room, sub);

	if (r != NULL)
		record_free(r);
}

void
records_fini(struct records *all)
{
	struct record *r, *next;

	HASH_ITER(hh, all->table, r, next)
		record_free(r);
}
