/* room_life – a life of rooms, for tests: one step after the other of everything that can happen to
 * them, and what must always hold.
 *
 * One host at least, nobody in two roles, no hole in the order, nothing for waiters but their own,
 * chat as it is stored, whether or not the disk has room; and a core made anew from what was kept is
 * the same. What happens is decided by `roll`, which whoever includes this has to give: dice, or the
 * bytes of a fuzzer. */
#ifndef ROOM_LIFE_H
#define ROOM_LIFE_H

#include "room_check.h"

enum { SUBS = 7 };

/* One of 0 … sides - 1. */
static unsigned roll(unsigned sides);

static int
by_session(const struct session *a, const struct session *b)
{
	return a->id < b->id ? -1 : 1;
}

static const char *const rooms[] = { "r1", "r2", "r3", "r4" };

/* Of this life: many to a sub in two rooms, or one in any, which may then be left empty too often. */
static struct core_conf life_conf;

/* Those that end things are rarer than they would be by chance. */
static const struct {
	enum event_kind kind;
	unsigned weight;
	const char *payload; /* %s: some sub */
} events[] = {
	{ EVENT_OFFER, 4, "{\"targetClientId\":\"%s\",\"sdp\":1}" },
	{ EVENT_MESSAGE, 3, "{\"data\":1}" },
	{ EVENT_MESSAGE, 2, "{\"targetClientId\":\"%s\",\"data\":1}" },
	{ EVENT_ADD_CHAT, 4, "{\"chatContent\":\"%s\"}" },
	{ EVENT_ADD_CHAT, 2, "{\"chatContent\":\"x\",\"chatId\":\"%s\"}" },
	{ EVENT_ADD_CHAT, 2, "{\"chatContent\":\"x\",\"targetClientId\":\"%s\"}" },
	{ EVENT_EDIT_CHAT, 2, "{\"chatContent\":\"y\",\"chatId\":\"%s\"}" },
	{ EVENT_DELETE_CHAT, 2, "{\"chatId\":\"%s\"}" },
	{ EVENT_RECENTS_CHAT, 2, "{\"limit\":5}" },
	{ EVENT_TYPING, 2, "{\"isTyping\":true}" },
	{ EVENT_REACTION, 1, "{\"emoji\":\"x\"}" },
	{ EVENT_RAISE_HAND, 3, "{\"clientId\":\"%s\"}" },
	{ EVENT_RAISE_HAND, 3, "{}" },
	{ EVENT_LOWER_HAND, 3, "{\"clientId\":\"%s\"}" },
	{ EVENT_TOGGLE_AUDIO, 3, "{\"enabled\":true}" },
	{ EVENT_TOGGLE_VIDEO, 3, "{\"enabled\":false}" },
	{ EVENT_TOGGLE_SCREENSHARE, 4, "{\"enabled\":true}" },
	{ EVENT_TOGGLE_SCREENSHARE, 2, "{\"enabled\":false}" },
	{ EVENT_REQUEST_SCREENSHARE, 2, "{}" },
	{ EVENT_ACCEPT_SCREENSHARE, 4, "{\"clientId\":\"%s\"}" },
	{ EVENT_DENY_SCREENSHARE, 2, "{\"clientId\":\"%s\"}" },
	{ EVENT_STOP_SCREENSHARE, 2, "{\"clientId\":\"%s\"}" },
	{ EVENT_WAITING_REQUEST, 2, "{}" },
	{ EVENT_ACCEPT_WAITING, 8, "{\"clientId\":\"%s\"}" },
	{ EVENT_DENY_WAITING, 3, "{\"clientId\":\"%s\"}" },
	{ EVENT_SET_LOBBY, 4, "{\"enabled\":true}" },
	{ EVENT_SET_LOBBY, 2, "{\"enabled\":false}" },
	{ EVENT_SET_POLICY, 2, "{\"screenshare\":\"ask\"}" },
	{ EVENT_SET_POLICY, 1, "{\"screenshare\":\"open\"}" },
	{ EVENT_LOCK_ROOM, 1, "{\"locked\":true}" },
	{ EVENT_LOCK_ROOM, 2, "{\"locked\":false}" },
	{ EVENT_MUTE, 3, "{\"clientId\":\"%s\"}" },
	{ EVENT_KICK, 2, "{\"clientId\":\"%s\"}" },
	{ EVENT_BAN, 1, "{\"clientId\":\"%s\",\"seconds\":5}" },
	{ EVENT_SET_ROLE, 4, "{\"clientId\":\"%s\",\"role\":\"host\"}" },
	{ EVENT_SET_ROLE, 4, "{\"clientId\":\"%s\",\"role\":\"participant\"}" },
	{ EVENT_CLOSE_ROOM, 1, "{}" },
	{ EVENT_REFRESH_TOKEN, 1, "{\"token\":\"%s\"}" },
	{ EVENT_LEAVE, 3, "{}" },
	{ EVENT_PING, 1, "{}" },
};

enum { CHOICES = sizeof(events) / sizeof(events[0]) };

static const char *
some_sub(void)
{
	static char sub[8];

	snprintf(sub, sizeof(sub), "u%u", roll(SUBS));
	return sub;
}

static int
some_client(void)
{
	int live[CLIENTS_MAX], n = 0;

	for (int i = 1; i <= w.clients; i++)
		if (w.client[i].session != 0 && !w.client[i].over)
			live[n++] = i;
	return n > 0 ? live[roll((unsigned)n)] : 0;
}

static size_t
some_event(void)
{
	unsigned sum = 0, at;
	size_t i;

	for (i = 0; i < CHOICES; i++)
		sum += events[i].weight;
	at = roll(sum);
	for (i = 0; at >= events[i].weight; i++)
		at -= events[i].weight;
	return i;
}

static void
step_join(void)
{
	struct token t = token_of(some_sub());

	t.grants.host = roll(6) == 0;
	t.grants.no_audio = roll(6) == 0;
	t.grants.no_data = roll(6) == 0;
	if (roll(8) == 0)
		t.expires = w.now + 60000;
	join_with(&t, ENDPOINT_ZOOM, rooms[roll(life_conf.connections == 1 ? 4 : 2)], roll(8) == 0);
}

static void
step_event(int client)
{
	size_t i = some_event();
	struct token t = token_of(some_sub());
	char payload[256];

	snprintf(payload, sizeof(payload), events[i].payload, some_sub());
	send_event(client, event_table[events[i].kind].name, payload);
	if (events[i].kind == EVENT_REFRESH_TOKEN && roll(2) == 0) {
		core_refresh(w.core, w.client[client].session, w.verify_number, &t, w.now, &w.out);
		carry_out();
	}
}

static void
step_operate(void)
{
	char room[16];
	struct order o = { .what = (enum operation)roll(OPERATIONS), .room = CORE_EVERYWHERE,
		.sub = roll(4) == 0 ? "" : some_sub(), .words = "no", .until = w.now + 5000 };
	struct operated did;

	if (roll(3) != 0) {
		snprintf(room, sizeof(room), "zoom/%s", rooms[roll(4)]);
		o.room = room;
	}
	if (*o.sub == '\0' && o.what <= OPERATE_UNBAN)
		o.sub = "u1";
	core_operate(w.core, &o, w.now, &did, &w.out);
	carry_out();
}

/* What a store would hold, from what it was given. */
static struct kept {
	char room[32], id[64], content[32];
} stored[4096];
static size_t stored_count;
static bool stored_is_odd; /* the lines of the store hold more than these can */

static void
store_remove(const char *room, const char *id)
{
	size_t kept = 0;

	for (size_t i = 0; i < stored_count; i++)
		if (strcmp(stored[i].room, room) != 0 || (id != NULL && strcmp(stored[i].id, id) != 0))
			stored[kept++] = stored[i];
	stored_count = kept;
}

static void
store_line(char *line)
{
	struct kept m;
	char kind[16];
	int n = sscanf(line, "%15s %31s %63s %*s %*s %31s", kind, m.room, m.id, m.content);

	if (strcmp(kind, "ban") == 0 || strcmp(kind, "unban") == 0)
		return;
	store_remove(m.room, n == 2 ? NULL : m.id);
	if (n == 4)
		stored[stored_count++] = m;
	assert_true(stored_count < sizeof(stored) / sizeof(stored[0]));
}

static void
store_lines(void)
{
	char *rest = w.stored.at, *line;

	if (w.stored.len > 0)
		while (*(line = strsep(&rest, "\n")) != '\0')
			store_line(line);
}

static const char *
store_wrong(void)
{
	size_t open = 0;

	for (const struct room *r = w.core->rooms; r != NULL; r = r->hh.next)
		open += HASH_COUNT(r->chats);
	for (size_t i = 0; i < stored_count; i++) {
		struct chat *chat = NULL;
		struct room *r;

		HASH_FIND_STR(w.core->rooms, stored[i].room, r);
		if (r != NULL)
			chat = recents_find(r, stored[i].id);
		if (r == NULL && w.core->owed == NULL)
			return "chat of a room that is over is still stored";
		if (chat != NULL && strcmp(chat->content, stored[i].content) == 0)
			open--;
		else if (r != NULL && w.core->owed == NULL)
			return "the store holds what the room does not";
	}
	return open == 0 ? NULL : "a room holds what is not stored";
}

/* What a ledger would hold: everything kept so far, now and then from one snapshot on. */
static struct buf ledger;

static void
add_taken(const struct core *c, struct buf *to)
{
	for (const struct session *s = c->sessions; s != NULL; s = s->hh.next)
		buf_fmt(to, "%" PRIu64 " took %" PRIu64 "\n", s->id, s->taken);
}

/* The store gives its chat back, and what it is owed is a matter of the process that owes it. */
static void
restore_chat(struct core *to, const struct core *from)
{
	for (const struct room *r = from->rooms; r != NULL; r = r->hh.next)
		for (const struct chat *chat = r->chats; chat != NULL; chat = chat->hh.next)
			core_load_chat(to, r->key, chat->id, chat->sub, chat->name, chat->content,
			    chat->ts, chat->edited);
}

static const char *
restored_wrong(void)
{
	struct core *twin = core_new(&life_conf);
	struct buf taken[2] = { BUF_INIT, BUF_INIT };
	char *text[2] = { NULL, NULL };
	const char *why = NULL;

	if (core_restore(twin, ledger.at, ledger.len) < 0 || core_restored(twin) < 0) {
		core_free(twin);
		return "what was kept cannot be read";
	}
	twin->now = w.core->now;
	restore_chat(twin, w.core);
	text[0] = core_dump(w.core);
	text[1] = core_dump(twin);
	if (strcmp(text[0], text[1]) != 0) {
		print_message("--- is\n%s--- restored\n%s", text[0], text[1]);
		why = "a core restored is another";
	}
	HASH_SRT(hh, w.core->sessions, by_session);
	HASH_SRT(hh, twin->sessions, by_session);
	add_taken(w.core, &taken[0]);
	add_taken(twin, &taken[1]);
	if (taken[0].len != taken[1].len ||
	    (taken[0].len > 0 && memcmp(taken[0].at, taken[1].at, taken[0].len) != 0))
		why = "events taken are forgotten";
	if (why == NULL)
		why = core_wrong(twin);
	for (int i = 0; i < 2; i++) {
		free(text[i]);
		buf_fini(&taken[i]);
	}
	core_free(twin);
	return why;
}

/* Keeping is cheap and done each time; reading all of it back is not. */
static void
ledger_keep(void)
{
	core_keep(w.core, &ledger);
	if (ledger.len > 65536) {
		buf_reset(&ledger);
		core_keep_all(w.core, &ledger);
	}
}

static void
step(void)
{
	static const char *const reasons[] = { "closed", "timeout", "slow_consumer" };
	int client = some_client();
	unsigned what = roll(100);

	if (roll(25) == 0)
		w.disk_full = !w.disk_full;
	if (what < 20)
		step_join();
	else if (what < 28 && client != 0)
		gone(client, reasons[roll(3)]);
	else if (what < 40)
		pass(roll(300));
	else if (what < 42)
		pass(roll(20000));
	else if (what < 44)
		step_operate();
	else if (client != 0)
		step_event(client);
}

/* The core's connections are those that joined and have not gone, each where it was told. */
static const char *
roster_wrong(void)
{
	size_t live = 0;

	for (int i = 1; i <= w.clients; i++) {
		const struct client *c = &w.client[i];
		const struct session *s = session_find(w.core, c->session);

		if (c->session == 0 || c->over) {
			if (c->session != 0 && s != NULL)
				return "a connection that has ended is still there";
			continue;
		}
		live++;
		if (s == NULL || s->member->number != c->member || s->member->room->id != c->room)
			return "a connection is not where it was told";
		if (c->waiting == member_is_in_room(s->member))
			return "a connection was not told that it waits, or no longer";
	}
	return live == HASH_COUNT(w.core->sessions) ? NULL : "connections that nobody made";
}

/* A waiter hears of itself, and of the host who decides about it. */
static const char *
waiters_wrong(void)
{
	static const char *const allowed[] = { "room_state", "accept_waiting", "deny_waiting", "bye",
		"token_expiring" };
	char start[64];

	for (int i = 1; i <= w.clients; i++) {
		struct client *c = &w.client[i];
		const char *text = c->waiting && !c->over && c->session != 0 ? got(i) : "";
		bool fine = *text == '\0';

		for (size_t j = 0; j < sizeof(allowed) / sizeof(allowed[0]); j++) {
			snprintf(start, sizeof(start), "{\"event\":\"%s\"", allowed[j]);
			fine = fine || strncmp(text, start, strlen(start)) == 0;
		}
		if (!fine)
			return "a waiter heard of the room";
		if (strstr(text, "\"hosts\":[{") != NULL || strstr(text, "\"participants\":[{") != NULL)
			return "a waiter saw who is inside";
	}
	return NULL;
}

/* Looks after a step. */
static const char *
life_wrong(void)
{
	const char *why;

	store_lines();
	if ((why = core_wrong(w.core)) == NULL && (why = roster_wrong()) == NULL &&
	    (why = waiters_wrong()) == NULL && !stored_is_odd)
		why = store_wrong();
	return why;
}

static void
life_begin(void)
{
	stored_count = 0;
	stored_is_odd = false;
	buf_reset(&ledger);
	core_conf_init(&life_conf);
	if (roll(2) == 0)
		life_conf.connections = 1;
	world_begin_with(&life_conf);
}

/* Everybody goes, and the longest ban there is passes: nothing may be left. */
static const char *
life_end(void)
{
	const char *why = NULL;

	for (int i = 1; i <= w.clients; i++)
		if (w.client[i].session != 0 && !w.client[i].over)
			gone(i, "closed");
	w.disk_full = false;
	pass(INT64_C(3153600000) * 1000);
	store_lines();
	if (stored_count != 0 && !stored_is_odd)
		why = "chat is stored for ever";
	if (w.open != 0 || HASH_COUNT(w.core->rooms) != 0)
		why = "a room is left";
	if (HASH_COUNT(w.core->persons) != 0 || HASH_COUNT(w.core->records.table) != 0)
		why = "somebody is left";
	if (w.core->timers.count != 0)
		why = "something is still to come";
	world_end(NULL);
	return why;
}

#endif
