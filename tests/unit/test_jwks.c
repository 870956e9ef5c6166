/* What an identity provider publishes: what of it is kept, what makes it not to be believed, and
 * that the file it is kept in is always a whole one. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <signal.h>

#include <cmocka.h>

#include "bounds.h"
#include "forge.h"
#include "jwks.h"
#include "keys.h"
#include "token.h"

static const char url[] = "https://idp.example/jwks";
static EVP_PKEY *rsa, *other, *weak, *p256;
static char folder[64], path[100], why[300];
static struct buf text;

static int
make_keys(void **state)
{
	(void)state;
	rsa = forge_rsa(2048);
	other = forge_rsa(2048);
	weak = forge_rsa(1024);
	p256 = forge_ec("P-256");
	return 0;
}

static int
free_keys(void **state)
{
	EVP_PKEY *all[] = { rsa, other, weak, p256 };

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		EVP_PKEY_free(all[i]);
	return 0;
}

static int
make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/bk.jwks.XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	why[0] = '\0';
	return jwks_path(path, sizeof(path), folder);
}

static int
remove_folder(void **state)
{
	char command[100];

	(void)state;
	buf_fini(&text);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

/* Distils {"keys":[inside]} into text. */
static int
distil(const char *inside)
{
	char *set = malloc(strlen(inside) + 100);
	int n;

	sprintf(set, "{\"x\":[1],\"keys\":[%s]}", inside);
	buf_reset(&text);
	n = jwks_distil(&text, set, strlen(set), url, "\"e1\"", why, sizeof(why));
	free(set);
	return n;
}

static void
not_believed(const char *inside, const char *because)
{
	assert_int_equal(distil(inside), -1);
	assert_string_equal(why, because);
	assert_int_equal(text.len, 0);
}

static const char *
jwk(const char *kid, const char *alg, EVP_PKEY *key)
{
	static char ring[8][2000];
	static int next;
	char *to = ring[next++ % 8];

	forge_jwk(to, kid, alg, key);
	return to;
}

/* a,b,…; NULL ends. */
static const char *
list(const char *first, ...)
{
	static char to[9000];
	va_list args;

	strcpy(to, first);
	va_start(args, first);
	for (const char *one; (one = va_arg(args, const char *)); strcat(to, one))
		strcat(to, ",");
	va_end(args);
	return to;
}

/* ---- what is kept ---- */

static void
of_a_key_only_what_verifies_is_kept(void **state)
{
	char in[3000], expected[4000], bare[1700];

	(void)state;
	forge_jwk(bare, "a", "RS256", rsa);
	snprintf(in, sizeof(in), "{\"x5c\":[\"AAAA\"],\"use\":\"sig\",\"extra\":{\"k\":1e999},%s",
	    bare + 1);
	assert_int_equal(distil(in), 1);
	snprintf(expected, sizeof(expected),
	    "{\"url\":\"https://idp.example/jwks\",\"etag\":\"\\\"e1\\\"\",\"keys\":["
	    "{\"kid\":\"a\",\"kty\":\"RSA\",\"alg\":\"RS256\",%s]}",
	    strstr(bare, "\"n\":"));
	assert_int_equal(text.len, strlen(expected));
	assert_memory_equal(text.at, expected, text.len);
}

/* Keycloak has a key for encryption in its set, others Ed25519: no reason to lock people out. */
static void
what_is_for_something_else_is_left_out(void **state)
{
	(void)state;
	assert_int_equal(
	    distil(list("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA\",\"kid\":\"o\"}",
		jwk("a", "RS256", rsa), jwk("p", "PS256", rsa), jwk("enc", "RSA-OAEP", other),
		jwk("weak", "RS256", weak), "7", "null", "[]", jwk("b", NULL, p256), NULL)),
	    2);
	assert_null(memmem(text.at, text.len, "enc", 3));
	assert_null(memmem(text.at, text.len, "weak", 4));
}

/* ---- what is not believed ---- */

static void
a_secret_in_it_makes_all_of_it_unbelievable(void **state)
{
	static const char said[] = "there is a secret among the published keys";
	static const char *const members[] = { "d", "p", "q", "dp", "dq", "qi", "oth", "k" };
	char private[2200], bare[2000];

	(void)state;
	not_believed("{\"kty\":\"oct\",\"k\":\"AAAA\",\"kid\":\"x\",\"alg\":\"HS256\"}", said);
	not_believed(list(jwk("a", NULL, rsa), "{\"kty\":\"oct\"}", NULL), said);
	not_believed(list("{\"kty\":\"OKP\",\"d\":\"AA\"}", jwk("a", NULL, rsa), NULL), said);
	forge_jwk(bare, "a", "RS256", rsa);
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		snprintf(private, sizeof(private), "{\"%s\":null,%s", members[i], bare + 1);
		not_believed(list(jwk("b", NULL, p256), private, NULL), said);
	}
}

static void
a_kid_that_names_two_keys_makes_all_of_it_unbelievable(void **state)
{
	(void)state;
	not_believed(list(jwk("b", NULL, p256), jwk("a", NULL, rsa), jwk("a", NULL, other), NULL),
	    "kid \"a\": expected once, got it again");
	not_believed(list(jwk("a", "RS256", rsa), jwk("a", "RS512", rsa), NULL),
	    "kid \"a\": expected once, got it again");
	/* Not so where only one of them is ours. */
	assert_int_equal(distil(list(jwk("a", "RSA-OAEP", rsa), jwk("a", "RS256", rsa), NULL)), 1);
	assert_int_equal(distil(list(jwk(NULL, NULL, rsa), jwk(NULL, NULL, p256), NULL)), 2);
}

static void
a_set_without_a_usable_key_is_none(void **state)
{
	(void)state;
	not_believed("", "there is no key in it");
	not_believed(jwk("w", "RS256", weak),
	    "no key in it can be used: RS256: expected 2048 to 8192 bits, got 1024");
	not_believed(jwk("a", "none", rsa), "no key in it can be used: alg \"none\": is not accepted");
	not_believed("7,8", "no key in it can be used: expected a JSON object, got something else");
}

static void
what_is_no_set_is_refused(void **state)
{
	static const char *const texts[] = { "", "{}", "[]", "null", "<html>", "{\"keys\":{}}",
		"{\"keys\":null}", "{\"keys\":[]}x", "{\"keys\":[", "\xff", "{\"KEYS\":[]}" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_int_equal(jwks_distil(&text, texts[i], strlen(texts[i]), url, "", why,
				     sizeof(why)), -1);
		assert_non_null(strstr(why, "expected a JWK set"));
	}
	assert_int_equal(text.len, 0);
}

static void
a_nested_bomb_is_refused(void **state)
{
	char *bomb = malloc(60000);

	(void)state;
	strcpy(bomb, "{\"keys\":");
	memset(bomb + 8, '[', 25000);
	memset(bomb + 25008, ']', 25000);
	strcpy(bomb + 50008, "}");
	assert_int_equal(
	    jwks_distil(&text, bomb, strlen(bomb), url, "", why, sizeof(why)), -1);
	free(bomb);
}

static void
more_keys_than_we_hold_are_refused(void **state)
{
	char *many = malloc((KEYS_MAX + 1) * 400), *at = many;
	char one[400], kid[8];

	(void)state;
	for (int i = 0; i <= KEYS_MAX; i++) {
		snprintf(kid, sizeof(kid), "k%d", i);
		forge_jwk(one, kid, NULL, p256);
		at += sprintf(at, "%s%s", i ? "," : "", one);
	}
	not_believed(many, "expected at most 64 keys, got 65");
	free(many);
}

static void
text_from_outside_cannot_forge_a_message(void **state)
{
	(void)state;
	assert_int_equal(distil(list(jwk("a\\nb", NULL, rsa), jwk("a\\nb", NULL, rsa), NULL)), -1);
	assert_null(strchr(why, '\n'));
}

/* ---- the file ---- */

static struct keys *
open_keys(const char *from)
{
	struct keys *keys = keys_open("/nonexistent", NULL, NULL);

	assert_int_equal(keys_use_fetched(keys, folder, from), 0);
	return keys;
}

static size_t
count(const char *from)
{
	struct keys *keys = open_keys(from);
	size_t n = 0;

	while (keys_at(keys, n))
		n++;
	keys_free(keys);
	return n;
}

static int
put(const char *inside)
{
	assert_true(distil(inside) > 0);
	return jwks_write(path, &text, why, sizeof(why));
}

static void
what_is_written_is_loaded(void **state)
{
	char etag[ETAG_MAX + 1];
	struct stat st;

	(void)state;
	jwks_etag(path, url, etag);
	assert_string_equal(etag, "");
	assert_int_equal(put(list(jwk("a", NULL, rsa), jwk("b", NULL, p256), NULL)), 1);
	assert_int_equal(count(url), 2);
	jwks_etag(path, url, etag);
	assert_string_equal(etag, "\"e1\"");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777 & ~0640, 0);
}

/* Or a configuration that now names another provider would still trust the old one. */
static void
a_set_from_another_address_is_not_used(void **state)
{
	char etag[ETAG_MAX + 1];

	(void)state;
	put(jwk("a", NULL, rsa));
	assert_int_equal(count("https://other.example/jwks"), 0);
	assert_int_equal(count(""), 0);
	jwks_etag(path, "https://other.example/jwks", etag);
	assert_string_equal(etag, "");
}

/* A file that is not touched makes nobody read it again. */
static void
the_same_set_again_leaves_the_file_alone(void **state)
{
	struct stat before, after;

	(void)state;
	put(jwk("a", NULL, rsa));
	stat(path, &before);
	assert_int_equal(put(jwk("a", NULL, rsa)), 0);
	stat(path, &after);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(put(jwk("b", NULL, rsa)), 1);
	stat(path, &after);
	assert_true(before.st_ino != after.st_ino);
}

static void
a_disk_that_is_full_leaves_the_old_set(void **state)
{
	struct rlimit all, none = { 100, 0 };

	(void)state;
	put(jwk("a", NULL, rsa));
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &all);
	none.rlim_max = all.rlim_max;
	setrlimit(RLIMIT_FSIZE, &none);
	assert_int_equal(put(jwk("b", NULL, rsa)), -1);
	setrlimit(RLIMIT_FSIZE, &all);
	assert_non_null(strstr(why, "cannot write"));
	assert_int_equal(count(url), 1);
	assert_int_equal(put(jwk("b", NULL, rsa)), 1);
}

static void
a_folder_that_cannot_be_written_is_said(void **state)
{
	(void)state;
	assert_true(distil(jwk("a", NULL, rsa)) > 0);
	assert_int_equal(jwks_write("/proc/nothing/jwks.json", &text, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "cannot make the folder"));
}

static void
a_file_that_others_may_write_is_not_used(void **state)
{
	(void)state;
	put(jwk("a", NULL, rsa));
	chmod(path, 0666);
	assert_int_equal(count(url), 0);
}

static void
what_is_damaged_is_not_used(void **state)
{
	static const char *const texts[] = { "", "x", "{}", "{\"url\":7,\"keys\":[]}",
		"{\"url\":\"https://idp.example/jwks\"}",
		"{\"url\":\"https://idp.example/jwks\",\"etag\":[],\"keys\":[1,{}]}" };
	char etag[ETAG_MAX + 1];

	(void)state;
	put(jwk("a", NULL, rsa));
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		int fd = open(path, O_WRONLY | O_TRUNC);

		assert_int_equal(write(fd, texts[i], strlen(texts[i])), strlen(texts[i]));
		close(fd);
		assert_int_equal(count(url), 0);
		jwks_etag(path, url, etag);
		assert_string_equal(etag, "");
	}
}

/* ---- together with a folder ---- */

static void
the_folders_key_goes_before_a_fetched_one_of_the_same_kid(void **state)
{
	static const char secret[] = "0123456789abcdef0123456789abcdef";
	const char *ignored;
	struct keys *keys;

	(void)state;
	put(list(jwk("a", NULL, rsa), jwk("b", NULL, p256), NULL));
	forge_file(folder, "a.HS256.secret", secret, 32);
	keys = keys_open(folder, NULL, NULL);
	keys_use_fetched(keys, folder, url);
	assert_non_null(keys_find(keys, "a", HS256, &ignored));
	assert_null(keys_find(keys, "a", RS256, &ignored));
	assert_non_null(keys_find(keys, "b", ES256, &ignored));
	keys_free(keys);
}

static int missed;

static bool
on_miss(void *context)
{
	const char *inside = context;

	missed++;
	if (inside)
		put(inside);
	return inside != NULL;
}

/* How a token of this kid and signer fares. */
static enum refusal
verify(struct keys *keys, const char *kid, const char *alg, EVP_PKEY *key, int64_t now)
{
	struct forge_signer by = { .digest = "SHA256", .key = key, .coordinate = key == p256 ? 32 : 0 };
	struct token_policy policy = { "", "", 0, "" };
	struct token t;
	char header[100], *token;
	enum refusal r;

	if (!key)
		by.secret = "x", by.secret_len = 1;
	snprintf(header, sizeof(header), "{\"alg\":\"%s\",\"kid\":\"%s\"}", alg, kid);
	token = forge_token(&by, header, "{\"sub\":\"ann\",\"exp\":9000000000}");
	r = token_verify(token, keys, &policy, now, &t, why, sizeof(why));
	free(token);
	return r;
}

/* The first token after a rotation is as good as the second. */
static void
a_missing_key_is_fetched_and_verifies_at_once(void **state)
{
	char inside[2000];
	struct keys *keys;

	(void)state;
	missed = 0;
	forge_jwk(inside, "new", NULL, p256);
	keys = open_keys(url);
	keys_on_miss(keys, on_miss, inside);
	assert_int_equal(verify(keys, "new", "ES256", p256, 1000), REFUSED_NOT);
	assert_int_equal(verify(keys, "new", "ES256", p256, 1000), REFUSED_NOT);
	assert_int_equal(missed, 1);
	keys_free(keys);
}

/* Authorizer and broker look at different moments; what one of them knows the other must. */
static void
a_key_that_just_came_is_seen_without_asking(void **state)
{
	struct keys *keys;

	(void)state;
	missed = 0;
	keys = open_keys(url);
	keys_on_miss(keys, on_miss, NULL);
	assert_int_equal(keys_refresh(keys, 1000), 0);
	put(jwk("new", NULL, p256));
	assert_int_equal(verify(keys, "new", "ES256", p256, 1001), REFUSED_NOT);
	assert_int_equal(missed, 0);
	keys_free(keys);
}

/* No secret ever comes from a provider; and a kid that is there needs no fetch to be wrong. */
static void
what_no_fetch_could_mend_asks_for_none(void **state)
{
	struct keys *keys;

	(void)state;
	missed = 0;
	put(jwk("a", NULL, p256));
	keys = open_keys(url);
	keys_on_miss(keys, on_miss, NULL);
	assert_int_equal(verify(keys, "new", "HS256", NULL, 1000), REFUSED_TOKEN_INVALID);
	assert_int_equal(verify(keys, "a", "RS256", rsa, 1000), REFUSED_TOKEN_INVALID);
	assert_int_equal(missed, 0);
	assert_int_equal(verify(keys, "new", "RS256", rsa, 1000), REFUSED_TOKEN_INVALID);
	assert_int_equal(missed, 1);
	keys_free(keys);
}

static void
a_key_that_is_withdrawn_is_refused(void **state)
{
	struct keys *keys;

	(void)state;
	put(list(jwk("old", NULL, p256), jwk("new", NULL, rsa), NULL));
	keys = open_keys(url);
	assert_int_equal(verify(keys, "old", "ES256", p256, 1000), REFUSED_NOT);
	put(jwk("new", NULL, rsa));
	assert_int_equal(verify(keys, "old", "ES256", p256, 2000), REFUSED_TOKEN_INVALID);
	assert_int_equal(verify(keys, "new", "RS256", rsa, 2000), REFUSED_NOT);
	keys_free(keys);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(of_a_key_only_what_verifies_is_kept),
		TEST(what_is_for_something_else_is_left_out),
		TEST(a_secret_in_it_makes_all_of_it_unbelievable),
		TEST(a_kid_that_names_two_keys_makes_all_of_it_unbelievable),
		TEST(a_set_without_a_usable_key_is_none),
		TEST(what_is_no_set_is_refused),
		TEST(a_nested_bomb_is_refused),
		TEST(more_keys_than_we_hold_are_refused),
		TEST(text_from_outside_cannot_forge_a_message),
		TEST(what_is_written_is_loaded),
		TEST(a_set_from_another_address_is_not_used),
		TEST(the_same_set_again_leaves_the_file_alone),
		TEST(a_disk_that_is_full_leaves_the_old_set),
		TEST(a_folder_that_cannot_be_written_is_said),
		TEST(a_file_that_others_may_write_is_not_used),
		TEST(what_is_damaged_is_not_used),
		TEST(the_folders_key_goes_before_a_fetched_one_of_the_same_kid),
		TEST(a_missing_key_is_fetched_and_verifies_at_once),
		TEST(a_key_that_just_came_is_seen_without_asking),
		TEST(what_no_fetch_could_mend_asks_for_none),
		TEST(a_key_that_is_withdrawn_is_refused),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
