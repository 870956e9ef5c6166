/* The folder of keys: what an operator may put there, what is left out with a word about it, and
 * that changes are seen. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "bounds.h"
#include "forge.h"
#include "keys.h"

static char folder[64];
static struct keys *keys;
static EVP_PKEY *rsa, *rsa_short, *p256, *p384;
static const char secret[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static char complaints[8000];
static int complained;

static void
note(void *context, const char *message)
{
	(void)context;
	complained++;
	snprintf(complaints + strlen(complaints), sizeof(complaints) - strlen(complaints), "%s\n",
	    message);
}

static int
make_keys(void **state)
{
	(void)state;
	rsa = forge_rsa(2048);
	rsa_short = forge_rsa(1024);
	p256 = forge_ec("P-256");
	p384 = forge_ec("P-384");
	return 0;
}

static int
free_keys(void **state)
{
	EVP_PKEY *all[] = { rsa, rsa_short, p256, p384 };

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		EVP_PKEY_free(all[i]);
	return 0;
}

static int
make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/bk.keys.XXXXXX");
	complaints[0] = '\0';
	complained = 0;
	return mkdtemp(folder) ? 0 : -1;
}

static int
remove_folder(void **state)
{
	char command[100];

	(void)state;
	keys_free(keys);
	keys = NULL;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static void
put(const char *name, const void *bytes, size_t n)
{
	forge_file(folder, name, bytes, n);
}

static size_t
count(void)
{
	size_t n = 0;

	while (keys_at(keys, n))
		n++;
	return n;
}

static void
load(void)
{
	keys_free(keys);
	complaints[0] = '\0';
	complained = 0;
	keys = keys_open(folder, note, NULL);
	assert_non_null(keys);
}

/* The folder holds this one file; it is refused with this message behind `keys: NAME: `. */
static void
alone_refused(const char *name, const char *because)
{
	char expected[400];

	load();
	assert_int_equal(count(), 0);
	snprintf(expected, sizeof(expected), "keys: %s: %s\n", name, because);
	assert_string_equal(complaints, expected);
	forge_remove(folder, name);
}

static const struct key *
find(const char *kid, enum algorithm a)
{
	const char *why = "";

	return keys_find(keys, kid, a, &why);
}

/* ---- what is good ---- */

static void
names_give_kid_and_algorithm(void **state)
{
	(void)state;
	put("dev.HS256.secret", secret, 32);
	put("a.b.c.HS512.secret", secret, 64);
	forge_public_pem(folder, "idp.RS384.pem", rsa);
	forge_certificate(folder, "cert.ES256.pem", p256);
	load();
	assert_string_equal(complaints, "");
	assert_int_equal(count(), 4);
	assert_non_null(find("dev", HS256));
	assert_non_null(find("a.b.c", HS512));
	assert_non_null(find("idp", RS384));
	assert_non_null(find("cert", ES256));
}

static void
one_trailing_newline_of_a_secret_is_ignored(void **state)
{
	(void)state;
	put("a.HS256.secret", "0123456789abcdef0123456789abcdef\n", 33);
	put("b.HS256.secret", "0123456789abcdef0123456789abcdef\n\n", 34);
	put("c.HS256.secret", "0123456789abcdef\0\n23456789abcdef", 32);
	load();
	assert_int_equal(find("a", HS256)->len, 32);
	assert_int_equal(find("b", HS256)->len, 33);
	assert_int_equal(find("c", HS256)->len, 32);
}

static void
other_files_are_left_alone(void **state)
{
	(void)state;
	put("README", "x", 1);
	put(".hidden.HS256.secret", secret, 32);
	put("dev.HS256.secret~", secret, 32);
	put("other.json", "{}", 2);
	load();
	assert_int_equal(count(), 0);
	assert_int_equal(complained, 0);
}

/* An RSA public key in the older form that `openssl rsa -RSAPublicKey_out` writes. */
static void
a_pkcs1_public_key_is_taken(void **state)
{
	char path[100];
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/old.RS256.pem", folder);
	f = fopen(path, "w");
	{
		unsigned char *der = NULL;
		int n = i2d_PublicKey(rsa, &der);

		PEM_write(f, PEM_STRING_RSA_PUBLIC, "", der, n);
		OPENSSL_free(der);
	}
	fclose(f);
	load();
	assert_string_equal(complaints, "");
	assert_non_null(find("old", RS256));
}

/* ---- what is left out ---- */

static void
a_name_without_kid_or_algorithm_is_refused(void **state)
{
	char name[160];

	(void)state;
	put("dev.secret", secret, 32);
	alone_refused("dev.secret", "expected a name like KID.ALG.secret, KID of 1 to 128 bytes");
	put("dev.hs256.secret", secret, 32);
	alone_refused(
	    "dev.hs256.secret", "expected HS, RS or ES with 256, 384 or 512 before .secret");
	put("dev.none.pem", secret, 32);
	alone_refused("dev.none.pem", "expected HS, RS or ES with 256, 384 or 512 before .pem");
	memset(name, 'k', 129);
	strcpy(name + 129, ".HS256.secret");
	put(name, secret, 32);
	alone_refused(name, "expected a name like KID.ALG.secret, KID of 1 to 128 bytes");
}

/* RFC 7518 §3.2: a secret shorter than its hash can be guessed sooner than it should. */
static void
a_secret_shorter_than_its_hash_is_refused(void **state)
{
	(void)state;
	put("dev.HS256.secret", secret, 31);
	alone_refused("dev.HS256.secret", "HS256: expected a secret of at least 32 bytes, got 31");
	put("dev.HS384.secret", secret, 47);
	alone_refused("dev.HS384.secret", "HS384: expected a secret of at least 48 bytes, got 47");
	put("dev.HS512.secret", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\n",
	    64);
	alone_refused("dev.HS512.secret", "HS512: expected a secret of at least 64 bytes, got 63");
	put("dev.HS256.secret", "", 0);
	alone_refused("dev.HS256.secret", "HS256: expected a secret of at least 32 bytes, got 0");
}

/* The confusion that forges tokens must not be possible by a file's name either. */
static void
a_public_key_is_no_secret_and_a_secret_no_public_key(void **state)
{
	(void)state;
	forge_public_pem(folder, "dev.HS256.pem", rsa);
	alone_refused("dev.HS256.pem", "HS256: expected a secret, got a public key");
	put("dev.RS256.secret", secret, 64);
	alone_refused("dev.RS256.secret", "RS256: expected a public key in a .pem, got a secret");
}

static void
a_private_key_is_refused(void **state)
{
	(void)state;
	forge_private_pem(folder, "dev.RS256.pem", rsa);
	alone_refused("dev.RS256.pem", "expected a public key, got a private one");
}

static void
a_short_rsa_key_is_refused(void **state)
{
	(void)state;
	forge_public_pem(folder, "dev.RS256.pem", rsa_short);
	alone_refused("dev.RS256.pem", "RS256: expected 2048 to 8192 bits, got 1024");
}

static void
type_and_curve_must_fit_the_algorithm(void **state)
{
	(void)state;
	forge_public_pem(folder, "dev.ES256.pem", p384);
	alone_refused("dev.ES256.pem", "ES256: expected the curve prime256v1, got secp384r1");
	forge_public_pem(folder, "dev.ES256.pem", rsa);
	alone_refused("dev.ES256.pem", "ES256: expected an EC key, got RSA");
	forge_public_pem(folder, "dev.RS256.pem", p256);
	alone_refused("dev.RS256.pem", "RS256: expected an RSA key, got EC");
}

static void
what_is_no_pem_is_refused(void **state)
{
	static const char damaged[] =
	    "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
	static const char other[] = "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n";

	(void)state;
	put("dev.RS256.pem", "hello", 5);
	alone_refused("dev.RS256.pem", "expected PEM, got something else");
	put("dev.RS256.pem", "", 0);
	alone_refused("dev.RS256.pem", "expected PEM, got something else");
	put("dev.RS256.pem", damaged, strlen(damaged));
	alone_refused("dev.RS256.pem", "the PUBLIC KEY in it is damaged");
	put("dev.RS256.pem", other, strlen(other));
	alone_refused("dev.RS256.pem", "expected a public key or a certificate, got \"X509 CRL\"");
}

static void
only_regular_files_of_bounded_size_are_read(void **state)
{
	char path[100];
	char *big = calloc(1, KEY_FILE_MAX + 1);

	(void)state;
	snprintf(path, sizeof(path), "%s/dev.HS256.secret", folder);
	mkfifo(path, 0600);
	alone_refused("dev.HS256.secret",
	    "expected a readable regular file of at most 65536 bytes: Invalid argument");
	mkdir(path, 0700);
	load();
	assert_int_equal(complained, 1);
	rmdir(path);
	put("dev.HS256.secret", big, KEY_FILE_MAX + 1);
	alone_refused("dev.HS256.secret",
	    "expected a readable regular file of at most 65536 bytes: File too large");
	put("dev.HS256.secret", big, KEY_FILE_MAX);
	load();
	assert_int_equal(count(), 1);
	free(big);
}

static void
a_bad_file_does_not_keep_the_good_ones_from_serving(void **state)
{
	(void)state;
	put("a.HS256.secret", secret, 1);
	put("b.HS256.secret", secret, 32);
	put("c.RS256.pem", "x", 1);
	load();
	assert_int_equal(complained, 2);
	assert_int_equal(count(), 1);
	assert_non_null(find("b", HS256));
}

static void
a_kid_given_twice_keeps_the_first(void **state)
{
	(void)state;
	put("dev.HS256.secret", secret, 32);
	forge_public_pem(folder, "dev.RS256.pem", rsa);
	load();
	assert_int_equal(count(), 1);
	assert_non_null(find("dev", HS256));
	assert_null(find("dev", RS256));
	assert_string_equal(
	    complaints, "keys: dev.RS256.pem: kid \"dev\": expected once, got it again\n");
}

static void
there_is_a_largest_number_of_keys(void **state)
{
	char name[40];

	(void)state;
	for (int i = 0; i < KEYS_MAX + 2; i++) {
		snprintf(name, sizeof(name), "k%02d.HS256.secret", i);
		put(name, secret, 32);
	}
	load();
	assert_int_equal(count(), KEYS_MAX);
	assert_int_equal(complained, 2);
	assert_non_null(strstr(complaints, "expected at most 64 keys, got more"));
}

static void
an_unreadable_folder_is_a_complaint_and_no_keys(void **state)
{
	(void)state;
	keys = keys_open("/nonexistent/keys", note, NULL);
	assert_non_null(keys);
	assert_int_equal(count(), 0);
	assert_string_equal(complaints,
	    "keys: /nonexistent/keys: expected a readable folder: No such "
	    "file or directory\n");
}

static void
a_file_name_cannot_forge_a_message(void **state)
{
	(void)state;
	put("a\nkeys: fine.x.pem", "x", 1);
	load();
	assert_non_null(strstr(complaints, "keys: a\\x0akeys: fine.x.pem: expected"));
}

/* ---- who else can read or write ---- */

static void
chmod_in(const char *name, mode_t mode)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(chmod(path, mode), 0);
}

/* Who reads the secret can be anybody to us. */
static void
a_secret_that_any_user_can_read_is_refused(void **state)
{
	(void)state;
	put("dev.HS256.secret", secret, 32);
	chmod_in("dev.HS256.secret", 0640); /* a group that broker and authorizer share */
	load();
	assert_int_equal(count(), 1);
	chmod_in("dev.HS256.secret", 0644);
	alone_refused(
	    "dev.HS256.secret", "any user of this machine may read it: chmod o-rw");
}

/* And so can who can replace a key. */
static void
a_key_that_any_user_can_write_is_refused(void **state)
{
	(void)state;
	put("dev.HS256.secret", secret, 32);
	chmod_in("dev.HS256.secret", 0602);
	alone_refused(
	    "dev.HS256.secret", "any user of this machine may write to it: chmod o-rw");
	forge_public_pem(folder, "dev.RS256.pem", rsa);
	chmod_in("dev.RS256.pem", 0644); /* public, as the name says */
	load();
	assert_int_equal(count(), 1);
	chmod_in("dev.RS256.pem", 0666);
	alone_refused("dev.RS256.pem", "any user of this machine may write to it: chmod o-rw");
	put("jwks.json", "{\"keys\":[]}", 11);
	chmod_in("jwks.json", 0666);
	alone_refused("jwks.json", "any user of this machine may write to it: chmod o-rw");
}

static void
a_folder_that_any_user_can_write_to_has_no_keys(void **state)
{
	(void)state;
	put("dev.HS256.secret", secret, 32);
	chmod_in(".", 01777);
	load();
	assert_int_equal(count(), 0);
	assert_int_equal(complained, 1);
	assert_non_null(strstr(complaints, "any user of this machine may put a key there"));
	chmod_in(".", 0700);
}

/* A mode is mended without a restart. */
static void
a_change_of_mode_is_seen(void **state)
{
	(void)state;
	put("dev.HS256.secret", secret, 32);
	chmod_in("dev.HS256.secret", 0644);
	load();
	assert_int_equal(keys_refresh(keys, 1000), 0);
	chmod_in("dev.HS256.secret", 0600);
	assert_int_equal(keys_refresh(keys, 2000), 1);
	assert_int_equal(count(), 1);
}

/* ---- JWK sets ---- */

static void
put_set(const char *inside)
{
	char text[9000];

	snprintf(text, sizeof(text), "{\"keys\":[%s]}", inside);
	put("jwks.json", text, strlen(text));
}

static void
a_set_gives_its_good_keys_and_names_the_others(void **state)
{
	char inside[8000] = "";

	(void)state;
	forge_jwk(inside, "r1", "RS256", rsa);
	strcat(inside, ",");
	forge_jwk(inside + strlen(inside), "a1", "none", rsa);
	strcat(inside, ",");
	forge_jwk(inside + strlen(inside), "e1", NULL, p256);
	strcat(inside, ",{\"kty\":\"oct\",\"k\":\"AAAA\"},7,");
	forge_jwk(inside + strlen(inside), "r1", NULL, rsa);
	put_set(inside);
	load();
	assert_int_equal(count(), 2);
	assert_non_null(find("r1", RS256));
	assert_non_null(find("e1", ES256));
	assert_string_equal(complaints,
	    "keys: jwks.json: kid \"a1\": alg \"none\": is not accepted\n"
	    "keys: jwks.json: key 4: kty \"oct\": a secret does not belong into a JWK set\n"
	    "keys: jwks.json: key 5: expected a JSON object, got something else\n"
	    "keys: jwks.json: kid \"r1\": expected once, got it again\n");
}

/* As identity providers publish them. */
static void
a_key_for_encryption_beside_those_that_verify_is_no_mistake(void **state)
{
	static const char encrypts[] = "{\"use\":\"enc\",\"kid\":\"x\",\"alg\":\"RSA-OAEP\","
				       "\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}";
	char inside[8000];

	(void)state;
	strcpy(inside, encrypts);
	put_set(inside);
	alone_refused("jwks.json",
	    "expected a key for signatures, got keys for encryption alone");
	strcat(inside, ",");
	forge_jwk(inside + strlen(inside), "r1", "RS256", rsa);
	put_set(inside);
	load();
	assert_string_equal(complaints, "");
	assert_int_equal(count(), 1);
	assert_non_null(find("r1", RS256));
	strcat(inside, ",{\"use\":\"enc\",\"kid\":\"p\",\"kty\":\"RSA\",\"d\":\"AQAB\"}");
	put_set(inside);
	load();
	assert_string_equal(complaints, "keys: jwks.json: kid \"p\": d: a private member; only public "
					"keys belong here\n");
}

static void
what_is_no_set_is_refused(void **state)
{
	static const char *const texts[] = { "", "{}", "[]", "null", "{\"keys\":{}}",
		"{\"keys\":[]}x", "{\"keys\":[", "{\"KEYS\":[]}" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		put("jwks.json", texts[i], strlen(texts[i]));
		alone_refused(
		    "jwks.json", "expected a JWK set, {\"keys\":[…]}, got something else");
	}
	put("jwks.json", "{\"keys\":[]}", 11);
	load();
	assert_int_equal(complained, 0);
}

static void
a_nested_bomb_in_a_set_is_refused(void **state)
{
	char *bomb = malloc(60000);

	(void)state;
	strcpy(bomb, "{\"keys\":");
	memset(bomb + 8, '[', 25000);
	memset(bomb + 25008, ']', 25000);
	strcpy(bomb + 50008, "}");
	put("jwks.json", bomb, strlen(bomb));
	alone_refused("jwks.json", "expected a JWK set, {\"keys\":[…]}, got something else");
	free(bomb);
}

/* ---- finding ---- */

static void
why_says_what_did_not_fit(void **state)
{
	const char *why = "";

	(void)state;
	put("a.HS256.secret", secret, 32);
	put("b.HS256.secret", secret, 32);
	put("c.HS384.secret", secret, 48);
	load();
	assert_null(keys_find(keys, "x", HS256, &why));
	assert_string_equal(why, "no key has this kid");
	assert_null(keys_find(keys, "c", HS256, &why));
	assert_string_equal(why, "the key of this kid is for another algorithm");
	assert_null(keys_find(keys, NULL, HS512, &why));
	assert_string_equal(why, "no key has this algorithm");
	assert_null(keys_find(keys, NULL, HS256, &why));
	assert_string_equal(why, "several keys have this algorithm and the token names none (kid)");
	assert_string_equal(keys_find(keys, NULL, HS384, &why)->kid, "c");
	assert_null(keys_find(keys, NULL, ALG_NONE, &why));
}

/* A key of a set may have no kid; a token must not reach it by an empty one. */
static void
a_key_without_kid_is_found_by_algorithm_only(void **state)
{
	char inside[2000];

	(void)state;
	forge_jwk(inside, NULL, NULL, rsa);
	put_set(inside);
	load();
	assert_int_equal(count(), 1);
	assert_non_null(find(NULL, RS256));
	assert_null(find("", RS256));
}

static void
algorithms_have_exactly_their_names(void **state)
{
	(void)state;
	for (int a = HS256; a < ALGORITHMS; a++) {
		const char *name = algorithm_name((enum algorithm)a);

		assert_int_equal(algorithm_find(name, strlen(name)), a);
		assert_int_equal(algorithm_find(name, 4), ALG_NONE);
	}
	assert_int_equal(algorithm_find("none", 4), ALG_NONE);
	assert_int_equal(algorithm_find("hs256", 5), ALG_NONE);
	assert_int_equal(algorithm_find("HS256 ", 6), ALG_NONE);
}

/* ---- changes ---- */

static void
changes_are_seen_at_most_once_a_second(void **state)
{
	(void)state;
	put("a.HS256.secret", secret, 32);
	load();
	assert_int_equal(keys_refresh(keys, 1000), 0);
	put("b.HS256.secret", secret, 32); /* one came */
	assert_int_equal(keys_refresh(keys, 1999), 0);
	assert_int_equal(count(), 1);
	assert_int_equal(keys_refresh(keys, 2000), 1);
	assert_int_equal(count(), 2);
	assert_int_equal(keys_refresh(keys, 3000), 0);
	forge_remove(folder, "a.HS256.secret"); /* one went */
	assert_int_equal(keys_refresh(keys, 4000), 1);
	assert_null(find("a", HS256));
	put("b.HS256.secret", secret, 33); /* one changed */
	assert_int_equal(keys_refresh(keys, 5000), 1);
	assert_int_equal(find("b", HS256)->len, 33);
	put("README", "x", 1); /* nothing of ours */
	assert_int_equal(keys_refresh(keys, 6000), 0);
}

/* An atomic replacement (rename) of equal size must be seen as well. */
static void
a_replaced_file_is_seen_by_its_inode(void **state)
{
	struct timespec same[2] = { { .tv_sec = 1600000000 }, { .tv_sec = 1600000000 } };
	char from[100], to[100];

	(void)state;
	snprintf(from, sizeof(from), "%s/new", folder);
	snprintf(to, sizeof(to), "%s/a.HS256.secret", folder);
	put("a.HS256.secret", secret, 32);
	utimensat(AT_FDCWD, to, same, 0);
	load();
	assert_int_equal(keys_refresh(keys, 1000), 0);
	put("new", secret + 1, 32);
	utimensat(AT_FDCWD, from, same, 0);
	rename(from, to);
	assert_int_equal(keys_refresh(keys, 2000), 1);
	assert_memory_equal(find("a", HS256)->secret, secret + 1, 32);
}

static void
a_clock_set_back_does_not_stop_the_looking(void **state)
{
	(void)state;
	load();
	assert_int_equal(keys_refresh(keys, 1000000), 0);
	put("a.HS256.secret", secret, 32);
	assert_int_equal(keys_refresh(keys, 1000), 1);
}

static void
a_folder_that_comes_later_is_seen(void **state)
{
	char later[100];

	(void)state;
	snprintf(later, sizeof(later), "%s/sub", folder);
	keys = keys_open(later, note, NULL);
	assert_int_equal(complained, 1);
	assert_int_equal(keys_refresh(keys, 1000), 0);
	assert_int_equal(complained, 1); /* and it is not complained about every second */
	mkdir(later, 0700);
	forge_file(later, "a.HS256.secret", secret, 32);
	assert_int_equal(keys_refresh(keys, 2000), 1);
	assert_int_equal(count(), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_give_kid_and_algorithm),
		TEST(one_trailing_newline_of_a_secret_is_ignored),
		TEST(other_files_are_left_alone),
		TEST(a_pkcs1_public_key_is_taken),
		TEST(a_name_without_kid_or_algorithm_is_refused),
		TEST(a_secret_shorter_than_its_hash_is_refused),
		TEST(a_public_key_is_no_secret_and_a_secret_no_public_key),
		TEST(a_private_key_is_refused),
		TEST(a_short_rsa_key_is_refused),
		TEST(type_and_curve_must_fit_the_algorithm),
		TEST(what_is_no_pem_is_refused),
		TEST(only_regular_files_of_bounded_size_are_read),
		TEST(a_bad_file_does_not_keep_the_good_ones_from_serving),
		TEST(a_kid_given_twice_keeps_the_first),
		TEST(there_is_a_largest_number_of_keys),
		TEST(an_unreadable_folder_is_a_complaint_and_no_keys),
		TEST(a_file_name_cannot_forge_a_message),
		TEST(a_secret_that_any_user_can_read_is_refused),
		TEST(a_key_that_any_user_can_write_is_refused),
		TEST(a_folder_that_any_user_can_write_to_has_no_keys),
		TEST(a_change_of_mode_is_seen),
		TEST(a_set_gives_its_good_keys_and_names_the_others),
		TEST(a_key_for_encryption_beside_those_that_verify_is_no_mistake),
		TEST(what_is_no_set_is_refused),
		TEST(a_nested_bomb_in_a_set_is_refused),
		TEST(why_says_what_did_not_fit),
		TEST(a_key_without_kid_is_found_by_algorithm_only),
		TEST(algorithms_have_exactly_their_names),
		TEST(changes_are_seen_at_most_once_a_second),
		TEST(a_replaced_file_is_seen_by_its_inode),
		TEST(a_clock_set_back_does_not_stop_the_looking),
		TEST(a_folder_that_comes_later_is_seen),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
