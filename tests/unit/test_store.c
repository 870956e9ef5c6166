/* What was acknowledged must be there after a crash, and a file we cannot trust must not be touched. */
#include "store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

static char folder[64], path[96], why[256];

static int
make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/bk.store.XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/beckon.db", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	return system(command);
}

static struct store *
open_store(void)
{
	struct store *s = store_open(path, why, sizeof why);

	if (!s)
		fail_msg("%s", why);
	return s;
}

static void
add(struct store *s, const char *room, const char *id, const char *content, int64_t ts, int keep)
{
	struct chat_row row = { id, "ann", "Ann", content, ts, 0 };

	assert_int_equal(store_chat_add(s, room, &row, keep), 0);
}

/* Collects what a room holds as "id=content@edited ". */
struct text {
	char at[4096];
};

static void
collect_chat(void *context, const struct chat_row *row)
{
	struct text *t = context;
	size_t n = strlen(t->at);

	snprintf(t->at + n, sizeof t->at - n, "%s=%s@%d ", row->chat_id, row->content, (int)row->edited);
}

static void
collect_ban(void *context, const char *room, const struct ban_row *row)
{
	struct text *t = context;
	size_t n = strlen(t->at);

	snprintf(t->at + n, sizeof t->at - n, "%s:%s<%s until %d ", room, row->sub, row->by,
	    (int)row->until);
}

static void
assert_chat(struct store *s, const char *room, int limit, const char *expected)
{
	struct text t = { "" };

	assert_int_equal(store_load_chat(s, room, limit, collect_chat, &t), 0);
	assert_string_equal(t.at, expected);
}

static void
assert_bans(struct store *s, const char *room, const char *expected)
{
	struct text t = { "" };

	assert_int_equal(store_load_bans(s, room, collect_ban, &t), 0);
	assert_string_equal(t.at, expected);
}

static void
chat_comes_back_in_order_after_reopening(void **state)
{
	struct store *s = open_store();

	(void)state;
	store_begin(s);
	add(s, "chat/r1", "a", "\"one\"", 1, 1000);
	add(s, "chat/r1", "b", "\"two'); DROP TABLE chat;--\"", 2, 1000);
	add(s, "chat/r2", "a", "\"other room\"", 3, 1000);
	assert_int_equal(store_chat_edit(s, "chat/r1", "a", "\"ONE\"", 9), 0);
	assert_int_equal(store_commit(s), 0);
	store_close(s);
	s = open_store();
	assert_chat(s, "chat/r1", 50, "a=\"ONE\"@9 b=\"two'); DROP TABLE chat;--\"@0 ");
	assert_chat(s, "chat/r2", 50, "a=\"other room\"@0 ");
	assert_chat(s, "chat/none", 50, "");
	store_close(s);
}

static void
only_the_newest_are_kept_and_loaded(void **state)
{
	struct store *s = open_store();
	char id[16];

	(void)state;
	store_begin(s);
	for (int i = 0; i < 10; i++) {
		snprintf(id, sizeof id, "m%d", i);
		add(s, "zoom/r", id, "\"x\"", i, 3);
	}
	assert_int_equal(store_commit(s), 0);
	assert_chat(s, "zoom/r", 50, "m7=\"x\"@0 m8=\"x\"@0 m9=\"x\"@0 ");
	assert_chat(s, "zoom/r", 2, "m8=\"x\"@0 m9=\"x\"@0 ");
	store_close(s);
}

/* A process that dies between commit and the next batch loses nothing; before the commit, all. */
static void
a_crash_keeps_what_was_committed_and_nothing_else(void **state)
{
	struct store *s;
	pid_t child;
	int status;

	(void)state;
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		s = store_open(path, why, sizeof why);
		store_begin(s);
		add(s, "chat/r", "kept", "\"x\"", 1, 10);
		store_commit(s);
		store_begin(s);
		add(s, "chat/r", "lost", "\"x\"", 2, 10);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	s = open_store();
	assert_chat(s, "chat/r", 50, "kept=\"x\"@0 ");
	store_close(s);
}

static void
bans_survive_and_end_in_time(void **state)
{
	struct store *s = open_store();

	(void)state;
	store_begin(s);
	store_ban(s, "zoom/r", &(struct ban_row){ "bob", "ann", "spam", 100 });
	store_ban(s, "zoom/r", &(struct ban_row){ "cid", "ann", "", 200 });
	store_ban(s, "chat/r", &(struct ban_row){ "bob", "eve", "", 300 });
	store_ban(s, "zoom/r", &(struct ban_row){ "bob", "dan", "again", 150 });
	store_commit(s);
	store_close(s);
	s = open_store();
	assert_bans(s, "zoom/r", "zoom/r:bob<dan until 150 zoom/r:cid<ann until 200 ");
	assert_bans(s, NULL, "chat/r:bob<eve until 300 zoom/r:bob<dan until 150 zoom/r:cid<ann until 200 ");
	store_begin(s);
	assert_int_equal(store_expire_bans(s, 150), 0);
	assert_int_equal(store_unban(s, "chat/r", "bob"), 0);
	store_commit(s);
	assert_bans(s, NULL, "zoom/r:cid<ann until 200 ");
	store_close(s);
}

static void
old_chat_of_an_endpoint_is_removed_and_no_other(void **state)
{
	struct store *s = open_store();

	(void)state;
	store_begin(s);
	add(s, "chat/r", "old", "\"x\"", 10, 10);
	add(s, "chat/r", "new", "\"x\"", 20, 10);
	add(s, "zoom/r", "old", "\"x\"", 10, 10);
	add(s, "chat0", "old", "\"x\"", 10, 10);
	assert_int_equal(store_expire_chat(s, "chat/", 20), 0);
	assert_int_equal(store_room_forget(s, "zoom/r"), 0);
	store_commit(s);
	assert_chat(s, "chat/r", 9, "new=\"x\"@0 ");
	assert_chat(s, "zoom/r", 9, "");
	assert_chat(s, "chat0", 9, "old=\"x\"@0 ");
	store_close(s);
}

static bool
begins_with(void *context, const char *room)
{
	return strncmp(room, context, strlen(context)) == 0;
}

static void
rooms_that_are_not_wanted_are_forgotten(void **state)
{
	struct store *s = open_store();

	(void)state;
	store_begin(s);
	add(s, "zoom/a", "m", "\"x\"", 1, 10);
	add(s, "zoom/b1", "m", "\"x\"", 1, 10);
	add(s, "zoom/b2", "m", "\"x\"", 1, 10);
	add(s, "zoom/c", "m", "\"x\"", 1, 10);
	add(s, "chat/a", "m", "\"x\"", 1, 10);
	assert_int_equal(store_forget_unless(s, "zoom/", begins_with, "zoom/b"), 0);
	assert_int_equal(store_commit(s), 0);
	assert_chat(s, "zoom/a", 9, "");
	assert_chat(s, "zoom/b1", 9, "m=\"x\"@0 ");
	assert_chat(s, "zoom/b2", 9, "m=\"x\"@0 ");
	assert_chat(s, "zoom/c", 9, "");
	assert_chat(s, "chat/a", 9, "m=\"x\"@0 ");
	store_close(s);
}

/* What the store still holds may be forgotten in the room already: then an id may come again. */
static void
a_message_of_the_same_id_takes_the_old_ones_place_at_the_end(void **state)
{
	struct store *s = open_store();

	(void)state;
	store_begin(s);
	add(s, "chat/r", "a", "\"old\"", 1, 10);
	add(s, "chat/r", "b", "\"x\"", 2, 10);
	add(s, "chat/r", "a", "\"new\"", 3, 10);
	assert_int_equal(store_commit(s), 0);
	assert_chat(s, "chat/r", 9, "b=\"x\"@0 a=\"new\"@0 ");
	store_close(s);
}

static void
only_the_owner_may_read_the_file(void **state)
{
	const char *const companions[] = { "", "-wal", "-shm" };
	struct store *s;
	mode_t mask = umask(0);
	char file[128];
	struct stat st;

	(void)state;
	s = open_store();
	for (int i = 0; i < 3; i++) {
		snprintf(file, sizeof file, "%s%s", path, companions[i]);
		assert_int_equal(stat(file, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
	umask(mask);
	store_close(s);
}

static void
a_check_tells_what_opening_would_and_changes_nothing(void **state)
{
	struct stat st;
	FILE *f;

	(void)state;
	assert_int_equal(store_check(path, why, sizeof why), 0);
	assert_int_equal(stat(path, &st), -1);
	store_close(open_store());
	assert_int_equal(store_check(path, why, sizeof why), 0);
	f = fopen(path, "w");
	fputs("this is no database, whatever its name says", f);
	fclose(f);
	assert_int_equal(store_check(path, why, sizeof why), -1);
	assert_non_null(strstr(why, path));
}

static void
overwrite(const char *bytes, long at)
{
	FILE *f = fopen(path, "r+");

	assert_non_null(f);
	assert_int_equal(fseek(f, at, SEEK_SET), 0);
	assert_int_equal(fwrite(bytes, 1, strlen(bytes), f), strlen(bytes));
	assert_int_equal(fclose(f), 0);
}

static void
a_damaged_file_is_refused_with_its_name(void **state)
{
	struct store *s = open_store();

	(void)state;
	store_begin(s);
	for (int i = 0; i < 500; i++) {
		char id[16];

		snprintf(id, sizeof id, "m%d", i);
		add(s, "chat/r", id, "\"some text that fills pages\"", i, 1000);
	}
	assert_int_equal(store_commit(s), 0);
	store_close(s);
	overwrite("garbage garbage garbage garbage garbage", 4096);
	assert_null(store_open(path, why, sizeof why));
	assert_non_null(strstr(why, path));
	assert_non_null(strstr(why, "damaged"));
}

static void
a_file_that_is_not_sqlite_is_refused_and_left_alone(void **state)
{
	FILE *f = fopen(path, "w");
	struct stat before, after;

	(void)state;
	for (int i = 0; i < 1000; i++)
		fputs("this is a shopping list\n", f);
	fclose(f);
	stat(path, &before);
	assert_null(store_open(path, why, sizeof why));
	assert_non_null(strstr(why, path));
	stat(path, &after);
	assert_int_equal(before.st_size, after.st_size);
}

static void
run_sql(const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void
a_file_of_a_newer_version_is_refused(void **state)
{
	(void)state;
	store_close(open_store());
	run_sql("PRAGMA user_version = 99");
	assert_null(store_open(path, why, sizeof why));
	assert_non_null(strstr(why, "99"));
}

static void
somebody_elses_database_is_refused(void **state)
{
	(void)state;
	run_sql("CREATE TABLE shopping (list TEXT)");
	assert_null(store_open(path, why, sizeof why));
	assert_non_null(strstr(why, "another SQLite file"));
}

/* A writer that holds the lock stands for any failure: the batch is lost as a whole, and said so. */
static void
a_batch_that_cannot_be_written_fails_as_a_whole_and_the_next_one_works(void **state)
{
	struct store *s = open_store();
	sqlite3 *other;

	(void)state;
	assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(store_begin(s), -1);
	assert_int_equal(store_commit(s), -1);
	assert_true(strlen(store_why(s)) > 0);
	sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(other);
	assert_int_equal(store_begin(s), 0);
	add(s, "chat/r", "a", "\"x\"", 1, 10);
	assert_int_equal(store_commit(s), 0);
	assert_chat(s, "chat/r", 9, "a=\"x\"@0 ");
	store_close(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(chat_comes_back_in_order_after_reopening),
		TEST(only_the_newest_are_kept_and_loaded),
		TEST(a_crash_keeps_what_was_committed_and_nothing_else),
		TEST(bans_survive_and_end_in_time),
		TEST(old_chat_of_an_endpoint_is_removed_and_no_other),
		TEST(rooms_that_are_not_wanted_are_forgotten),
		TEST(a_message_of_the_same_id_takes_the_old_ones_place_at_the_end),
		TEST(only_the_owner_may_read_the_file),
		TEST(a_check_tells_what_opening_would_and_changes_nothing),
		TEST(a_damaged_file_is_refused_with_its_name),
		TEST(a_file_that_is_not_sqlite_is_refused_and_left_alone),
		TEST(a_file_of_a_newer_version_is_refused),
		TEST(somebody_elses_database_is_refused),
		TEST(a_batch_that_cannot_be_written_fails_as_a_whole_and_the_next_one_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
