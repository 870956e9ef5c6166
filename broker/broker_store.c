/* broker_store – between the core and the store: what outlives the broker. See broker.h.
 *
 * Chat of all endpoints is stored, as an ack promises that it survives us. Chat that is only kept
 * while its room lives is forgotten when the room ends; if we ended before that, it waits for the
 * room's people to come back for RESUME_WINDOW after our next start, and then it is forgotten. */
#include "broker.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "bounds.h"
#include "clock.h"

enum {
	TEND_INTERVAL = 3600000, /* ms; days are kept, so an hour more does no harm */
	SAY_INTERVAL = 60000,	 /* ms between two log lines of a store that goes on failing */
};

/* That the store works is said once; that it still does not, once in a while. */
static void
log_health(struct broker *b, bool works)
{
	struct store_health *h = &b->health;

	if (works) {
		if (h->failures > 0)
			log_line(LOG_INFO, "store_works", "failures=%u", h->failures);
		*h = (struct store_health){ 0 };
		return;
	}
	h->failures++;
	if (b->tend_at > b->now + STORE_RETRY)
		b->tend_at = b->now + STORE_RETRY;
	b->metrics.commit_failures[0]++;
	if (h->said != 0 && b->now < h->said + SAY_INTERVAL)
		return;
	h->said = b->now;
	log_line(LOG_ERROR, "store_failed", "why=\"%s\" failures=%u", store_why(b->store),
	    h->failures);
}

bool
broker_store_commit(struct broker *b)
{
	int64_t began;
	bool works;

	if (!store_is_writing(b->store))
		return true;
	began = now_us();
	works = store_commit(b->store) == 0;
	histogram_add(b->metrics.commit_time, &scale_us, (uint64_t)(now_us() - began), 1);
	log_health(b, works);
	return works;
}

/* Opening. */

static void
store_path(const char *folder, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/beckon.db", folder);
}

static void
load_ban(void *context, const char *room, const struct ban_row *row)
{
	struct broker *b = context;

	core_load_ban(b->core, room, row->sub, row->until);
}

int
broker_store_bans(struct broker *b)
{
	return store_load_bans(b->store, NULL, load_ban, b);
}

/* Full disks do not keep us from starting. */
static int
load_bans(struct broker *b)
{
	if (store_begin(b->store) == 0)
		store_expire_bans(b->store, b->now);
	broker_store_commit(b);
	return broker_store_bans(b);
}

int
broker_store_open(struct broker *b, char *why, size_t size)
{
	char path[PATH_MAX];

	if (mkdir(b->conf.data, 0750) < 0 && errno != EEXIST) {
		snprintf(why, size, "%s: cannot make the folder: %s", b->conf.data,
		    strerror(errno));
		return -1;
	}
	store_path(b->conf.data, path);
	b->store = store_open(path, why, size);
	if (!b->store)
		return -1;
	if (load_bans(b) < 0) {
		snprintf(why, size, "%s: %s", path, store_why(b->store));
		return -1;
	}
	b->tend_at = b->now;
	b->strays_at = b->now + RESUME_WINDOW;
	return 0;
}

int
broker_store_check(const char *folder, char *why, size_t size)
{
	char path[PATH_MAX];

	store_path(folder, path);
	return store_check(path, why, size);
}

/* A room that is made again finds its chat. */

struct loading {
	struct core *core;
	const char *room;
};

static void
load_chat(void *context, const struct chat_row *row)
{
	const struct loading *l = context;

	core_load_chat(l->core, l->room, row->chat_id, row->author, row->name, row->content,
	    row->ts, row->edited);
}

void
broker_store_chat(struct broker *b, const char *room, int history)
{
	struct loading l = { b->core, room };

	if (store_load_chat(b->store, room, history, load_chat, &l) < 0)
		log_health(b, false);
}

void
broker_store_room(struct broker *b, const struct out *o)
{
	broker_store_chat(b, b->out.bytes.at + o->at, (int)o->who);
}

bool
broker_store_is_busy(const struct broker *b)
{
	return store_is_writing(b->store);
}

/* Rows. */

static int
keep_chat(struct store *s, const struct out *o, const char *row[ROW_MAX])
{
	const struct chat_row chat = { row[1], row[2], row[3], row[4], (int64_t)o->seq, 0 };

	if (o->number != 0)
		return store_chat_edit(s, row[0], row[1], row[4], (int64_t)o->number);
	return store_chat_add(s, row[0], &chat, (int)o->who);
}

static int
keep_unchat(struct store *s, const struct out *o, const char *row[ROW_MAX])
{
	(void)o;
	return store_chat_delete(s, row[0], row[1]);
}

static int
keep_forget(struct store *s, const struct out *o, const char *row[ROW_MAX])
{
	(void)o;
	return store_room_forget(s, row[0]);
}

static int
keep_ban(struct store *s, const struct out *o, const char *row[ROW_MAX])
{
	return store_ban(s, row[0], &(struct ban_row){ row[1], row[2], row[3], (int64_t)o->seq });
}

static int
keep_unban(struct store *s, const struct out *o, const char *row[ROW_MAX])
{
	(void)o;
	return store_unban(s, row[0], row[1]);
}

int
broker_store_split(const char *at, size_t len, const char *row[], int most)
{
	int i = 0;

	for (; i < most && len > 0; i++) {
		size_t n = strnlen(at, len) + 1;

		if (n > len)
			break; /* it does not end */
		row[i] = at;
		at += n;
		len -= n;
	}
	return i;
}

/* A failure shows at the commit. */
void
broker_store_row(struct broker *b, const struct out *o)
{
	static int (*const keep[])(struct store *, const struct out *, const char **) = {
		[OUT_STORE_CHAT] = keep_chat,
		[OUT_STORE_UNCHAT] = keep_unchat,
		[OUT_STORE_FORGET] = keep_forget,
		[OUT_STORE_BAN] = keep_ban,
		[OUT_STORE_UNBAN] = keep_unban,
	};
	const char *row[ROW_MAX] = { NULL };

	broker_store_split(b->out.bytes.at + o->at, o->len, row, ROW_MAX);
	if (store_begin(b->store) == 0)
		keep[o->kind](b->store, o, row);
}

/* Retention. */

static bool
is_open(void *context, const char *room)
{
	struct broker *b = context;

	return core_is_open(b->core, room);
}

static void
tend_endpoint(struct broker *b, enum endpoint e, bool strays)
{
	int64_t age = b->rooms.of[e].history_age;
	char prefix[16];

	snprintf(prefix, sizeof prefix, "%s/", endpoint_name(e));
	if (age > 0)
		store_expire_chat(b->store, prefix, b->now - age);
	else if (strays)
		store_forget_unless(b->store, prefix, is_open, b);
}

/* Does a store that failed work again? Who asks whether we are ready may keep all those away whose
 * chat would show it. What nobody has is banned from nowhere, and not banned after all. */
static void
try_again(struct broker *b)
{
	static const struct ban_row nobody = { "", "", "", 0 };

	if (b->health.failures == 0)
		return;
	store_ban(b->store, "", &nobody);
	store_unban(b->store, "", "");
}

void
broker_store_tend(struct broker *b)
{
	bool strays = b->now >= b->strays_at;

	if (b->now < b->tend_at)
		return;
	if (store_begin(b->store) == 0) {
		store_expire_bans(b->store, b->now);
		try_again(b);
		for (enum endpoint e = 0; e < ENDPOINTS; e++)
			tend_endpoint(b, e, strays);
	}
	if (broker_store_commit(b) && strays)
		b->strays_at = INT64_MAX;
	b->tend_at = b->now + (b->health.failures > 0 ? STORE_RETRY : TEND_INTERVAL);
	if (b->tend_at > b->strays_at && b->strays_at > b->now)
		b->tend_at = b->strays_at;
}
