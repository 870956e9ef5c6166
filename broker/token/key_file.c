/* key_file – names, secrets, PEM, JWK sets. */
#include "key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cjson/cJSON.h>

#include "algorithm.h"
#include "json.h"
#include "jwk.h"
#include "pubkey.h"
#include "quote.h"
#include "slurp.h"

enum { PROBLEM_SIZE = 256 }; /* bytes of what is said about one key */

static void
load_pem(struct keys *k, const char *file, struct key *key, const char *text, size_t len)
{
	char why[PROBLEM_SIZE] = "";

	key->public = pubkey_read(text, len, why, sizeof(why));
	if (key->public && pubkey_check(key->public, key->algorithm, why, sizeof(why)) == 0) {
		keys_add(k, file, key);
	} else {
		keys_problem(k, file, "%s", why);
		key_fini(key);
	}
}

static void
load_secret(struct keys *k, const char *file, struct key *key, const char *text, size_t len)
{
	const struct algorithm_row *row = &algorithm_table[key->algorithm];

	if (len > 0 && text[len - 1] == '\n')
		len--;
	if (row->kind != KEY_SECRET) {
		keys_problem(k, file, "%s: expected a public key in a .pem, got a secret",
		    row->name);
		return;
	}
	if (len < row->least) { /* RFC 7518 §3.2 */
		keys_problem(k, file, "%s: expected a secret of at least %zu bytes, got %zu",
		    row->name, row->least, len);
		return;
	}
	key->secret = malloc(len + 1);
	if (!key->secret) {
		keys_problem(k, file, "out of memory");
		return;
	}
	memcpy(key->secret, text, len);
	key->secret[len] = '\0';
	key->len = len;
	keys_add(k, file, key);
}

static void
load_jwk(struct keys *k, const char *file, const cJSON *jwk, int number)
{
	const cJSON *kid = cJSON_GetObjectItemCaseSensitive(jwk, "kid");
	char why[PROBLEM_SIZE], shown[QUOTE_SIZE];
	struct key key;

	if (jwk_read(jwk, &key, why, sizeof(why)) == 0)
		keys_add(k, file, &key);
	else if (cJSON_IsString(kid))
		keys_problem(k, file, "kid \"%s\": %s",
		    quote(shown, sizeof(shown), kid->valuestring), why);
	else
		keys_problem(k, file, "key %d: %s", number, why);
}

static cJSON *
parse(const char *text, size_t len)
{
	/* cJSON is lenient, and nesting is its stack. */
	return json_valid(text, len) ? cJSON_ParseWithLength(text, len) : NULL;
}

static void
load_jwks(struct keys *k, const char *file, const char *text, size_t len)
{
	const cJSON *jwk, *list;
	cJSON *set = parse(text, len);
	int number = 0, others = 0;

	list = cJSON_GetObjectItemCaseSensitive(set, "keys");
	if (!cJSON_IsArray(list))
		keys_problem(k, file, "expected a JWK set, {\"keys\":[…]}, got something else");
	cJSON_ArrayForEach(jwk, list) {
		number++;
		if (jwk_is_for_encryption(jwk))
			others++;
		else
			load_jwk(k, file, jwk, number);
	}
	if (others > 0 && others == number)
		keys_problem(k, file,
		    "expected a key for signatures, got keys for encryption alone");
	cJSON_Delete(set);
}

/* What a file may be, by the end of its name. The loader gets the content, and a key with the kid
 * and algorithm of the name. */
static const struct form {
	const char *suffix;
	void (*load)(struct keys *k, const char *file, struct key *key, const char *text,
	    size_t len);
	mode_t forbidden; /* of its mode */
} forms[] = {
	{ ".pem", load_pem, S_IWOTH },
	{ ".secret", load_secret, S_IWOTH | S_IROTH },
};

static const char jwks_name[] = "jwks.json";

static const struct form *
form_of(const char *file)
{
	size_t n = strlen(file);

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		size_t m = strlen(forms[i].suffix);

		if (n > m && strcmp(file + n - m, forms[i].suffix) == 0)
			return &forms[i];
	}
	return NULL;
}

/* KID.ALG.suffix, where KID may contain dots. */
static int
read_name(struct keys *k, const char *file, const struct form *form, struct key *key)
{
	size_t n = strlen(file) - strlen(form->suffix);
	const char *dot = memrchr(file, '.', n);
	size_t kid_len = dot ? (size_t)(dot - file) : 0;

	if (kid_len == 0 || kid_len >= sizeof(key->kid)) {
		keys_problem(k, file, "expected a name like KID.ALG%s, KID of 1 to 128 bytes",
		    form->suffix);
		return -1;
	}
	*key = (struct key){ 0 };
	memcpy(key->kid, file, kid_len);
	key->algorithm = algorithm_find(dot + 1, n - kid_len - 1);
	if (key->algorithm == ALG_NONE) {
		keys_problem(k, file, "expected HS, RS or ES with 256, 384 or 512 before %s",
		    form->suffix);
		return -1;
	}
	return 0;
}

/* Who can read a secret can be anybody to us, and so can who can write any key. */
static bool
is_private(struct keys *k, int folder, const char *file, mode_t forbidden)
{
	struct stat st;

	if (fstatat(folder, file, &st, 0) != 0 || !(st.st_mode & forbidden))
		return true; /* where it is not there, reading it will say so */
	keys_problem(k, file, "any user of this machine may %s it: chmod o-rw",
	    st.st_mode & S_IWOTH ? "write to" : "read");
	return false;
}

void
key_file_load(struct keys *k, int folder, const char *file)
{
	const struct form *form = form_of(file);
	char *text = NULL;
	struct key key;
	ssize_t n;

	if (form && read_name(k, file, form, &key) != 0)
		return;
	if (!is_private(k, folder, file, form ? form->forbidden : S_IWOTH))
		return;
	text = malloc(KEY_FILE_MAX);
	n = text ? slurp(folder, file, text, KEY_FILE_MAX) : -1;
	if (n < 0)
		keys_problem(k, file, "expected a readable regular file of at most %d bytes: %s",
		    KEY_FILE_MAX, strerror(errno));
	else if (form)
		form->load(k, file, &key, text, (size_t)n);
	else
		load_jwks(k, file, text, (size_t)n);
	if (n > 0)
		explicit_bzero(text, (size_t)n);
	free(text);
}

static void
load_fetched(struct keys *k, const char *path, const char *url, const char *text, size_t len)
{
	cJSON *set = parse(text, len);
	const char *from = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(set, "url"));
	const cJSON *jwk, *list = cJSON_GetObjectItemCaseSensitive(set, "keys");
	int number = 0;

	if (!from || strcmp(from, url) != 0)
		list = NULL; /* another provider's, of before the configuration changed */
	cJSON_ArrayForEach(jwk, list) {
		const char *kid =
		    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(jwk, "kid"));

		number++;
		if (!kid || !keys_have(k, kid))
			load_jwk(k, path, jwk, number);
	}
	cJSON_Delete(set);
}

void
key_file_load_fetched(struct keys *k, const char *path, const char *url)
{
	char *text;
	ssize_t n;

	if (!is_private(k, AT_FDCWD, path, S_IWOTH))
		return;
	text = malloc(KEY_FILE_MAX);
	n = text ? slurp(AT_FDCWD, path, text, KEY_FILE_MAX) : -1;
	if (n >= 0)
		load_fetched(k, path, url, text, (size_t)n);
	else if (errno != ENOENT)
		keys_problem(k, path, "cannot be read: %s", strerror(errno));
	free(text);
}

/* A README or an editor's own file is no key, and no reason to complain. */
bool
key_file_is_one(const char *name)
{
	if (name[0] == '.')
		return false;
	return form_of(name) || strcmp(name, jwks_name) == 0;
}
