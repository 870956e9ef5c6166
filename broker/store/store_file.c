/* store_file – see store_file.h. */
#include "store_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store.h"

enum {
	STORE_VERSION = 1,
	STORE_APPLICATION = 0x426b6e31, /* "Bkn1" */
};

/* WAL: a commit is one sequential write. FULL: it is on the disk when we acknowledge. */
static const char modes[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL";

/* clang-format off */
/* What brings a file of version i to version i + 1. */
static const char *const migrations[STORE_VERSION] = {
	"CREATE TABLE chat ("
	"  id INTEGER PRIMARY KEY,"
	"  room TEXT NOT NULL, chat_id TEXT NOT NULL,"
	"  author TEXT NOT NULL, name TEXT NOT NULL, content TEXT NOT NULL,"
	"  ts INTEGER NOT NULL, edited INTEGER NOT NULL DEFAULT 0,"
	"  UNIQUE (room, chat_id));"
	"CREATE INDEX chat_by_room ON chat (room, id);"
	"CREATE INDEX chat_by_time ON chat (ts);"
	"CREATE TABLE ban ("
	"  room TEXT NOT NULL, sub TEXT NOT NULL,"
	"  by TEXT NOT NULL, reason TEXT NOT NULL, until INTEGER NOT NULL,"
	"  PRIMARY KEY (room, sub)) WITHOUT ROWID;",
};
/* clang-format on */

/* One integer that a PRAGMA answers with, or -1. */
static long
pragma_number(sqlite3 *db, const char *pragma)
{
	sqlite3_stmt *statement = NULL;
	long number = -1;

	if (sqlite3_prepare_v2(db, pragma, -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		number = (long)sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

/* Is the file whole? SQLite finds damage only where it looks, so look everywhere once. */
static bool
is_sound(sqlite3 *db)
{
	sqlite3_stmt *statement = NULL;
	bool sound = false;

	if (sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW) {
		const unsigned char *text = sqlite3_column_text(statement, 0);

		sound = text && strcmp((const char *)text, "ok") == 0;
	}
	sqlite3_finalize(statement);
	return sound;
}

static int
migrate(sqlite3 *db, long version)
{
	char pragma[128];

	for (; version < STORE_VERSION; version++) {
		snprintf(pragma, sizeof pragma,
		    "PRAGMA application_id = %d; PRAGMA user_version = %ld", STORE_APPLICATION,
		    version + 1);
		if (sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL) ||
		    sqlite3_exec(db, migrations[version], NULL, NULL, NULL) ||
		    sqlite3_exec(db, pragma, NULL, NULL, NULL) ||
		    sqlite3_exec(db, "COMMIT", NULL, NULL, NULL))
			return -1;
	}
	return 0;
}

/* Is this file one of ours, of a version we know? Reads only. */
static int
examine(sqlite3 *db, const char *path, long *version, char *why, size_t size)
{
	long tables = pragma_number(db, "SELECT count(*) FROM sqlite_master");
	long application = pragma_number(db, "PRAGMA application_id");

	*version = pragma_number(db, "PRAGMA user_version");
	if (tables < 0 || *version < 0 || !is_sound(db)) {
		snprintf(why, size, "%s: expected a SQLite file, found it damaged (%s); move it "
		    "away or restore a copy", path, sqlite3_errmsg(db));
		return -1;
	}
	if (tables > 0 && application != STORE_APPLICATION) {
		snprintf(why, size, "%s: expected a file of Beckon, found another SQLite file",
		    path);
		return -1;
	}
	if (*version > STORE_VERSION) {
		snprintf(why, size, "%s: expected version %d or older, found %ld of a newer Beckon",
		    path, STORE_VERSION, *version);
		return -1;
	}
	return 0;
}

/* SQLite would make the file readable for all; its companions (-wal, -shm) get the file's mode. */
static int
make_file(const char *path, char *why, size_t size)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0) {
		snprintf(why, size, "%s: cannot be opened: %s", path, strerror(errno));
		return -1;
	}
	close(fd);
	return 0;
}

sqlite3 *
store_file_open(const char *path, char *why, size_t size)
{
	sqlite3 *db = NULL;
	int rc = -1;
	long version;

	if (make_file(path, why, size))
		return NULL;
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL)) {
		snprintf(why, size, "%s: %s", path, sqlite3_errmsg(db));
		goto out;
	}
	/* Nobody else writes; a reader with the sqlite3 shell may hold a lock for a moment. */
	sqlite3_busy_timeout(db, 1000);
	if (examine(db, path, &version, why, size))
		goto out;
	if (sqlite3_exec(db, modes, NULL, NULL, NULL) || migrate(db, version)) {
		snprintf(why, size, "%s: %s", path, sqlite3_errmsg(db));
		goto out;
	}
	rc = 0;
out:
	if (rc) {
		sqlite3_close(db);
		db = NULL;
	}
	return db;
}

int
store_check(const char *path, char *why, size_t size)
{
	sqlite3 *db = NULL;
	long version;
	int rc = -1;

	if (access(path, F_OK) && errno == ENOENT)
		return 0;
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL))
		snprintf(why, size, "%s: %s", path, sqlite3_errmsg(db));
	else
		rc = examine(db, path, &version, why, size);
	sqlite3_close(db);
	return rc;
}
