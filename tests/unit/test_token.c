/* Tokens: who is let in. The first four tests are named after what libjwt 1.10.2 lets through; the
 * forgeries that are known for JWTs are a table in test_token_attacks.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "forge.h"
#include "keys.h"
#include "token.h"

#define NOW INT64_C(1700000000000) /* 2023-11-14T22:13:20Z, ms */
#define LATER "1700003600"         /* s; in an hour */
#define CLAIMS "{\"sub\":\"ann\",\"exp\":" LATER "}"

static char folder[] = "/tmp/bk.token.XXXXXX";
static struct keys *keys;
static EVP_PKEY *rsa, *rsa_other;
static const char secret256[] = "thirty-two bytes are just enough";
static const char secret384[] = "forty-eight bytes are just enough for this hash.";
static const char secret512[] = "sixty-four bytes are just enough for the longest of the hashes..";
static char rsa_pem[2048];

static struct forge_signer by[ALGORITHMS]; /* those whose keys are in the folder, as `kid.ALG` */
static const char *const kids[ALGORITHMS] = { [HS256] = "hs",
	[HS384] = "hs384",
	[HS512] = "hs512",
	[RS256] = "rs",
	[RS384] = "rs384",
	[RS512] = "rs512",
	[ES256] = "es",
	[ES384] = "es384",
	[ES512] = "es512" };

static struct token_policy policy = { "", "", 0, "" };
static struct token token;
static char why[160];

/* ---- before and after ---- */

static void
put_key(enum algorithm a)
{
	char name[64];

	snprintf(name, sizeof(name), "%s.%s.%s", kids[a], algorithm_name(a),
	    by[a].secret ? "secret" : "pem");
	if (by[a].secret)
		forge_file(folder, name, by[a].secret, by[a].secret_len);
	else if (a == RS384)
		forge_certificate(folder, name, by[a].key);
	else
		forge_public_pem(folder, name, by[a].key);
}

static void
complained(void *context, const char *message)
{
	(void)context;
	fail_msg("%s", message);
}

static int
make_keys(void **state)
{
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(folder));
	rsa = forge_rsa(2048);
	rsa_other = forge_rsa(2048);
	by[HS256] = (struct forge_signer){ "SHA256", secret256, 32, NULL, 0 };
	by[HS384] = (struct forge_signer){ "SHA384", secret384, 48, NULL, 0 };
	by[HS512] = (struct forge_signer){ "SHA512", secret512, 64, NULL, 0 };
	by[RS256] = (struct forge_signer){ "SHA256", NULL, 0, rsa, 0 };
	by[RS384] = (struct forge_signer){ "SHA384", NULL, 0, rsa, 0 };
	by[RS512] = (struct forge_signer){ "SHA512", NULL, 0, rsa, 0 };
	by[ES256] = (struct forge_signer){ "SHA256", NULL, 0, forge_ec("P-256"), 32 };
	by[ES384] = (struct forge_signer){ "SHA384", NULL, 0, forge_ec("P-384"), 48 };
	by[ES512] = (struct forge_signer){ "SHA512", NULL, 0, forge_ec("P-521"), 66 };
	for (int a = HS256; a < ALGORITHMS; a++)
		put_key((enum algorithm)a);
	keys = keys_open(folder, complained, NULL);
	f = fmemopen(rsa_pem, sizeof(rsa_pem), "w");
	PEM_write_PUBKEY(f, rsa);
	fclose(f);
	return 0;
}

static int
remove_keys(void **state)
{
	char command[64];

	(void)state;
	keys_free(keys);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(rsa_other);
	for (int a = ES256; a <= ES512; a++)
		EVP_PKEY_free(by[a].key);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static int
reset(void **state)
{
	(void)state;
	policy = (struct token_policy){ "", "", 0, "" };
	return 0;
}

/* ---- saying what is expected ---- */

static enum refusal
verify(const char *text)
{
	return token_verify(text, keys, &policy, NOW, &token, why, sizeof(why));
}

/* Verifies, frees. */
static void
expect(enum refusal expected, const char *because, char *text)
{
	enum refusal got = verify(text);

	if (got != expected)
		fail_msg("expected \"%s\", got \"%s\" (%s) for %.100s",
		    refusal_table[expected].word, refusal_table[got].word, why, text);
	if (because && strcmp(why, because) != 0)
		fail_msg("expected \"%s\", got \"%s\"", because, why);
	if (expected != REFUSED_NOT)
		assert_string_equal(token.sub, "");
	free(text);
}

static void
accept(char *text)
{
	expect(REFUSED_NOT, "", text);
}

static void
refuse(const char *because, char *text)
{
	expect(REFUSED_TOKEN_INVALID, because, text);
}

/* With the claims given, honestly signed by `hs`. */
static char *
saying(const char *claims)
{
	return forge_token(
	    &by[HS256], "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"hs\"}", claims);
}

/* With the header given, signed by `hs`, and good claims. */
static char *
headed(const char *header)
{
	return forge_token(&by[HS256], header, CLAIMS);
}

/* Good claims but for what is put behind them: `,"aud":3`. */
static char *
adding(const char *more)
{
	char claims[20000];

	snprintf(claims, sizeof(claims), "{\"sub\":\"ann\",\"exp\":" LATER "%s}", more);
	return saying(claims);
}

static char *
expiring(const char *exp)
{
	char claims[256];

	snprintf(claims, sizeof(claims), "{\"sub\":\"ann\",\"exp\":%s}", exp);
	return saying(claims);
}

static char *
about(const char *sub)
{
	char claims[4096];

	snprintf(claims, sizeof(claims), "{\"sub\":%s,\"exp\":" LATER "}", sub);
	return saying(claims);
}

/* ---- what libjwt 1.10.2 lets through ---- */

static const char wrong_signature[] = "the signature is not that of this key";

/* The public key is public: whoever has it could sign as anybody. */
static void
an_hs256_token_forged_with_the_rsa_public_pem_as_secret_is_refused(void **state)
{
	struct forge_signer forger = { "SHA256", rsa_pem, strlen(rsa_pem), NULL, 0 };

	(void)state;
	refuse("kid \"rs\": the key of this kid is for another algorithm",
	    forge_token(&forger, "{\"alg\":\"HS256\",\"kid\":\"rs\"}", CLAIMS));
	refuse(wrong_signature, forge_token(&forger, "{\"alg\":\"HS256\"}", CLAIMS));
	refuse(wrong_signature, forge_token(&forger, "{\"alg\":\"HS256\",\"kid\":\"hs\"}", CLAIMS));
}

static void
a_token_whose_exp_is_past_is_refused(void **state)
{
	(void)state;
	expect(REFUSED_TOKEN_EXPIRED, "it was good until 2023-11-14T22:13:19Z", expiring("1699999999"));
	expect(REFUSED_TOKEN_EXPIRED, NULL, expiring("1700000000"));
	expect(REFUSED_TOKEN_EXPIRED, NULL, expiring("0"));
	accept(expiring("1700000001"));
}

/* libjwt, given no key, checks no signature. */
static void
with_no_key_garbage_is_refused(void **state)
{
	struct keys *none = keys_open("/nonexistent", NULL, NULL);
	char *text = headed("{\"alg\":\"HS256\"}");

	(void)state;
	assert_int_equal(token_verify(text, none, &policy, NOW, &token, why, sizeof(why)),
	    REFUSED_TOKEN_INVALID);
	assert_string_equal(why, "alg HS256: no key has this algorithm");
	free(text);
	assert_int_equal(token_verify("e30.e30.e30", none, &policy, NOW, &token, why, sizeof(why)),
	    REFUSED_TOKEN_INVALID);
	keys_free(none);
	refuse("kid \"nobody\": no key has this kid",
	    headed("{\"alg\":\"HS256\",\"kid\":\"nobody\"}"));
}

static void
claims_are_checked(void **state)
{
	(void)state;
	policy = (struct token_policy){ "us", "this", 0, "" };
	refuse(
	    "iss: another issuer is expected here", adding(",\"iss\":\"them\",\"aud\":\"this\""));
	refuse(
	    "aud: the token is for another audience", adding(",\"iss\":\"us\",\"aud\":\"that\""));
	accept(adding(",\"iss\":\"us\",\"aud\":\"this\""));
}

/* Identity providers publish their keys as JWK sets only. */
static void
signatures_verify_with_keys_from_a_jwk_set(void **state)
{
	static const enum algorithm those[] = { RS256, ES256, ES384, ES512 };
	char set_folder[] = "/tmp/bk.jwks.XXXXXX", set[8192] = "{\"keys\":[", header[128];
	struct keys *published;

	(void)state;
	assert_non_null(mkdtemp(set_folder));
	for (size_t i = 0; i < 4; i++) {
		strcat(set, i ? "," : "");
		forge_jwk(set + strlen(set), kids[those[i]], NULL, by[those[i]].key);
	}
	strcat(set, "]}");
	forge_file(set_folder, "jwks.json", set, strlen(set));
	published = keys_open(set_folder, complained, NULL);
	for (size_t i = 0; i < 4; i++) {
		char *text;

		snprintf(header, sizeof(header), "{\"alg\":\"%s\",\"kid\":\"%s\"}",
		    algorithm_name(those[i]), kids[those[i]]);
		text = forge_token(&by[those[i]], header, CLAIMS);
		assert_int_equal(
		    token_verify(text, published, &policy, NOW, &token, why, sizeof(why)),
		    REFUSED_NOT);
		text[strlen(text) - 9] ^= 1;
		assert_int_equal(
		    token_verify(text, published, &policy, NOW, &token, why, sizeof(why)),
		    REFUSED_TOKEN_INVALID);
		free(text);
	}
	keys_free(published);
	forge_remove(set_folder, "jwks.json");
	rmdir(set_folder);
}

/* ---- what is good ---- */

static void
every_algorithm_verifies_with_its_kid_and_without(void **state)
{
	char header[128];

	(void)state;
	for (int a = HS256; a < ALGORITHMS; a++) {
		snprintf(header, sizeof(header), "{\"typ\":\"JWT\",\"alg\":\"%s\",\"kid\":\"%s\"}",
		    algorithm_name((enum algorithm)a), kids[a]);
		accept(forge_token(&by[a], header, CLAIMS));
		assert_string_equal(token.sub, "ann");
		assert_int_equal(token.expires, INT64_C(1700003600000));
		snprintf(
		    header, sizeof(header), "{\"alg\":\"%s\"}", algorithm_name((enum algorithm)a));
		accept(forge_token(&by[a], header, CLAIMS));
	}
}

/* Each character of a token counts. */
static void
no_token_survives_a_change_of_any_character(void **state)
{
	(void)state;
	for (int a = HS256; a < ALGORITHMS; a += 3) { /* one of each family */
		char header[64];
		char *text;

		snprintf(
		    header, sizeof(header), "{\"alg\":\"%s\"}", algorithm_name((enum algorithm)a));
		text = forge_token(&by[a], header, CLAIMS);
		for (size_t i = 0; text[i]; i++) {
			char was = text[i];

			text[i] = was == 'A' ? 'B' : 'A';
			assert_int_equal(verify(text), REFUSED_TOKEN_INVALID);
			text[i] = was;
		}
		accept(text);
	}
}

static void
what_was_minted_verifies(void **state)
{
	char *text = token_mint(CLAIMS, keys, "hs384", why, sizeof(why));

	(void)state;
	assert_non_null(text);
	accept(text);
	text = token_mint(CLAIMS, keys, NULL, why, sizeof(why));
	assert_non_null(text);
	accept(text);
	assert_null(token_mint(CLAIMS, keys, "rs", why, sizeof(why)));
	assert_string_equal(why, "the key of this kid is public: it cannot sign");
	assert_null(token_mint(CLAIMS, keys, "x", why, sizeof(why)));
	assert_string_equal(why, "no key has this kid");
	assert_null(token_mint("no JSON", keys, NULL, why, sizeof(why)));
	assert_null(token_mint("[]", keys, NULL, why, sizeof(why)));
}

/* ---- no signature ---- */

static void
a_cut_signature_is_refused(void **state)
{
	(void)state;
	for (int a = HS256; a < ALGORITHMS; a++) {
		char header[64];
		char *text;

		snprintf(
		    header, sizeof(header), "{\"alg\":\"%s\"}", algorithm_name((enum algorithm)a));
		text = forge_token(&by[a], header, CLAIMS);
		text[strlen(text) - 4] = '\0';
		refuse(NULL, text);
	}
}

/* ---- the wrong algorithm, the wrong key ---- */

static void
an_algorithm_of_the_same_family_does_not_take_another_ones_key(void **state)
{
	struct forge_signer forger = { "SHA384", secret256, 32, NULL, 0 };

	(void)state;
	refuse("kid \"hs\": the key of this kid is for another algorithm",
	    forge_token(&forger, "{\"alg\":\"HS384\",\"kid\":\"hs\"}", CLAIMS));
	refuse(wrong_signature, forge_token(&forger, "{\"alg\":\"HS384\"}", CLAIMS));
	refuse("kid \"rs\": the key of this kid is for another algorithm",
	    forge_token(&by[RS512], "{\"alg\":\"RS512\",\"kid\":\"rs\"}", CLAIMS));
}

static void
a_signature_by_a_strange_key_is_refused(void **state)
{
	struct forge_signer stranger = { "SHA256", NULL, 0, rsa_other, 0 };
	struct forge_signer guesser = { "SHA256", "", 0, NULL, 0 };

	(void)state;
	refuse(
	    wrong_signature, forge_token(&stranger, "{\"alg\":\"RS256\",\"kid\":\"rs\"}", CLAIMS));
	refuse(
	    wrong_signature, forge_token(&guesser, "{\"alg\":\"HS256\",\"kid\":\"hs\"}", CLAIMS));
}

static void
an_unknown_kid_is_refused_for_every_algorithm(void **state)
{
	char header[128];

	(void)state;
	for (int a = HS256; a < ALGORITHMS; a++) {
		snprintf(header, sizeof(header), "{\"alg\":\"%s\",\"kid\":\"stranger\"}",
		    algorithm_name((enum algorithm)a));
		refuse(
		    "kid \"stranger\": no key has this kid", forge_token(&by[a], header, CLAIMS));
	}
}

static void
without_kid_two_keys_of_one_algorithm_are_one_too_many(void **state)
{
	char *text = headed("{\"alg\":\"HS256\"}");
	struct keys *two;

	(void)state;
	forge_file(folder, "second.HS256.secret", secret512, 64);
	two = keys_open(folder, complained, NULL);
	assert_int_equal(
	    token_verify(text, two, &policy, NOW, &token, why, sizeof(why)), REFUSED_TOKEN_INVALID);
	assert_string_equal(why, "alg HS256: several keys have this algorithm and the token names "
				 "none (kid)");
	free(text);
	text = headed("{\"alg\":\"HS256\",\"kid\":\"hs\"}");
	assert_int_equal(
	    token_verify(text, two, &policy, NOW, &token, why, sizeof(why)), REFUSED_NOT);
	free(text);
	keys_free(two);
	forge_remove(folder, "second.HS256.secret");
}

/* ---- what the header brings along ---- */

static void
a_header_that_is_no_object_is_refused(void **state)
{
	static const char *const headers[] = { "[]", "\"HS256\"", "1", "null", "{", "{}x",
		"{\"alg\":\"HS256\"}{}", "{'alg':'HS256'}", "{\"alg\":\"HS256\",}", "\xff", " " };

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++)
		refuse("the header is not a JSON object", headed(headers[i]));
}

/* ---- the form ---- */

static void
no_token_is_missing_not_invalid(void **state)
{
	(void)state;
	assert_int_equal(verify(NULL), REFUSED_TOKEN_MISSING);
	assert_int_equal(verify(""), REFUSED_TOKEN_MISSING);
}

static void
a_token_has_three_parts(void **state)
{
	static const char *const forms[] = { "x", ".", "..", "...", "a.b", "a.b.", ".b.c", "a..c",
		"....", "e30.e30.e30.e30", "e30.e30.e30.e30.e30" };
	char four[1024];
	char *text = headed("{\"alg\":\"HS256\"}");

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		refuse(NULL, strdup(forms[i]));
	snprintf(four, sizeof(four), "%s.e30", text);
	refuse("expected header.payload.signature", strdup(four));
	snprintf(four, sizeof(four), "%s.", text);
	refuse("expected header.payload.signature", strdup(four));
	free(text);
}

static void
a_token_cut_anywhere_is_refused(void **state)
{
	char *text = headed("{\"alg\":\"HS256\"}");

	(void)state;
	for (size_t n = strlen(text) - 1; n > 0; n--) {
		text[n] = '\0';
		assert_int_equal(verify(text), REFUSED_TOKEN_INVALID);
	}
	free(text);
}

static void
base64url_is_read_strictly(void **state)
{
	static const char *const more[] = { "=", "==", " ", "\n", "+", "/", "%3D", "\xc3\xa9",
		"\t" };
	char *text = headed("{\"alg\":\"HS256\"}");
	size_t n = strlen(text), header = (size_t)(strchr(text, '.') - text);
	char changed[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(more) / sizeof(*more); i++) {
		snprintf(changed, sizeof(changed), "%s%s", text, more[i]); /* behind */
		refuse("the signature is not base64url", strdup(changed));
		snprintf(changed, sizeof(changed), "%s%s", more[i], text); /* before */
		refuse("the header is not base64url", strdup(changed));
		snprintf(changed, sizeof(changed), "%.*s%s%s", (int)header, text, more[i],
		    text + header); /* behind the header */
		refuse("the header is not base64url", strdup(changed));
		snprintf(changed, sizeof(changed), "%.*s%s%s", (int)header + 1, text, more[i],
		    text + header + 1); /* before the payload */
		refuse("the payload is not base64url", strdup(changed));
	}
	/* 43 characters carry 256 bits and two over: they must be zero. */
	assert_int_equal((n - (size_t)(strrchr(text, '.') + 1 - text)) % 4, 3);
	text[n - 1]++;
	refuse("the signature is not base64url", text);
}

static void
a_token_of_16_kib_is_judged_and_a_longer_one_is_not(void **state)
{
	char claims[13000];
	size_t longest = 0;

	(void)state;
	for (int n = 12100; n < 12300; n++) {
		char *text;

		sprintf(claims, "{\"sub\":\"ann\",\"exp\":" LATER ",\"x\":\"%*s\"}", n, "");
		text = saying(claims);
		if (strlen(text) > TOKEN_MAX) {
			refuse("the token is longer than 16 KiB", text);
			continue;
		}
		longest = strlen(text);
		accept(text);
	}
	assert_true(longest >= TOKEN_MAX - 1);
}

static void
the_payload_must_be_one_json_object(void **state)
{
	static const char *const payloads[] = { "[]", "\"ann\"", "1", "null", "{", CLAIMS "x",
		CLAIMS CLAIMS, "{\"sub\":\"ann\",\"exp\":" LATER ",}", "{\"sub\":\"\xff\"}",
		"{\"sub\":\"\\ud800\"}", "{\"sub\":\"a\\u0000b\"}", "\xef\xbb\xbf" CLAIMS, " " };

	(void)state;
	for (size_t i = 0; i < sizeof(payloads) / sizeof(*payloads); i++)
		refuse("the payload is not a JSON object", saying(payloads[i]));
	refuse(NULL, saying(""));
}

/* Depth is counted before any library recurses. */
static void
nested_bombs_are_refused(void **state)
{
	char bomb[12000];

	(void)state;
	strcpy(bomb, "{\"x\":");
	memset(bomb + 5, '[', 5000);
	memset(bomb + 5005, ']', 5000);
	strcpy(bomb + 10005, "}");
	refuse("the payload is not a JSON object", saying(bomb));
	refuse("the header is not a JSON object", headed(bomb));
}

/* ---- claims: twice ---- */

/* libjwt takes the last, others the first: what one program checks another would not see. */
static void
a_claim_said_twice_is_refused(void **state)
{
	(void)state;
	refuse("the claims say something twice", adding(",\"exp\":1700009999"));
	refuse("the claims say something twice", adding(",\"sub\":\"bob\""));
	refuse("the claims say something twice", adding(",\"s\\u0075b\":\"bob\""));
	refuse("the claims say something twice", adding(",\"room\":\"a\",\"room\":\"*\""));
	refuse("the claims say something twice",
	    adding(",\"video\":{\"roomJoin\":false,\"roomJoin\":true}"));
	refuse("the claims say something twice", adding(",\"x\":[{\"a\":1,\"b\":2,\"a\":1}]"));
	accept(adding(",\"x\":{\"a\":1},\"y\":{\"a\":1}"));
}

/* ---- claims: times ---- */

static void
a_token_without_exp_is_refused(void **state)
{
	(void)state;
	refuse("exp is missing", saying("{\"sub\":\"ann\"}"));
	refuse("exp is missing", saying("{\"sub\":\"ann\",\"EXP\":" LATER "}"));
}

static void
exp_may_have_a_fraction_or_an_exponent(void **state)
{
	(void)state;
	accept(expiring("1700000000.5"));
	assert_int_equal(token.expires, NOW + 500);
	accept(expiring("1.7000036e9"));
	assert_int_equal(token.expires, INT64_C(1700003600000));
	accept(expiring("253402300799"));
	expect(REFUSED_TOKEN_EXPIRED, NULL, expiring("1699999999.999"));
}

static void
leeway_lengthens_exp_and_nbf_and_nothing_more(void **state)
{
	(void)state;
	policy.leeway = 10;
	accept(expiring("1699999991"));
	assert_int_equal(token.expires, NOW + 1000);
	expect(REFUSED_TOKEN_EXPIRED, NULL, expiring("1699999990"));
	accept(adding(",\"nbf\":1700000010"));
	refuse("nbf: not valid yet", adding(",\"nbf\":1700000011"));
}

static void
a_token_not_valid_yet_is_refused(void **state)
{
	(void)state;
	refuse("nbf: not valid yet", adding(",\"nbf\":1700000001"));
	refuse("nbf: not valid yet", adding(",\"nbf\":1700000000.001"));
	accept(adding(",\"nbf\":1700000000"));
	accept(adding(",\"nbf\":0"));
}

static void
iat_is_not_needed_and_not_judged(void **state)
{
	(void)state;
	accept(adding(",\"iat\":1800000000"));
	accept(adding(",\"iat\":\"yesterday\""));
}

/* A client that hears "expired" fetches a new token; for a forged one it must not. */
static void
an_expired_token_that_is_wrong_otherwise_is_invalid_not_expired(void **state)
{
	char *text = expiring("1600000000");
	size_t last = strlen(text) - 8;

	(void)state;
	text[last] = text[last] == 'A' ? 'B' : 'A';
	refuse(wrong_signature, text);
	policy.issuer = "us";
	refuse("iss is missing", expiring("1600000000"));
	policy.issuer = "";
	refuse("sub is missing", saying("{\"exp\":1600000000}"));
	refuse("room: expected a string", saying("{\"sub\":\"a\",\"exp\":1600000000,\"room\":1}"));
}

/* ---- claims: issuer and audience ---- */

static void
iss_must_be_the_one_expected(void **state)
{
	(void)state;
	policy.issuer = "https://us.example/";
	accept(adding(",\"iss\":\"https://us.example/\""));
	refuse("iss is missing", adding(""));
	refuse("iss: another issuer is expected here", adding(",\"iss\":\"https://us.example\""));
	refuse("iss: another issuer is expected here", adding(",\"iss\":\"https://us.example/x\""));
	refuse("iss: another issuer is expected here", adding(",\"iss\":\"HTTPS://us.example/\""));
	refuse("iss: another issuer is expected here", adding(",\"iss\":\"\""));
	refuse("iss: expected a string", adding(",\"iss\":[\"https://us.example/\"]"));
	refuse("iss: expected a string", adding(",\"iss\":null"));
}

static void
any_iss_passes_where_none_is_configured_if_it_is_a_string(void **state)
{
	(void)state;
	accept(adding(",\"iss\":\"anybody\""));
	accept(adding(""));
	refuse("iss: expected a string", adding(",\"iss\":5"));
}

static void
aud_must_name_us_as_a_string_or_in_an_array(void **state)
{
	(void)state;
	policy.audience = "call";
	accept(adding(",\"aud\":\"call\""));
	accept(adding(",\"aud\":[\"call\"]"));
	accept(adding(",\"aud\":[\"other\",\"call\",\"more\"]"));
	refuse("aud is missing", adding(""));
	refuse("aud: the token is for another audience", adding(",\"aud\":\"calls\""));
	refuse("aud: the token is for another audience", adding(",\"aud\":\"cal\""));
	refuse("aud: the token is for another audience", adding(",\"aud\":\"\""));
	refuse("aud: the token is for another audience", adding(",\"aud\":[]"));
	refuse("aud: the token is for another audience", adding(",\"aud\":[\"other\"]"));
	refuse("aud: the token is for another audience", adding(",\"aud\":\"other call\""));
}

/* Or an application's token would be a person's as well. */
static void
aud_must_not_name_another_door(void **state)
{
	const char *because = "aud: the token is for another door of this service";

	(void)state;
	policy.never = "admin";
	refuse(because, adding(",\"aud\":\"admin\""));
	refuse(because, adding(",\"aud\":[\"x\",\"admin\"]"));
	accept(adding(",\"aud\":\"admins\""));
	accept(adding(""));
	policy.audience = "call";
	refuse(because, adding(",\"aud\":[\"call\",\"admin\"]"));
	accept(adding(",\"aud\":[\"call\",\"adm\"]"));
	policy.never = "";
	accept(adding(",\"aud\":[\"call\",\"\"]"));
}

static void
aud_of_another_shape_is_refused_even_where_any_would_do(void **state)
{
	static const char *const bad[] = { "1", "null", "true", "{}", "{\"call\":true}",
		"[\"call\",1]", "[1,\"call\"]", "[[\"call\"]]", "[null]" };
	char more[64];

	(void)state;
	for (int round = 0; round < 2; round++) {
		policy.audience = round ? "call" : "";
		for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
			snprintf(more, sizeof(more), ",\"aud\":%s", bad[i]);
			refuse("aud: expected a string or an array of strings", adding(more));
		}
	}
	policy.audience = "";
	accept(adding(",\"aud\":\"anybody\""));
}

/* ---- claims: who ---- */

static void
sub_must_be_a_string_with_something_in_it(void **state)
{
	(void)state;
	refuse("sub is missing", saying("{\"exp\":" LATER "}"));
	refuse("sub is empty", about("\"\""));
	refuse("sub: expected a string", about("17"));
	refuse("sub: expected a string", about("null"));
	refuse("sub: expected a string", about("[\"ann\"]"));
	refuse("sub: expected a string", about("{\"id\":\"ann\"}"));
}

static void
sub_has_a_longest(void **state)
{
	char sub[300] = "\"";

	(void)state;
	memset(sub + 1, 's', 255);
	strcpy(sub + 256, "\"");
	accept(about(sub));
	assert_int_equal(strlen(token.sub), 255);
	strcpy(sub + 256, "s\"");
	refuse("sub is longer than 255 bytes", about(sub));
}

static void
sub_may_be_any_script_but_no_control_character(void **state)
{
	(void)state;
	accept(about("\"\xc3\x85sa \xf0\x9f\x98\x80 \xe6\xbc\xa2\""));
	assert_string_equal(token.sub, "\xc3\x85sa \xf0\x9f\x98\x80 \xe6\xbc\xa2");
	accept(about("\"\\u00c5sa \\ud83d\\ude00\""));
	assert_string_equal(token.sub, "\xc3\x85sa \xf0\x9f\x98\x80");
	accept(about("\"auth0|5f7c8ec7c33c6c004bbafe82\""));
	refuse("sub holds a control character", about("\"a\\nb\""));
	refuse("sub holds a control character", about("\"a\\u001b[31m\""));
	refuse("sub holds a control character", about("\"a\\u007f\""));
	refuse("sub holds a control character", about("\"a\\u0085\""));
	refuse("sub holds a control character", about("\"\\u2028\""));
}

/* ---- explaining ---- */

struct told {
	char text[2000];
	int failed;
};

static void
remember(void *context, const char *check, bool passed, const char *found)
{
	struct told *told = context;

	sprintf(told->text + strlen(told->text), "%s: %s: %s\n", check, passed ? "ok" : "refused",
	    found);
	told->failed += !passed;
}

static void
an_explanation_tells_each_check_up_to_the_one_that_fails(void **state)
{
	char *text = adding(",\"room\":\"r1\",\"name\":\"Ann\"");
	struct told told = { "", 0 };

	(void)state;
	assert_int_equal(
	    token_explain(text, keys, &policy, NOW, &token, remember, &told), REFUSED_NOT);
	assert_string_equal(told.text, "header: ok: alg HS256, kid hs\n"
				       "key: ok: \"hs\" (HS256)\n"
				       "signature: ok: good\n"
				       "exp: ok: 2023-11-14T23:13:20Z\n"
				       "nbf: ok: absent\n"
				       "iss: ok: any is accepted\n"
				       "aud: ok: any is accepted\n"
				       "sub: ok: \"ann\"\n"
				       "name: ok: \"Ann\"\n"
				       "grants: ok: 1 named room\n"
				       "expiry: ok: for another 3600 s\n");
	free(text);
	text = about("1");
	told = (struct told){ "", 0 };
	assert_int_equal(token_explain(text, keys, &policy, NOW, &token, remember, &told),
	    REFUSED_TOKEN_INVALID);
	assert_int_equal(told.failed, 1);
	assert_non_null(strstr(told.text, "sub: refused: sub: expected a string\n"));
	assert_null(strstr(told.text, "grants"));
	free(text);
}

/* The reason goes to logs and answers: it must not carry what is secret or foreign. */
static void
a_reason_holds_nothing_of_the_token_but_names(void **state)
{
	(void)state;
	refuse("alg \"\\x1b[31mevil\\x0a\" is not accepted",
	    headed("{\"alg\":\"\\u001b[31mevil\\n\"}"));
	refuse("kid \"aaaaaaaaaaaaaaaaaaaaaaaaaaaa...\": no key has this kid",
	    headed(
		"{\"alg\":\"HS256\",\"kid\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}"));
}

#define TEST(name) cmocka_unit_test_setup(name, reset)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_hs256_token_forged_with_the_rsa_public_pem_as_secret_is_refused),
		TEST(a_token_whose_exp_is_past_is_refused),
		TEST(with_no_key_garbage_is_refused),
		TEST(claims_are_checked),
		TEST(signatures_verify_with_keys_from_a_jwk_set),
		TEST(every_algorithm_verifies_with_its_kid_and_without),
		TEST(no_token_survives_a_change_of_any_character),
		TEST(what_was_minted_verifies),
		TEST(a_cut_signature_is_refused),
		TEST(an_algorithm_of_the_same_family_does_not_take_another_ones_key),
		TEST(a_signature_by_a_strange_key_is_refused),
		TEST(an_unknown_kid_is_refused_for_every_algorithm),
		TEST(without_kid_two_keys_of_one_algorithm_are_one_too_many),
		TEST(a_header_that_is_no_object_is_refused),
		TEST(no_token_is_missing_not_invalid),
		TEST(a_token_has_three_parts),
		TEST(a_token_cut_anywhere_is_refused),
		TEST(base64url_is_read_strictly),
		TEST(a_token_of_16_kib_is_judged_and_a_longer_one_is_not),
		TEST(the_payload_must_be_one_json_object),
		TEST(nested_bombs_are_refused),
		TEST(a_claim_said_twice_is_refused),
		TEST(a_token_without_exp_is_refused),
		TEST(exp_may_have_a_fraction_or_an_exponent),
		TEST(leeway_lengthens_exp_and_nbf_and_nothing_more),
		TEST(a_token_not_valid_yet_is_refused),
		TEST(iat_is_not_needed_and_not_judged),
		TEST(an_expired_token_that_is_wrong_otherwise_is_invalid_not_expired),
		TEST(iss_must_be_the_one_expected),
		TEST(any_iss_passes_where_none_is_configured_if_it_is_a_string),
		TEST(aud_must_name_us_as_a_string_or_in_an_array),
		TEST(aud_must_not_name_another_door),
		TEST(aud_of_another_shape_is_refused_even_where_any_would_do),
		TEST(sub_must_be_a_string_with_something_in_it),
		TEST(sub_has_a_longest),
		TEST(sub_may_be_any_script_but_no_control_character),
		TEST(an_explanation_tells_each_check_up_to_the_one_that_fails),
		TEST(a_reason_holds_nothing_of_the_token_but_names),
	};

	return cmocka_run_group_tests(tests, make_keys, remove_keys);
}
