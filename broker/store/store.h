/* store – what outlives the broker: chat and bans, in one SQLite file.
 *
 * One writer, the broker. Work is written in batches: store_begin, some writes, store_commit; only
 * after the commit may anything be acknowledged. Reading happens when a room opens. It refuses to
 * know who may write what, and how much is kept is told to it. Implemented in store.c (and
 * store_file.c: the file itself), which alone know SQLite. All calls may block on the disk.
 *
 * The file's layout has a version (PRAGMA user_version); older ones are brought up to date when it
 * is opened, newer or damaged ones are refused with a message, untouched. */
#ifndef BECKON_STORE_H
#define BECKON_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

struct chat_row {
	const char *chat_id;
	const char *author;  /* sub */
	const char *name;    /* displayName then */
	const char *content; /* chatContent as a JSON string, quotes included */
	int64_t ts, edited;  /* ms since 1970; edited 0: never */
};

struct ban_row {
	const char *sub;
	const char *by;	   /* sub of the host, or "operator" */
	const char *reason;
	int64_t until;	   /* ms since 1970 */
};

/* Opens or makes the file (mode 0600). NULL with one line in why: path, what was expected, what is
 * there. */
struct store *store_open(const char *path, char *why, size_t size);
void store_close(struct store *s);

/* Would it open? Reads only; a file that is not there is fine. 0, or -1 with why. */
int store_check(const char *path, char *why, size_t size);

/* A batch. begin is cheap and may be repeated: it joins the batch under way. commit makes all since
 * then durable. Each returns 0, or -1: then nothing of the batch is kept, it is over, and store_why
 * tells (disk full, I/O error). A write that fails fails the commit as well. */
int store_begin(struct store *s);
int store_commit(struct store *s);
bool store_is_writing(const struct store *s); /* a batch is under way */
const char *store_why(const struct store *s);

/* Writes, inside a batch. room is "endpoint/room". Editing or deleting what is not there is fine.
 * store_chat_add keeps the newest `keep` messages of the room; one of the same id is replaced. */
int store_chat_add(struct store *s, const char *room, const struct chat_row *row, int keep);
int store_chat_edit(struct store *s, const char *room, const char *chat_id, const char *content,
    int64_t edited);
int store_chat_delete(struct store *s, const char *room, const char *chat_id);
int store_room_forget(struct store *s, const char *room); /* its chat; bans stay */
int store_ban(struct store *s, const char *room, const struct ban_row *row);
int store_unban(struct store *s, const char *room, const char *sub);

/* Removes bans that ended before now, and chat of rooms "prefix…" written before `older`. */
int store_expire_bans(struct store *s, int64_t now);
int store_expire_chat(struct store *s, const char *prefix, int64_t older);

/* Forgets the chat of those rooms "prefix…" that are not wanted. */
typedef bool store_wants_room(void *context, const char *room);
int store_forget_unless(struct store *s, const char *prefix, store_wants_room *wants,
    void *context);

/* Reading; rows are borrowed for the call. Oldest first, at most the newest `limit`. What the batch
 * under way has written is seen; in one that has failed nothing is read. Returns 0, or -1 with
 * store_why. */
typedef void store_each_chat(void *context, const struct chat_row *row);
typedef void store_each_ban(void *context, const char *room, const struct ban_row *row);
int store_load_chat(struct store *s, const char *room, int limit, store_each_chat *each,
    void *context);
int store_load_bans(struct store *s, const char *room, store_each_ban *each,
    void *context); /* room NULL: of all rooms */

#endif
