/* store – chat and bans in SQLite: see store.h. */
#include "store.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "store_file.h"

enum { PREFIX_MAX = 15 }; /* bytes: "screenshare/" */

/* clang-format off */
enum statement {
	BEGIN, COMMIT, ROLLBACK,
	CHAT_ADD, CHAT_TRIM, CHAT_EDIT, CHAT_DELETE, ROOM_FORGET, BAN, UNBAN,
	EXPIRE_BANS, EXPIRE_CHAT, NEXT_ROOM, LOAD_CHAT, LOAD_BANS, LOAD_ALL_BANS,
	STATEMENTS
};

static const char *const sql[STATEMENTS] = {
	[BEGIN]         = "BEGIN IMMEDIATE",
	[COMMIT]        = "COMMIT",
	[ROLLBACK]      = "ROLLBACK",
	[CHAT_ADD]      = "INSERT OR REPLACE INTO chat"
	                  " (room, chat_id, author, name, content, ts, edited)"
	                  " VALUES (?, ?, ?, ?, ?, ?, ?)",
	[CHAT_TRIM]     = "DELETE FROM chat WHERE room = ?1 AND id <="
	                  " (SELECT id FROM chat WHERE room = ?1"
	                  " ORDER BY id DESC LIMIT 1 OFFSET ?2)",
	[CHAT_EDIT]     = "UPDATE chat SET content = ?3, edited = ?4"
	                  " WHERE room = ?1 AND chat_id = ?2",
	[CHAT_DELETE]   = "DELETE FROM chat WHERE room = ? AND chat_id = ?",
	[ROOM_FORGET]   = "DELETE FROM chat WHERE room = ?",
	[BAN]           = "INSERT OR REPLACE INTO ban (room, sub, by, reason, until)"
	                  " VALUES (?, ?, ?, ?, ?)",
	[UNBAN]         = "DELETE FROM ban WHERE room = ? AND sub = ?",
	[EXPIRE_BANS]   = "DELETE FROM ban WHERE until <= ?",
	/* The plus signs: look among the old for the rooms, and not the other way round. */
	[EXPIRE_CHAT]   = "DELETE FROM chat WHERE +room >= ?1 AND +room < ?2 AND ts < ?3",
	[NEXT_ROOM]     = "SELECT room FROM chat WHERE room > ?1 AND room < ?2"
	                  " ORDER BY room LIMIT 1",
	[LOAD_CHAT]     = "SELECT chat_id, author, name, content, ts, edited FROM"
	                  " (SELECT * FROM chat WHERE room = ? ORDER BY id DESC LIMIT ?)"
	                  " ORDER BY id",
	[LOAD_BANS]     = "SELECT room, sub, by, reason, until FROM ban"
	                  " WHERE room = ? ORDER BY sub",
	[LOAD_ALL_BANS] = "SELECT room, sub, by, reason, until FROM ban ORDER BY room, sub",
};
/* clang-format on */

struct store {
	sqlite3 *db;
	sqlite3_stmt *statement[STATEMENTS];
	bool open;   /* a batch is under way */
	bool failed; /* and something in it went wrong */
	char why[256];
};

static int
store_fail(struct store *s)
{
	snprintf(s->why, sizeof s->why, "%s", sqlite3_errmsg(s->db));
	return -1;
}

const char *
store_why(const struct store *s)
{
	return s->why;
}

static int
prepare(struct store *s)
{
	for (int i = 0; i < STATEMENTS; i++)
		if (sqlite3_prepare_v3(s->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
			&s->statement[i], NULL))
			return -1;
	return 0;
}

struct store *
store_open(const char *path, char *why, size_t size)
{
	struct store *s = calloc(1, sizeof *s);

	assert(s);
	s->db = store_file_open(path, why, size);
	if (!s->db)
		goto fail;
	if (prepare(s)) {
		snprintf(why, size, "%s: %s", path, sqlite3_errmsg(s->db));
		goto fail;
	}
	return s;
fail:
	store_close(s);
	return NULL;
}

void
store_close(struct store *s)
{
	if (!s)
		return;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(s->statement[i]);
	sqlite3_close(s->db);
	free(s);
}

/* Binds arguments by a string of types, t text and i int64; ready to step. */
static sqlite3_stmt *
bind(struct store *s, enum statement which, const char *types, ...)
{
	sqlite3_stmt *statement = s->statement[which];
	va_list arguments;

	sqlite3_reset(statement);
	va_start(arguments, types);
	for (int i = 0; types[i]; i++) {
		if (types[i] == 't')
			sqlite3_bind_text(statement, i + 1, va_arg(arguments, const char *), -1,
			    SQLITE_STATIC);
		else
			sqlite3_bind_int64(statement, i + 1, va_arg(arguments, int64_t));
	}
	va_end(arguments);
	return statement;
}

/* Runs a statement that answers nothing. A failure spoils the batch. */
static int
run(struct store *s, sqlite3_stmt *statement)
{
	int rc = sqlite3_step(statement) == SQLITE_DONE ? 0 : store_fail(s);

	if (rc)
		s->failed = true;
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return rc;
}

int
store_begin(struct store *s)
{
	if (!s->open) {
		s->open = true;
		s->failed = false;
		run(s, s->statement[BEGIN]);
	}
	return s->failed ? -1 : 0;
}

bool
store_is_writing(const struct store *s)
{
	return s->open;
}

int
store_commit(struct store *s)
{
	if (!s->open)
		return 0;
	s->open = false;
	if (!s->failed && run(s, s->statement[COMMIT]) == 0)
		return 0;
	/* SQLite may have rolled back by itself (a full disk); asking again does no harm. */
	sqlite3_step(s->statement[ROLLBACK]);
	sqlite3_reset(s->statement[ROLLBACK]);
	return -1;
}

int
store_chat_add(struct store *s, const char *room, const struct chat_row *row, int keep)
{
	if (run(s, bind(s, CHAT_ADD, "tttttii", room, row->chat_id, row->author, row->name,
		       row->content, row->ts, row->edited)))
		return -1;
	return run(s, bind(s, CHAT_TRIM, "ti", room, (int64_t)keep));
}

int
store_chat_edit(struct store *s, const char *room, const char *chat_id, const char *content,
    int64_t edited)
{
	return run(s, bind(s, CHAT_EDIT, "ttti", room, chat_id, content, edited));
}

int
store_chat_delete(struct store *s, const char *room, const char *chat_id)
{
	return run(s, bind(s, CHAT_DELETE, "tt", room, chat_id));
}

int
store_room_forget(struct store *s, const char *room)
{
	return run(s, bind(s, ROOM_FORGET, "t", room));
}

int
store_ban(struct store *s, const char *room, const struct ban_row *row)
{
	return run(s, bind(s, BAN, "tttti", room, row->sub, row->by, row->reason, row->until));
}

int
store_unban(struct store *s, const char *room, const char *sub)
{
	return run(s, bind(s, UNBAN, "tt", room, sub));
}

int
store_expire_bans(struct store *s, int64_t now)
{
	return run(s, bind(s, EXPIRE_BANS, "i", now));
}

/* "chat/" ≤ room < "chat0": all that begin with the prefix, by the index. */
static void
end_of_prefix(const char *prefix, char end[PREFIX_MAX + 1])
{
	size_t n = strlen(prefix);

	assert(n > 0 && n <= PREFIX_MAX);
	memcpy(end, prefix, n + 1);
	end[n - 1]++;
}

int
store_expire_chat(struct store *s, const char *prefix, int64_t older)
{
	char end[PREFIX_MAX + 1];

	end_of_prefix(prefix, end);
	return run(s, bind(s, EXPIRE_CHAT, "tti", prefix, end, older));
}

/* A text column; never NULL, as none of ours may be. */
static const char *
text(sqlite3_stmt *statement, int column)
{
	const unsigned char *t = sqlite3_column_text(statement, column);

	return t ? (const char *)t : "";
}

/* The first room with chat after this one, to be freed. NULL: there is none, or reading failed. */
static char *
next_room(struct store *s, const char *room, const char *end)
{
	sqlite3_stmt *statement = bind(s, NEXT_ROOM, "tt", room, end);
	int step = sqlite3_step(statement);
	char *next = step == SQLITE_ROW ? strdup(text(statement, 0)) : NULL;

	if (step != SQLITE_ROW && step != SQLITE_DONE)
		s->failed = store_fail(s) != 0;
	sqlite3_reset(statement);
	return next;
}

int
store_forget_unless(struct store *s, const char *prefix, store_wants_room *wants, void *context)
{
	char end[PREFIX_MAX + 1], *room = strdup(prefix), *next;

	assert(room);
	end_of_prefix(prefix, end);
	while (!s->failed && (next = next_room(s, room, end))) {
		free(room);
		room = next;
		if (!wants(context, room))
			store_room_forget(s, room);
	}
	free(room);
	return s->failed ? -1 : 0;
}

int
store_load_chat(struct store *s, const char *room, int limit, store_each_chat *each, void *context)
{
	sqlite3_stmt *statement = bind(s, LOAD_CHAT, "ti", room, (int64_t)limit);
	int step;

	if (s->open && s->failed)
		return -1;
	while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
		struct chat_row row = {
			.chat_id = text(statement, 0),
			.author = text(statement, 1),
			.name = text(statement, 2),
			.content = text(statement, 3),
			.ts = sqlite3_column_int64(statement, 4),
			.edited = sqlite3_column_int64(statement, 5),
		};

		each(context, &row);
	}
	sqlite3_reset(statement);
	return step == SQLITE_DONE ? 0 : store_fail(s);
}

int
store_load_bans(struct store *s, const char *room, store_each_ban *each, void *context)
{
	sqlite3_stmt *statement = room ? bind(s, LOAD_BANS, "t", room) : bind(s, LOAD_ALL_BANS, "");
	int step;

	while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
		struct ban_row row = {
			.sub = text(statement, 1),
			.by = text(statement, 2),
			.reason = text(statement, 3),
			.until = sqlite3_column_int64(statement, 4),
		};

		each(context, text(statement, 0), &row);
	}
	sqlite3_reset(statement);
	return step == SQLITE_DONE ? 0 : store_fail(s);
}
