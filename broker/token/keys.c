/* keys – the folder of verification keys. */
#include "keys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "algorithm.h"
#include "buf.h"
#include "jwks.h"
#include "key_file.h"
#include "quote.h"

enum {
	LOOK_INTERVAL = 1000, /* ms between two looks at the folder */
	PROBLEM_SIZE = 256,   /* bytes of what is said about one file */
};

struct keys {
	char *folder;
	keys_complain *complain;
	void *context;
	struct key list[KEYS_MAX];
	size_t count;
	struct buf looks; /* of the folder when it was loaded: listing_describe */
	int64_t looked;	  /* ms; when, INT64_MIN: never by a clock */
	char *fetched, *url; /* a set from there is in this file; NULL: none */
	keys_miss *miss;
	void *miss_context;
};

/* ---- complaints ---- */

void
keys_problem(struct keys *k, const char *file, const char *format, ...)
{
	char problem[PROBLEM_SIZE], shown[256], message[PROBLEM_SIZE + 256 + 16];
	va_list args;

	if (!k->complain)
		return;
	va_start(args, format);
	vsnprintf(problem, sizeof(problem), format, args);
	va_end(args);
	snprintf(message, sizeof(message), "keys: %s: %s", quote(shown, sizeof(shown), file),
	    problem);
	k->complain(k->context, message);
}

/* ---- the set ---- */

void
key_fini(struct key *key)
{
	if (key->secret)
		explicit_bzero(key->secret, key->len);
	free(key->secret);
	EVP_PKEY_free(key->public);
	*key = (struct key){ 0 };
}

static void
forget(struct keys *k)
{
	for (size_t i = 0; i < k->count; i++)
		key_fini(&k->list[i]);
	k->count = 0;
}

static const struct key *
find_kid(const struct keys *k, const char *kid)
{
	for (size_t i = 0; i < k->count; i++)
		if (k->list[i].kid[0] && strcmp(k->list[i].kid, kid) == 0)
			return &k->list[i];
	return NULL;
}

bool
keys_have(const struct keys *k, const char *kid)
{
	return find_kid(k, kid) != NULL;
}

/* Two keys of one kid would make it a matter of luck which of them verifies: the first stays. */
void
keys_add(struct keys *k, const char *file, struct key *key)
{
	char shown[QUOTE_SIZE];

	if (key->kid[0] && find_kid(k, key->kid)) {
		keys_problem(k, file, "kid \"%s\": expected once, got it again",
		    quote(shown, sizeof(shown), key->kid));
	} else if (k->count == KEYS_MAX) {
		keys_problem(k, file, "expected at most %d keys, got more", KEYS_MAX);
	} else {
		k->list[k->count++] = *key;
		return;
	}
	key_fini(key);
}

/* ---- the folder ---- */

struct listing {
	int folder; /* descriptor; -1: cannot be read, and why */
	int error;
	struct dirent **names; /* of key files, sorted */
	int count;
};

static int
is_key_file(const struct dirent *entry)
{
	return key_file_is_one(entry->d_name);
}

static void
listing_open(struct listing *l, const char *path)
{
	*l = (struct listing){ .folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	if (l->folder >= 0)
		l->count = scandirat(l->folder, ".", &l->names, is_key_file, alphasort);
	if (l->folder < 0 || l->count < 0) {
		l->error = errno;
		l->count = 0;
	}
}

static void
listing_close(struct listing *l)
{
	for (int i = 0; i < l->count; i++)
		free(l->names[i]);
	free(l->names);
	if (l->folder >= 0)
		close(l->folder);
}

static void
describe(int folder, const char *name, struct buf *to)
{
	struct stat st;

	if (fstatat(folder, name, &st, 0) == 0)
		buf_fmt(to, "%s/%lld/%lld.%09ld/%llu/%o\n", name, (long long)st.st_size,
		    (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
		    (unsigned long long)st.st_ino, (unsigned)st.st_mode);
}

/* What stat sees, as text: if it differs from last time, something came, went or changed. */
static void
listing_describe(const struct listing *l, const char *fetched, struct buf *to)
{
	buf_fmt(to, "%d\n", l->error);
	for (int i = 0; i < l->count; i++)
		describe(l->folder, l->names[i]->d_name, to);
	if (fetched)
		describe(AT_FDCWD, fetched, to);
}

static bool
others_may_write(int folder)
{
	struct stat st;

	return fstat(folder, &st) == 0 && (st.st_mode & S_IWOTH);
}

static void
load_folder(struct keys *k, const struct listing *l)
{
	for (int i = 0; i < l->count; i++)
		key_file_load(k, l->folder, l->names[i]->d_name);
}

static void
load(struct keys *k, const struct listing *l)
{
	forget(k);
	if (l->error)
		keys_problem(k, k->folder, "expected a readable folder: %s", strerror(l->error));
	else if (others_may_write(l->folder))
		keys_problem(k, k->folder, "any user of this machine may put a key there: "
					   "chmod o-w");
	else
		load_folder(k, l);
	if (k->fetched) /* last: what the operator put into the folder goes before it */
		key_file_load_fetched(k, k->fetched, k->url);
}

static bool
equal(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && memcmp(a->at, b->at, a->len) == 0;
}

/* Loads if the folder does not look as it did when it was last loaded. Returns 1 when it loaded.
 * The look is taken first: what changes while we load shows the next time. */
static int
look(struct keys *k)
{
	struct buf looks = BUF_INIT;
	struct listing l;
	int changed;

	listing_open(&l, k->folder);
	listing_describe(&l, k->fetched, &looks);
	changed = !buf_failed(&looks) && !equal(&looks, &k->looks);
	if (changed) {
		load(k, &l);
		buf_fini(&k->looks);
		k->looks = looks;
	} else {
		buf_fini(&looks);
	}
	listing_close(&l);
	return changed;
}

struct keys *
keys_open(const char *folder, keys_complain *complain, void *context)
{
	struct keys *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->complain = complain;
	k->context = context;
	k->looked = INT64_MIN;
	k->folder = strdup(folder);
	if (!k->folder) {
		free(k);
		return NULL;
	}
	look(k);
	return k;
}

void
keys_free(struct keys *k)
{
	if (!k)
		return;
	forget(k);
	buf_fini(&k->looks);
	free(k->folder);
	free(k->fetched);
	free(k->url);
	free(k);
}

int
keys_use_fetched(struct keys *k, const char *data_dir, const char *url)
{
	char path[4200];

	if (!url || url[0] == '\0')
		return 0;
	if (jwks_path(path, sizeof(path), data_dir) != 0)
		return -1;
	k->fetched = strdup(path);
	k->url = strdup(url);
	if (!k->fetched || !k->url)
		return -1;
	look(k);
	return 0;
}

void
keys_on_miss(struct keys *k, keys_miss *miss, void *context)
{
	k->miss = miss;
	k->miss_context = context;
}

int
keys_refresh(struct keys *k, int64_t now)
{
	if (k->looked != INT64_MIN && now >= k->looked && now - k->looked < LOOK_INTERVAL)
		return 0;
	k->looked = now;
	return look(k);
}

bool
keys_seek(struct keys *k, const char *kid, enum algorithm a)
{
	bool loaded = look(k);

	if (!k->miss || find_kid(k, kid) || algorithm_table[a].kind == KEY_SECRET)
		return loaded;
	return (k->miss(k->miss_context) && look(k)) || loaded;
}

/* ---- finding ---- */

static const struct key *
find_only(const struct keys *k, enum algorithm a, const char **why)
{
	const struct key *found = NULL;

	*why = "no key has this algorithm";
	for (size_t i = 0; i < k->count; i++) {
		if (k->list[i].algorithm != a)
			continue;
		if (found) {
			*why = "several keys have this algorithm and the token names none (kid)";
			return NULL;
		}
		found = &k->list[i];
	}
	return found;
}

const struct key *
keys_find(const struct keys *k, const char *kid, enum algorithm a, const char **why)
{
	const struct key *key;

	if (!kid)
		return find_only(k, a, why);
	key = find_kid(k, kid);
	if (key && key->algorithm == a)
		return key;
	*why = key ? "the key of this kid is for another algorithm" : "no key has this kid";
	return NULL;
}

const struct key *
keys_at(const struct keys *k, size_t i)
{
	return i < k->count ? &k->list[i] : NULL;
}
