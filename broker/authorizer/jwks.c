/* jwks – judged, cut down, written. */
#include "jwks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "bounds.h"
#include "json.h"
#include "jwk.h"
#include "quote.h"
#include "slurp.h"

enum { PROBLEM_SIZE = 256 };

int
jwks_path(char *to, size_t size, const char *data_dir)
{
	int n = snprintf(to, size, "%s/jwks/jwks.json", data_dir);

	return n >= 0 && (size_t)n < size ? 0 : -1;
}

/* ---- what is kept of a set ---- */

static void
copy_members(cJSON *to, const cJSON *jwk)
{
	static const char *const names[] = { "kid", "kty", "alg", "n", "e", "crv", "x", "y" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const cJSON *value = cJSON_GetObjectItemCaseSensitive(jwk, names[i]);

		if (cJSON_IsString(value))
			cJSON_AddStringToObject(to, names[i], value->valuestring);
	}
}

static bool
has_kid(const cJSON *list, const char *kid)
{
	const cJSON *jwk;

	cJSON_ArrayForEach(jwk, list) {
		const char *other =
		    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(jwk, "kid"));

		if (other && strcmp(other, kid) == 0)
			return true;
	}
	return false;
}

/* Takes over what can be used of one key, which may be nothing. -1: the set is not to be believed.
 * Where why is empty it gets what was wrong with the first key left out. */
static int
distil_key(cJSON *kept, const cJSON *jwk, char *why, size_t size)
{
	char problem[PROBLEM_SIZE], shown[QUOTE_SIZE];
	struct key key;
	cJSON *copy;
	bool again;

	if (jwk_is_secret(jwk)) {
		snprintf(why, size, "there is a secret among the published keys");
		return -1;
	}
	if (jwk_read(jwk, &key, problem, sizeof(problem)) != 0) {
		if (!why[0])
			snprintf(why, size, "no key in it can be used: %s", problem);
		return 0;
	}
	again = key.kid[0] && has_kid(kept, key.kid);
	if (again)
		snprintf(why, size, "kid \"%s\": expected once, got it again",
		    quote(shown, sizeof(shown), key.kid));
	key_fini(&key);
	if (again)
		return -1;
	copy = cJSON_CreateObject();
	copy_members(copy, jwk);
	cJSON_AddItemToArray(kept, copy);
	return 0;
}

/* Fills kept; its size, or -1 with why. */
static int
distil_list(cJSON *kept, const cJSON *list, char *why, size_t size)
{
	const cJSON *jwk;
	int count;

	why[0] = '\0';
	cJSON_ArrayForEach(jwk, list)
		if (distil_key(kept, jwk, why, size) != 0)
			return -1;
	count = cJSON_GetArraySize(kept);
	if (count == 0 && !why[0])
		snprintf(why, size, "there is no key in it");
	if (count > KEYS_MAX)
		snprintf(why, size, "expected at most %d keys, got %d", KEYS_MAX, count);
	return count > 0 && count <= KEYS_MAX ? count : -1;
}

/* Appends it; 0, or -1 with why. */
static int
print(struct buf *to, const cJSON *set, char *why, size_t size)
{
	char *text = cJSON_PrintUnformatted(set);
	size_t len = text ? strlen(text) : 0;
	int rc = -1;

	if (!text)
		snprintf(why, size, "out of memory");
	else if (len > KEY_FILE_MAX)
		snprintf(why, size, "expected at most %d bytes, got %zu", KEY_FILE_MAX, len);
	else
		rc = 0;
	if (rc == 0)
		buf_add(to, text, len);
	cJSON_free(text);
	return rc;
}

int
jwks_distil(struct buf *to, const char *text, size_t len, const char *url, const char *etag,
    char *why, size_t size)
{
	cJSON *set = json_valid(text, len) ? cJSON_ParseWithLength(text, len) : NULL;
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(set, "keys");
	cJSON *copy = cJSON_CreateObject(), *kept;
	int count = -1;

	cJSON_AddStringToObject(copy, "url", url);
	cJSON_AddStringToObject(copy, "etag", etag);
	kept = cJSON_AddArrayToObject(copy, "keys");
	if (!cJSON_IsArray(list))
		snprintf(why, size, "expected a JWK set, {\"keys\":[…]}, got something else");
	else
		count = distil_list(kept, list, why, size);
	if (count > 0 && print(to, copy, why, size) != 0)
		count = -1;
	cJSON_Delete(copy);
	cJSON_Delete(set);
	return count;
}

/* ---- the file ---- */

static int
failed(const char *path, const char *what, char *why, size_t size)
{
	snprintf(why, size, "%s: %s: %s", path, what, strerror(errno));
	return -1;
}

static bool
holds(const char *path, const struct buf *text)
{
	char *now = malloc(KEY_FILE_MAX);
	ssize_t n = now ? slurp(AT_FDCWD, path, now, KEY_FILE_MAX) : -1;
	bool same = n >= 0 && (size_t)n == text->len && memcmp(now, text->at, text->len) == 0;

	free(now);
	return same;
}

/* A rename is on the disk when its folder is. */
static int
sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 ? -1 : fsync(fd);

	if (fd >= 0)
		close(fd);
	return rc;
}

static int
write_new(const char *path, const struct buf *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	int rc = -1, error;

	if (fd < 0)
		return -1;
	errno = ENOSPC; /* what a short write means */
	if (write(fd, text->at, text->len) == (ssize_t)text->len && fsync(fd) == 0)
		rc = 0;
	error = errno;
	close(fd);
	errno = error;
	return rc;
}

int
jwks_write(const char *path, const struct buf *text, char *why, size_t size)
{
	const char *slash = strrchr(path, '/');
	char folder[4200], next[4200];

	if (!slash || strlen(path) + 8 > sizeof(next)) {
		snprintf(why, size, "%s: expected a shorter path", path);
		return -1;
	}
	if (holds(path, text))
		return 0;
	snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
	snprintf(next, sizeof(next), "%s.new", path);
	if (mkdir(folder, 0750) != 0 && errno != EEXIST)
		return failed(folder, "cannot make the folder", why, size);
	if (write_new(next, text) != 0)
		return failed(next, "cannot write", why, size);
	if (rename(next, path) != 0 || sync_folder(folder) != 0)
		return failed(path, "cannot replace", why, size);
	return 1;
}

void
jwks_etag(const char *path, const char *url, char *to)
{
	char *text = malloc(KEY_FILE_MAX);
	ssize_t n = text ? slurp(AT_FDCWD, path, text, KEY_FILE_MAX) : -1;
	cJSON *set = n > 0 ? cJSON_ParseWithLength(text, (size_t)n) : NULL;
	const char *from = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(set, "url"));
	const char *etag = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(set, "etag"));

	to[0] = '\0';
	if (from && etag && strcmp(from, url) == 0 && strlen(etag) <= ETAG_MAX)
		strcpy(to, etag);
	cJSON_Delete(set);
	free(text);
}
