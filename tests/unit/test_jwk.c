/* JWKs: which keys an identity provider may publish to us. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/core_names.h>

#include "forge.h"
#include "jwk.h"

static EVP_PKEY *rsa, *rsa_short, *p256, *p384, *p521, *k256;
static struct key key;
static char why[256];

static int
make_keys(void **state)
{
	(void)state;
	rsa = forge_rsa(2048);
	rsa_short = forge_rsa(1024);
	p256 = forge_ec("P-256");
	p384 = forge_ec("P-384");
	p521 = forge_ec("P-521");
	k256 = forge_ec("secp256k1");
	return 0;
}

static int
free_keys(void **state)
{
	EVP_PKEY *all[] = { rsa, rsa_short, p256, p384, p521, k256 };

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		EVP_PKEY_free(all[i]);
	return 0;
}

static int
read_text(const char *text)
{
	cJSON *jwk = cJSON_Parse(text);
	int rc;

	assert_non_null(jwk);
	why[0] = '\0';
	rc = jwk_read(jwk, &key, why, sizeof(why));
	cJSON_Delete(jwk);
	return rc;
}

static void
refused(const char *because, const char *text)
{
	if (read_text(text) == 0)
		fail_msg("%s was taken for a key", text);
	assert_string_equal(why, because);
	assert_null(key.public);
	assert_null(key.secret);
}

/* The JWK of a key with a member put in front: `"use":"sig"`. */
static const char *
with(EVP_PKEY *k, const char *member)
{
	static char text[3000];
	char jwk[2000];

	forge_jwk(jwk, NULL, NULL, k);
	snprintf(text, sizeof(text), "{%s,%s", member, jwk + 1);
	return text;
}

static void
accepted_as(EVP_PKEY *k, enum algorithm a, const char *text)
{
	if (read_text(text) != 0)
		fail_msg("%s was refused: %s", text, why);
	assert_int_equal(key.algorithm, a);
	assert_null(key.secret);
	assert_int_equal(EVP_PKEY_eq(key.public, k), 1);
	EVP_PKEY_free(key.public);
}

static void
a_key_comes_out_as_it_went_in(void **state)
{
	(void)state;
	accepted_as(rsa, RS256, with(rsa, "\"kid\":\"a1\""));
	assert_string_equal(key.kid, "a1");
	accepted_as(p256, ES256, with(p256, "\"use\":\"sig\""));
	assert_string_equal(key.kid, "");
	accepted_as(p384, ES384, with(p384, "\"key_ops\":[\"verify\"]"));
	accepted_as(p521, ES512, with(p521, "\"alg\":\"ES512\""));
}

static void
an_rsa_keys_alg_may_be_any_of_rsas(void **state)
{
	(void)state;
	accepted_as(rsa, RS384, with(rsa, "\"alg\":\"RS384\""));
	accepted_as(rsa, RS512, with(rsa, "\"alg\":\"RS512\""));
}

static void
alg_must_be_accepted_and_fit_the_key(void **state)
{
	(void)state;
	refused("alg \"none\": is not accepted", with(rsa, "\"alg\":\"none\""));
	refused("alg \"PS256\": is not accepted", with(rsa, "\"alg\":\"PS256\""));
	refused("alg \"RSA-OAEP\": is not accepted", with(rsa, "\"alg\":\"RSA-OAEP\""));
	refused("alg: is not accepted", with(rsa, "\"alg\":7"));
	refused("alg: is not accepted", with(rsa, "\"alg\":null"));
	refused("alg \"HS256\": is not for this kty", with(rsa, "\"alg\":\"HS256\""));
	refused("alg \"ES256\": is not for this kty", with(rsa, "\"alg\":\"ES256\""));
	refused("alg \"RS256\": is not for this kty", with(p256, "\"alg\":\"RS256\""));
	refused("crv \"P-256\": is not the curve of its alg", with(p256, "\"alg\":\"ES384\""));
}

static void
a_secret_does_not_belong_into_a_set(void **state)
{
	(void)state;
	refused("kty \"oct\": a secret does not belong into a JWK set",
	    "{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":"
	    "\"QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE\"}");
}

static void
private_members_are_refused(void **state)
{
	static const char *const names[] = { "d", "p", "q", "dp", "dq", "qi", "oth", "k" };
	char member[32], because[100];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(member, sizeof(member), "\"%s\":\"AQAB\"", names[i]);
		snprintf(because, sizeof(because),
		    "%s: a private member; only public keys belong here", names[i]);
		refused(because, with(rsa, member));
	}
}

static void
a_key_for_another_use_is_refused(void **state)
{
	(void)state;
	refused("use \"enc\": expected \"sig\"", with(rsa, "\"use\":\"enc\""));
	refused("use \"(no string)\": expected \"sig\"", with(rsa, "\"use\":1"));
	refused("key_ops: expected \"verify\" among them", with(rsa, "\"key_ops\":[\"encrypt\"]"));
	refused("key_ops: expected \"verify\" among them", with(rsa, "\"key_ops\":[]"));
}

static void
other_types_and_curves_are_refused(void **state)
{
	(void)state;
	refused(
	    "kty \"OKP\": expected RSA or EC", "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":"
					       "\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}");
	refused("kty: expected RSA or EC", "{\"n\":\"AQAB\",\"e\":\"AQAB\"}");
	refused("kty: expected RSA or EC", "{\"kty\":null}");
	refused("crv \"secp256k1\": is not accepted",
	    "{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"AQ\",\"y\":\"AQ\"}");
	refused("crv: is not accepted", "{\"kty\":\"EC\",\"x\":\"AQ\",\"y\":\"AQ\"}");
	refused("expected a JSON object, got something else", "[]");
}

static void
a_short_modulus_is_refused(void **state)
{
	(void)state;
	refused("RS256: expected 2048 to 8192 bits, got 1024", with(rsa_short, "\"use\":\"sig\""));
}

/* With exponent 1 every message is its own signature. */
static void
an_exponent_of_one_is_refused(void **state)
{
	char n[800], text[1000];

	(void)state;
	forge_number(n, rsa, "n", 0);
	snprintf(text, sizeof(text), "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"AQ\"}", n);
	refused("its numbers do not make a sound public key", text);
	snprintf(text, sizeof(text), "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"Ag\"}", n);
	refused("its numbers do not make a sound public key", text);
}

static void
numbers_are_strict_base64url_and_have_a_longest(void **state)
{
	static const char *const bad[] = { "", "AQAB=", "AQ AB", "AQ+B", "A", "AR" };
	char n[800], text[9000], huge[6000];

	(void)state;
	forge_number(n, rsa, "n", 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(
		    text, sizeof(text), "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"}", n, bad[i]);
		refused("e: expected a number in base64url", text);
	}
	refused("n: expected a number in base64url", "{\"kty\":\"RSA\",\"n\":5,\"e\":\"AQAB\"}");
	refused("n: expected a number in base64url", "{\"kty\":\"RSA\",\"e\":\"AQAB\"}");
	memset(huge, 'z', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	snprintf(text, sizeof(text), "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"AQAB\"}", huge);
	refused("n: expected a number in base64url", text);
	snprintf(text, sizeof(text), "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"}", n, huge);
	refused("e: expected a number in base64url", text);
}

/* A point off the curve leaks or forges (invalid curve attacks). */
static void
a_point_that_is_not_on_the_curve_is_refused(void **state)
{
	char x[100], text[400];

	(void)state;
	forge_number(x, p256, "qx", 32);
	snprintf(text, sizeof(text), "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"%s\"}",
	    x, x);
	refused("x and y are no point of P-256", text);
	forge_number(x, k256, "qx", 32);
	snprintf(text, sizeof(text), "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"%s\"}",
	    x, x);
	refused("x and y are no point of P-256", text);
}

static void
coordinates_are_as_long_as_the_curve(void **state)
{
	char x[100], y[100], text[400];

	(void)state;
	forge_number(x, p256, "qx", 32);
	forge_number(y, p256, "qy", 32);
	snprintf(
	    text, sizeof(text), "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"AQ\"}", x);
	refused("y: expected 32 bytes, got 1", text);
	snprintf(text, sizeof(text), "{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"%s\",\"y\":\"%s\"}",
	    x, y);
	refused("x: expected 48 bytes, got 32", text);
	forge_number(x, p256, "qx", 33);
	snprintf(text, sizeof(text), "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"%s\"}",
	    x, y);
	refused("x: expected a number in base64url", text);
}

static void
a_kid_is_a_short_string(void **state)
{
	char member[300] = "\"kid\":\"";

	(void)state;
	refused("kid: expected a string of 1 to 128 bytes", with(rsa, "\"kid\":5"));
	refused("kid \"\": expected a string of 1 to 128 bytes", with(rsa, "\"kid\":\"\""));
	memset(member + 7, 'k', 128);
	strcpy(member + 135, "\"");
	accepted_as(rsa, RS256, with(rsa, member));
	strcpy(member + 135, "k\"");
	assert_int_equal(read_text(with(rsa, member)), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_comes_out_as_it_went_in),
		cmocka_unit_test(an_rsa_keys_alg_may_be_any_of_rsas),
		cmocka_unit_test(alg_must_be_accepted_and_fit_the_key),
		cmocka_unit_test(a_secret_does_not_belong_into_a_set),
		cmocka_unit_test(private_members_are_refused),
		cmocka_unit_test(a_key_for_another_use_is_refused),
		cmocka_unit_test(other_types_and_curves_are_refused),
		cmocka_unit_test(a_short_modulus_is_refused),
		cmocka_unit_test(an_exponent_of_one_is_refused),
		cmocka_unit_test(numbers_are_strict_base64url_and_have_a_longest),
		cmocka_unit_test(a_point_that_is_not_on_the_curve_is_refused),
		cmocka_unit_test(coordinates_are_as_long_as_the_curve),
		cmocka_unit_test(a_kid_is_a_short_string),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
