/* What outlives the broker, and for how long: the broker's hand on the store, without its sockets.
 *
 * Chat that is kept while its room lives must survive a crash, and yet not lie about for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "bounds.h"
#include "broker.h"

#define START ((int64_t)1700000000000)
#define DAY ((int64_t)86400000)

static char base[32], folder[64], why[256];
static struct broker b;

static void
start(int64_t now)
{
	memset(&b, 0, sizeof b);
	b.conf.data = folder;
	b.now = now;
	core_conf_init(&b.rooms);
	b.core = core_new(&b.rooms);
	if (broker_store_open(&b, why, sizeof why) != 0)
		fail_msg("%s", why);
}

/* As a crash would. */
static void
end(void)
{
	store_close(b.store);
	core_free(b.core);
	outbox_fini(&b.out);
}

static int
set_up(void **state)
{
	(void)state;
	strcpy(base, "/tmp/bk.XXXXXX");
	assert_non_null(mkdtemp(base));
	snprintf(folder, sizeof folder, "%s/data", base);
	log_set_level(LOG_ERROR);
	start(START);
	return 0;
}

static int
tear_down(void **state)
{
	char command[64];

	(void)state;
	end();
	snprintf(command, sizeof command, "rm -r %s", base);
	return system(command);
}

static void
add(const char *room, const char *id, int64_t ts)
{
	store_begin(b.store);
	store_chat_add(b.store, room, &(struct chat_row){ id, "ann", "Ann", "\"x\"", ts, 0 }, 100);
	assert_int_equal(0, store_commit(b.store));
}

static void
ban(const char *sub, int64_t until)
{
	store_begin(b.store);
	store_ban(b.store, "zoom/r", &(struct ban_row){ sub, "ann", "", until });
	assert_int_equal(0, store_commit(b.store));
}

static void
count_chat(void *context, const struct chat_row *row)
{
	(void)row;
	++*(int *)context;
}

static void
count_ban(void *context, const char *room, const struct ban_row *row)
{
	(void)room;
	(void)row;
	++*(int *)context;
}

static int
chats(const char *room)
{
	int n = 0;

	assert_int_equal(0, store_load_chat(b.store, room, 100, count_chat, &n));
	return n;
}

static int
bans(void)
{
	int n = 0;

	assert_int_equal(0, store_load_bans(b.store, NULL, count_ban, &n));
	return n;
}

static struct join
entry(enum endpoint e, const char *room, struct token *t)
{
	*t = (struct token){ .sub = "bob", .name = "Bob", .expires = START + 100 * DAY,
		.grants = { .any_room = true } };
	return (struct join){ .endpoint = e, .room = room, .token = t, .epoch = 1 };
}

/* Opens a room as a join does. */
static enum refusal
enter(enum endpoint e, const char *room)
{
	struct joined joined;
	struct token t;
	struct join j = entry(e, room, &t);

	return core_join(b.core, &j, b.now, &joined, &b.out);
}

static void
folder_is_made_for_nobody_else(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(0, stat(folder, &st));
	assert_int_equal(0750, st.st_mode & 07777);
}

static void
ban_is_in_force_after_a_restart_until_it_ends(void **state)
{
	(void)state;
	ban("bob", START + 1000);
	end();
	start(START + 999);
	assert_int_equal(REFUSED_BANNED, enter(ENDPOINT_ZOOM, "r"));
	assert_int_equal(REFUSED_NOT, enter(ENDPOINT_ZOOM, "r2"));
	end();
	start(START + 1000);
	assert_int_equal(REFUSED_NOT, enter(ENDPOINT_ZOOM, "r"));
	assert_int_equal(0, bans());
}

static void
room_made_again_finds_its_chat_whatever_the_endpoint(void **state)
{
	static const enum endpoint all[] = { ENDPOINT_ZOOM, ENDPOINT_SCREENSHARE, ENDPOINT_CHAT };
	static const char recents[] = "{\"event\":\"recents_chat\",\"payload\":{}}";

	(void)state;
	for (int i = 0; i < 3; i++) {
		char room[32];
		bool found = false;

		snprintf(room, sizeof room, "%s/r", endpoint_name(all[i]));
		add(room, "id-of-old", START - 1);
		outbox_reset(&b.out);
		assert_int_equal(REFUSED_NOT, enter(all[i], "r"));
		assert_int_equal(OUT_OPEN, b.out.list[0].kind);
		broker_store_room(&b, &b.out.list[0]);
		core_event(b.core, (uint64_t)i + 1, 1, recents, sizeof recents - 1, b.now, &b.out);
		for (size_t n = 0; n < b.out.count; n++)
			found = found || memmem(b.out.bytes.at + b.out.list[n].at, b.out.list[n].len,
			    "id-of-old", 9);
		assert_true(found);
	}
}

/* After a crash the room's people have RESUME_WINDOW to come back to what they had said. */
static void
chat_of_a_room_that_nobody_came_back_to_is_forgotten(void **state)
{
	(void)state;
	add("zoom/lost", "a", START);
	add("zoom/back", "a", START);
	add("chat/lost", "a", START);
	end();
	start(START + 1000);
	broker_store_tend(&b);
	assert_int_equal(REFUSED_NOT, enter(ENDPOINT_ZOOM, "back"));
	b.now += RESUME_WINDOW - 1;
	broker_store_tend(&b);
	assert_int_equal(1, chats("zoom/lost"));
	b.now++;
	assert_true(b.tend_at <= b.now);
	broker_store_tend(&b);
	assert_int_equal(0, chats("zoom/lost"));
	assert_int_equal(1, chats("zoom/back"));
	assert_int_equal(1, chats("chat/lost"));
}

static void
chat_is_kept_for_as_many_days_as_the_endpoint_says(void **state)
{
	(void)state;
	add("chat/r", "old", START - 7 * DAY + 1000);
	add("chat/r", "new", START);
	ban("bob", START + 1000);
	broker_store_tend(&b);
	assert_int_equal(2, chats("chat/r"));
	b.now = b.tend_at + 3600000;
	broker_store_tend(&b);
	assert_int_equal(1, chats("chat/r"));
	assert_int_equal(0, bans());
}

static void
tending_waits_for_its_time(void **state)
{
	(void)state;
	broker_store_tend(&b);
	b.now = START + 7 * DAY; /* it thinks that it is not due yet */
	b.tend_at = b.now + 1;
	add("chat/r", "old", START - 1);
	broker_store_tend(&b);
	assert_int_equal(1, chats("chat/r"));
}

static void
damaged_file_is_named_and_left_alone(void **state)
{
	char path[96];
	FILE *f;

	(void)state;
	end();
	snprintf(path, sizeof path, "%s/beckon.db", folder);
	f = fopen(path, "w");
	fputs("no database at all, but something that somebody needs", f);
	fclose(f);
	memset(&b, 0, sizeof b);
	b.conf.data = folder;
	assert_int_equal(-1, broker_store_open(&b, why, sizeof why));
	assert_non_null(strstr(why, path));
	assert_int_equal(-1, broker_store_check(folder, why, sizeof why));
	assert_non_null(strstr(why, path));
	remove(path);
	assert_int_equal(0, broker_store_check(folder, why, sizeof why));
	start(START);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(folder_is_made_for_nobody_else),
		TEST(ban_is_in_force_after_a_restart_until_it_ends),
		TEST(room_made_again_finds_its_chat_whatever_the_endpoint),
		TEST(chat_of_a_room_that_nobody_came_back_to_is_forgotten),
		TEST(chat_is_kept_for_as_many_days_as_the_endpoint_says),
		TEST(tending_waits_for_its_time),
		TEST(damaged_file_is_named_and_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
