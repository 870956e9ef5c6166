/* token_attacks – what is known to have been tried on JWTs, as one table: each row is a token, the
 * word by which it is refused, and why.
 *
 * With a folder as its argument the program puts its keys there and prints the table, a line for
 * each row with name, word and token; tests/e2e/attacks.test.mjs sends them through the whole chain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "forge.h"
#include "keys.h"
#include "token.h"

static const char secret[] = "thirty-two bytes are just enough";
static char rsa_pem[2048], ec_pem[2048];
static EVP_PKEY *rsa, *ec, *stranger;
static time_t now;

/* ---- ways to make a token of header and claims ---- */

static char *
by_secret(const char *header, const char *claims)
{
	return forge_token(&(struct forge_signer){ "SHA256", secret, 32, NULL, 0 }, header, claims);
}

static char *
by_longer_hash(const char *header, const char *claims)
{
	return forge_token(&(struct forge_signer){ "SHA512", secret, 32, NULL, 0 }, header, claims);
}

static char *
by_rsa_pem(const char *header, const char *claims)
{
	return forge_token(&(struct forge_signer){ "SHA256", rsa_pem, strlen(rsa_pem), NULL, 0 },
	    header, claims);
}

static char *
by_ec_pem(const char *header, const char *claims)
{
	return forge_token(&(struct forge_signer){ "SHA256", ec_pem, strlen(ec_pem), NULL, 0 },
	    header, claims);
}

static char *
by_nothing(const char *header, const char *claims)
{
	return forge_token(&(struct forge_signer){ "SHA256", "", 0, NULL, 0 }, header, claims);
}

/* The secret that the row's header brings along. */
static char *
by_own_secret(const char *header, const char *claims)
{
	return forge_token(&(struct forge_signer){ "SHA256", "AAAAAAAAAAAA", 12, NULL, 0 }, header,
	    claims);
}

static char *
by_rsa(const char *header, const char *claims)
{
	return forge_token(&(struct forge_signer){ "SHA256", NULL, 0, rsa, 0 }, header, claims);
}

static char *
by_ec(const char *header, const char *claims)
{
	return forge_token(&(struct forge_signer){ "SHA256", NULL, 0, ec, 32 }, header, claims);
}

static char *
by_stranger(const char *header, const char *claims)
{
	return forge_token(&(struct forge_signer){ "SHA256", NULL, 0, stranger, 32 }, header, claims);
}

static char *
by_rsa_with_sha512(const char *header, const char *claims)
{
	return forge_token(&(struct forge_signer){ "SHA512", NULL, 0, rsa, 0 }, header, claims);
}

static char *
by_ec_with_sha512(const char *header, const char *claims)
{
	return forge_token(&(struct forge_signer){ "SHA512", NULL, 0, ec, 32 }, header, claims);
}

/* Of another curve's length, and honestly so. */
static char *
by_p521(const char *header, const char *claims)
{
	EVP_PKEY *longer = forge_ec("P-521");
	char *text = forge_token(&(struct forge_signer){ "SHA512", NULL, 0, longer, 66 }, header, claims);

	EVP_PKEY_free(longer);
	return text;
}

static char *
by_ec_in_der(const char *header, const char *claims)
{
	return forge_token(&(struct forge_signer){ "SHA256", NULL, 0, ec, 0 }, header, claims);
}

/* Puts `n` characters in the place of the signature. */
static char *
resigned(char *text, char c, size_t n)
{
	char *more = realloc(text, strlen(text) + n + 2), *signature = strrchr(more, '.') + 1;

	memset(signature, c, n);
	signature[n] = '\0';
	return more;
}

static char *
with_zeroes(const char *header, const char *claims)
{
	return resigned(by_ec(header, claims), 'A', 86);
}

/* Puts n bytes in the place of the signature. */
static char *
signed_with(char *text, const unsigned char *bytes, size_t n)
{
	char encoded[1400];
	char *more;

	forge_base64url(encoded, bytes, n);
	more = resigned(text, 'A', strlen(encoded));
	strcpy(strrchr(more, '.') + 1, encoded);
	return more;
}

/* With the padding of PS256. */
static char *
by_rsa_pss(const char *header, const char *claims)
{
	char *text = by_rsa(header, claims);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *padding;
	unsigned char bytes[256];
	size_t n = sizeof(bytes);

	EVP_DigestSignInit(context, &padding, EVP_sha256(), NULL, rsa);
	EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING);
	EVP_DigestSign(context, bytes, &n, (const unsigned char *)text,
	    (size_t)(strrchr(text, '.') - text));
	EVP_MD_CTX_free(context);
	return signed_with(text, bytes, n);
}

/* The order of P-256 (SEC 2 §2.4.2): 0 for those who compute by it. */
static const unsigned char order[32] = { 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2,
	0xfc, 0x63, 0x25, 0x51 };

/* An honest signature, with one of its numbers replaced. */
static char *
with_number(const char *header, const char *claims, size_t at, const unsigned char number[32])
{
	const struct forge_signer signer = { "SHA256", NULL, 0, ec, 32 };
	char *text = by_ec(header, claims);
	unsigned char pair[1024];

	forge_signature(&signer, text, (size_t)(strrchr(text, '.') - text), pair);
	memcpy(pair + at, number, 32);
	return signed_with(text, pair, 64);
}

static char *
with_r_of_zero(const char *header, const char *claims)
{
	return with_number(header, claims, 0, (const unsigned char[32]){ 0 });
}

static char *
with_s_of_zero(const char *header, const char *claims)
{
	return with_number(header, claims, 32, (const unsigned char[32]){ 0 });
}

static char *
with_r_of_the_order(const char *header, const char *claims)
{
	return with_number(header, claims, 0, order);
}

static char *
with_s_of_the_order(const char *header, const char *claims)
{
	return with_number(header, claims, 32, order);
}

/* 0 and 0, modulo the order. */
static char *
with_the_order_twice(const char *header, const char *claims)
{
	unsigned char pair[64];

	memcpy(pair, order, 32);
	memcpy(pair + 32, order, 32);
	return signed_with(by_ec(header, claims), pair, 64);
}

/* An honest one whose first byte is 0, which some do not write: one in 256 is. The claims must end
 * in a place for the number that is tried. */
static char *
beginning_with_zero(const struct forge_signer *by, const char *header, const char *claims,
    unsigned char bytes[1024], size_t *n)
{
	char tried[600];
	char *text = NULL;

	bytes[0] = 1;
	for (int i = 0; bytes[0] != 0; i++) {
		free(text);
		snprintf(tried, sizeof(tried), "%.*s,\"i\":%d}", (int)strlen(claims) - 1, claims, i);
		text = forge_token(by, header, tried);
		*n = forge_signature(by, text, (size_t)(strrchr(text, '.') - text), bytes);
		if (by->coordinate != 0 && bytes[0] == 0) /* an ECDSA signature is another each time */
			text = signed_with(text, bytes, *n);
	}
	return text;
}

static char *
beginning_so_by_rsa(const char *header, const char *claims)
{
	unsigned char bytes[1024];
	size_t n;

	return beginning_with_zero(&(struct forge_signer){ "SHA256", NULL, 0, rsa, 0 }, header, claims,
	    bytes, &n);
}

static char *
beginning_so_by_ec(const char *header, const char *claims)
{
	unsigned char bytes[1024];
	size_t n;

	return beginning_with_zero(&(struct forge_signer){ "SHA256", NULL, 0, ec, 32 }, header, claims,
	    bytes, &n);
}

static char *
without_the_zero_by_rsa(const char *header, const char *claims)
{
	unsigned char bytes[1024];
	size_t n;
	char *text = beginning_with_zero(&(struct forge_signer){ "SHA256", NULL, 0, rsa, 0 }, header,
	    claims, bytes, &n);

	return signed_with(text, bytes + 1, n - 1);
}

static char *
without_the_zero_by_ec(const char *header, const char *claims)
{
	unsigned char bytes[1024];
	size_t n;
	char *text = beginning_with_zero(&(struct forge_signer){ "SHA256", NULL, 0, ec, 32 }, header,
	    claims, bytes, &n);

	return signed_with(text, bytes + 1, n - 1);
}

/* The same numbers, with zeroes before them: each of r and s a byte longer, and RSA's. */
static char *
with_more_zeroes_by_ec(const char *header, const char *claims)
{
	const struct forge_signer signer = { "SHA256", NULL, 0, ec, 33 };

	return forge_token(&signer, header, claims);
}

static char *
with_more_zeroes_by_rsa(const char *header, const char *claims)
{
	const struct forge_signer signer = { "SHA256", NULL, 0, rsa, 0 };
	char *text = by_rsa(header, claims);
	unsigned char bytes[1 + 1024] = { 0 };
	size_t n = forge_signature(&signer, text, (size_t)(strrchr(text, '.') - text), bytes + 1);

	return signed_with(text, bytes, n + 1);
}

/* One number instead of two, and almost two. */
static char *
with_r_alone(const char *header, const char *claims)
{
	return resigned(by_ec(header, claims), 'E', 43); /* 32 bytes */
}

static char *
with_an_odd_length(const char *header, const char *claims)
{
	return resigned(by_ec(header, claims), 'E', 84); /* 63 bytes */
}

/* s: 1 and -1 to any power are known without a key. */
static char *
by_one(const char *header, const char *claims)
{
	unsigned char one[256] = { [255] = 1 };

	return signed_with(by_rsa(header, claims), one, sizeof(one));
}

static char *
by_minus_one(const char *header, const char *claims)
{
	unsigned char bytes[256];
	BIGNUM *n = NULL;

	EVP_PKEY_get_bn_param(rsa, "n", &n);
	BN_sub_word(n, 1);
	BN_bn2binpad(n, bytes, sizeof(bytes));
	BN_free(n);
	return signed_with(by_rsa(header, claims), bytes, sizeof(bytes));
}

/* More than the modulus. */
static char *
by_all_ones(const char *header, const char *claims)
{
	unsigned char bytes[256];

	memset(bytes, 0xff, sizeof(bytes));
	return signed_with(by_rsa(header, claims), bytes, sizeof(bytes));
}

static char *
with_384_bits_of_ec(const char *header, const char *claims)
{
	return resigned(by_ec(header, claims), 'B', 128);
}

static char *
with_half_a_signature(const char *header, const char *claims)
{
	char *text = by_secret(header, claims);

	strrchr(text, '.')[1 + 22] = '\0';
	return resigned(text, 'A', 0); /* 22 characters are 16 bytes */
}

static char *
with_empty_signature(const char *header, const char *claims)
{
	return resigned(by_secret(header, claims), 'A', 0);
}

static char *
stripped(const char *header, const char *claims)
{
	char *text = by_secret(header, claims);

	*strrchr(text, '.') = '\0';
	return text;
}

static char *
of_three_null_objects(const char *header, const char *claims)
{
	(void)header, (void)claims;
	return strdup("e30.e30.e30");
}

/* JWE has five parts (RFC 7516 §3.1). */
static char *
encrypted(const char *header, const char *claims)
{
	char *text = by_secret(header, claims), *five = malloc(strlen(text) + 32);

	sprintf(five, "%s.AAAA.AAAA", text);
	free(text);
	return five;
}

/* The payload is a good token, for those who unwrap what they find (RFC 7519 §5.2). */
static char *
nested(const char *header, const char *claims)
{
	char *inside = by_secret("{\"alg\":\"HS256\",\"kid\":\"hs\"}", claims), *text;

	text = by_secret(header, inside);
	free(inside);
	return text;
}

static char *
deflated(const char *header, const char *claims)
{
	static const unsigned char pressed[] = { 0xab, 0x56, 0x2a, 0x2e, 0x4d, 0x02, 0x00 };

	(void)claims;
	return forge_token_bytes(&(struct forge_signer){ "SHA256", secret, 32, NULL, 0 }, header,
	    strlen(header), pressed, sizeof(pressed));
}

/* A payload that is longer than any request line. */
static char *
huge(const char *header, const char *claims)
{
	char *long_claims = malloc(strlen(claims) + 20000), *text;

	sprintf(long_claims, "%.*s,\"x\":\"%016384d\"}", (int)strlen(claims) - 1, claims, 0);
	text = by_secret(header, long_claims);
	free(long_claims);
	return text;
}

static char *
nested_deep(const char *header, const char *claims)
{
	char bomb[12000] = "{\"x\":";

	(void)claims;
	memset(bomb + 5, '[', 4000);
	memset(bomb + 4005, ']', 4000);
	strcpy(bomb + 8005, "}");
	return by_secret(header, bomb);
}

static char *
padded(const char *header, const char *claims)
{
	char *text = by_secret(header, claims);

	return strcat(text, "="); /* forge leaves room behind */
}

static char *
with_white_space(const char *header, const char *claims)
{
	char *text = by_secret(header, claims), *dot = strchr(text, '.');

	memmove(dot + 2, dot + 1, strlen(dot));
	dot[1] = '\n';
	return text;
}

/* The last character has bits that carry nothing; readers that ignore them see the same bytes. */
static char *
not_canonical(const char *header, const char *claims)
{
	char *text = by_secret(header, claims);

	text[strlen(text) - 1]++;
	return text;
}

static char *
in_base64(const char *header, const char *claims)
{
	char *text = by_secret(header, claims);

	strrchr(text, '.')[1] = '+';
	return text;
}

static char *
one_bit_off(const char *header, const char *claims)
{
	char *text = by_secret(header, claims), *first = strchr(text, '.') + 5;

	*first = *first == 'A' ? 'B' : 'A';
	return text;
}

/* ---- the table ---- */

#define GOOD "\"exp\":$LATER"
#define HS "{\"alg\":\"HS256\",\"kid\":\"hs\"}"
#define RS "{\"alg\":\"RS256\",\"kid\":\"rs\"}"
#define ES "{\"alg\":\"ES256\",\"kid\":\"es\"}"
#define CLAIMS(more) "{\"sub\":\"ann\"," GOOD more "}"
#define SIXTEEN "hshshshshshshshs"
#define TIMES(times) "{\"sub\":\"ann\"," times "}"

static const char signature[] = "the signature is not that of this key";
static const char other_alg[] = "the key of this kid is for another algorithm";
static const char no_kid[] = "no key has this kid";
static const char kid_form[] = "kid: expected a string of at most 128 bytes";
static const char twice[] = "the header says something twice";
static const char claims_twice[] = "the claims say something twice";
static const char exp_form[] = "exp: expected a time in seconds since 1970";
static const char nbf_form[] = "nbf: expected a time in seconds since 1970";
static const char aud_form[] = "aud: expected a string or an array of strings";
static const char parts[] = "expected header.payload.signature";
static const char no_object[] = "the payload is not a JSON object";
static const char control[] = "sub holds a control character";

#define GOOD_ONE REFUSED_NOT
#define INVALID REFUSED_TOKEN_INVALID
#define EXPIRED REFUSED_TOKEN_EXPIRED

/* header NULL: HS; claims NULL: good ones. $LATER is in an hour, $PAST an hour ago. */
static const struct attack {
	const char *name;
	enum refusal word;
	const char *why; /* is in it; NULL: not said in one way */
	char *(*make)(const char *header, const char *claims);
	const char *header, *claims;
} attacks[] = {
	/* clang-format off */
	{ "none",                     INVALID,  "alg \"none\" is not accepted", by_secret, "{\"alg\":\"none\"}", NULL },
	{ "none-in-capitals",         INVALID,  "is not accepted", by_secret, "{\"alg\":\"NONE\"}", NULL },
	{ "none-in-both",             INVALID,  "is not accepted", by_secret, "{\"alg\":\"nOnE\",\"kid\":\"hs\"}", NULL },
	{ "none-unsigned",            INVALID,  "it has no signature", with_empty_signature, "{\"alg\":\"none\"}", NULL },
	{ "none-stripped",            INVALID,  parts, stripped, "{\"alg\":\"none\"}", NULL },
	{ "none-escaped",             INVALID,  "is not accepted", by_secret, "{\"\\u0061lg\":\"\\u006eone\"}", NULL },
	{ "alg-empty",                INVALID,  "is not accepted", by_secret, "{\"alg\":\"\"}", NULL },
	{ "alg-absent",               INVALID,  "alg: expected a string", by_secret, "{}", NULL },
	{ "alg-null",                 INVALID,  "alg: expected a string", by_secret, "{\"alg\":null}", NULL },
	{ "alg-array",                INVALID,  "alg: expected a string", by_secret, "{\"alg\":[\"HS256\"]}", NULL },
	{ "alg-in-small",             INVALID,  "is not accepted", by_secret, "{\"alg\":\"hs256\"}", NULL },
	{ "alg-with-nul",             INVALID,  "the header is not a JSON object", by_secret, "{\"alg\":\"HS256\\u0000\"}", NULL },
	{ "alg-unknown",              INVALID,  "is not accepted", by_secret, "{\"alg\":\"PS256\",\"kid\":\"rs\"}", NULL },

	{ "rsa-pem-as-secret",        INVALID,  other_alg, by_rsa_pem, "{\"alg\":\"HS256\",\"kid\":\"rs\"}", NULL },
	{ "rsa-pem-as-secret-no-kid", INVALID,  signature, by_rsa_pem, "{\"alg\":\"HS256\"}", NULL },
	{ "ec-pem-as-secret",         INVALID,  other_alg, by_ec_pem, "{\"alg\":\"HS256\",\"kid\":\"es\"}", NULL },
	{ "ec-pem-as-secret-no-kid",  INVALID,  signature, by_ec_pem, "{\"alg\":\"HS256\"}", NULL },
	{ "longer-hash",              INVALID,  other_alg, by_longer_hash, "{\"alg\":\"HS512\",\"kid\":\"hs\"}", NULL },
	{ "longer-hash-hidden",       INVALID,  signature, by_longer_hash, NULL, NULL },
	{ "rsa-key-for-es",           INVALID,  signature, by_rsa, "{\"alg\":\"ES256\",\"kid\":\"es\"}", NULL },
	{ "ec-key-for-rs",            INVALID,  signature, by_ec, "{\"alg\":\"RS256\",\"kid\":\"rs\"}", NULL },
	{ "rs-kid-of-es",             INVALID,  other_alg, by_rsa, "{\"alg\":\"RS256\",\"kid\":\"es\"}", NULL },
	{ "es-kid-of-rs",             INVALID,  other_alg, by_ec, "{\"alg\":\"ES256\",\"kid\":\"rs\"}", NULL },
	{ "strange-ec-key",           INVALID,  signature, by_stranger, "{\"alg\":\"ES256\",\"kid\":\"es\"}", NULL },
	{ "empty-secret",             INVALID,  signature, by_nothing, NULL, NULL },

	{ "kid-unknown",              INVALID,  no_kid, by_secret, "{\"alg\":\"HS256\",\"kid\":\"x\"}", NULL },
	{ "kid-dev-null",             INVALID,  no_kid, by_nothing, "{\"alg\":\"HS256\",\"kid\":\"../../../../dev/null\"}", NULL },
	{ "kid-path-to-key",          INVALID,  no_kid, by_secret, "{\"alg\":\"HS256\",\"kid\":\"./hs\"}", NULL },
	{ "kid-file-name",            INVALID,  no_kid, by_secret, "{\"alg\":\"HS256\",\"kid\":\"hs.HS256.secret\"}", NULL },
	{ "kid-sql",                  INVALID,  no_kid, by_own_secret, "{\"alg\":\"HS256\",\"kid\":\"x' UNION SELECT 'AAAAAAAAAAAA\"}", NULL },
	{ "kid-shell",                INVALID,  no_kid, by_nothing, "{\"alg\":\"HS256\",\"kid\":\"|id\"}", NULL },
	{ "kid-log-line",             INVALID,  no_kid, by_secret, "{\"alg\":\"HS256\",\"kid\":\"hs\\n2026-01-01 opened\"}", NULL },
	{ "kid-nul",                  INVALID,  "the header is not a JSON object", by_secret, "{\"alg\":\"HS256\",\"kid\":\"hs\\u0000x\"}", NULL },
	{ "kid-array",                INVALID,  kid_form, by_secret, "{\"alg\":\"HS256\",\"kid\":[\"hs\"]}", NULL },
	{ "kid-number",               INVALID,  kid_form, by_secret, "{\"alg\":\"HS256\",\"kid\":0}", NULL },
	{ "kid-empty",                INVALID,  no_kid, by_secret, "{\"alg\":\"HS256\",\"kid\":\"\"}", NULL },
	{ "kid-overlong",             INVALID,  kid_form, by_secret, "{\"alg\":\"HS256\",\"kid\":\"" SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN "h\"}", NULL },

	{ "jwk-embedded",             INVALID,  signature, by_own_secret, "{\"alg\":\"HS256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"QUFBQUFBQUFBQUFB\"}}", NULL },
	{ "jku",                      INVALID,  signature, by_own_secret, "{\"alg\":\"HS256\",\"kid\":\"hs\",\"jku\":\"http://127.0.0.1:1/\"}", NULL },
	{ "x5u",                      INVALID,  signature, by_stranger, "{\"alg\":\"ES256\",\"kid\":\"es\",\"x5u\":\"http://127.0.0.1:1/\"}", NULL },
	{ "x5c",                      INVALID,  signature, by_stranger, "{\"alg\":\"ES256\",\"kid\":\"es\",\"x5c\":[\"MIIB\"]}", NULL },
	{ "jku-honestly-signed",      GOOD_ONE, NULL, by_secret, "{\"alg\":\"HS256\",\"kid\":\"hs\",\"jku\":\"http://127.0.0.1:1/\",\"jwk\":{},\"x5c\":[],\"x5u\":\"\"}", NULL },
	{ "crit",                     INVALID,  "crit: no extension is understood here", by_secret, "{\"alg\":\"HS256\",\"kid\":\"hs\",\"crit\":[\"exp\"],\"exp\":1}", NULL },
	{ "crit-empty",               INVALID,  "crit: no extension is understood here", by_secret, "{\"alg\":\"HS256\",\"kid\":\"hs\",\"crit\":[]}", NULL },
	{ "b64-false",                INVALID,  "b64: only true is accepted", by_secret, "{\"alg\":\"HS256\",\"kid\":\"hs\",\"b64\":false}", NULL },
	{ "b64-null",                 INVALID,  "b64: only true is accepted", by_secret, "{\"alg\":\"HS256\",\"kid\":\"hs\",\"b64\":null}", NULL },
	{ "b64-true",                 GOOD_ONE, NULL, by_secret, "{\"alg\":\"HS256\",\"kid\":\"hs\",\"b64\":true}", NULL },
	{ "zip",                      INVALID,  no_object, deflated, "{\"alg\":\"HS256\",\"kid\":\"hs\",\"zip\":\"DEF\"}", NULL },
	{ "nested",                   INVALID,  no_object, nested, "{\"alg\":\"HS256\",\"kid\":\"hs\",\"cty\":\"JWT\"}", NULL },
	{ "typ-jwe",                  INVALID,  "typ: expected JWT", by_secret, "{\"alg\":\"HS256\",\"kid\":\"hs\",\"typ\":\"JWE\"}", NULL },
	{ "typ-number",               INVALID,  "typ: expected JWT", by_secret, "{\"alg\":\"HS256\",\"kid\":\"hs\",\"typ\":7}", NULL },
	{ "typ-in-small",             GOOD_ONE, NULL, by_secret, "{\"alg\":\"HS256\",\"kid\":\"hs\",\"typ\":\"jwt\"}", NULL },
	{ "jwe",                      INVALID,  parts, encrypted, "{\"alg\":\"dir\",\"enc\":\"A256GCM\"}", NULL },
	{ "alg-twice",                INVALID,  twice, by_secret, "{\"alg\":\"none\",\"alg\":\"HS256\"}", NULL },
	{ "alg-twice-escaped",        INVALID,  twice, by_secret, "{\"alg\":\"HS256\",\"\\u0061lg\":\"none\"}", NULL },
	{ "kid-twice",                INVALID,  twice, by_secret, "{\"alg\":\"HS256\",\"kid\":\"rs\",\"kid\":\"hs\"}", NULL },

	{ "signature-empty",          INVALID,  "it has no signature", with_empty_signature, NULL, NULL },
	{ "signature-stripped",       INVALID,  parts, stripped, NULL, NULL },
	{ "signature-halved",         INVALID,  NULL, with_half_a_signature, NULL, NULL },
	{ "signature-of-zeroes",      INVALID,  signature, with_zeroes, "{\"alg\":\"ES256\",\"kid\":\"es\"}", NULL },
	{ "signature-in-der",         INVALID,  signature, by_ec_in_der, "{\"alg\":\"ES256\",\"kid\":\"es\"}", NULL },
	{ "signature-of-es384",       INVALID,  signature, with_384_bits_of_ec, "{\"alg\":\"ES256\",\"kid\":\"es\"}", NULL },
	{ "es-by-p-521",              INVALID,  signature, by_p521, ES, NULL },
	{ "es-with-another-hash",     INVALID,  signature, by_ec_with_sha512, ES, NULL },
	{ "es-with-r-of-zero",        INVALID,  signature, with_r_of_zero, ES, NULL },
	{ "es-with-s-of-zero",        INVALID,  signature, with_s_of_zero, ES, NULL },
	{ "es-with-r-of-the-order",   INVALID,  signature, with_r_of_the_order, ES, NULL },
	{ "es-with-s-of-the-order",   INVALID,  signature, with_s_of_the_order, ES, NULL },
	{ "es-with-the-order-twice",  INVALID,  signature, with_the_order_twice, ES, NULL },
	{ "es-of-one-number",         INVALID,  signature, with_r_alone, ES, NULL },
	{ "es-of-63-bytes",           INVALID,  signature, with_an_odd_length, ES, NULL },
	{ "es-beginning-with-zero",   GOOD_ONE, NULL, beginning_so_by_ec, ES, NULL },
	{ "es-without-its-zero",      INVALID,  signature, without_the_zero_by_ec, ES, NULL },
	{ "es-with-more-zeroes",      INVALID,  signature, with_more_zeroes_by_ec, ES, NULL },
	{ "rs-with-another-hash",     INVALID,  signature, by_rsa_with_sha512, RS, NULL },
	{ "rs-with-pss",              INVALID,  signature, by_rsa_pss, RS, NULL },
	{ "rs-beginning-with-zero",   GOOD_ONE, NULL, beginning_so_by_rsa, RS, NULL },
	{ "rs-without-its-zero",      INVALID,  signature, without_the_zero_by_rsa, RS, NULL },
	{ "rs-with-more-zeroes",      INVALID,  signature, with_more_zeroes_by_rsa, RS, NULL },
	{ "rs-of-one",                INVALID,  signature, by_one, RS, NULL },
	{ "rs-of-minus-one",          INVALID,  signature, by_minus_one, RS, NULL },
	{ "rs-above-the-modulus",     INVALID,  signature, by_all_ones, RS, NULL },
	{ "rs-of-an-ecdsa-key",       INVALID,  signature, by_ec_in_der, RS, NULL },
	{ "signature-of-hmac",        INVALID,  signature, by_secret, "{\"alg\":\"RS256\",\"kid\":\"rs\"}", NULL },
	{ "payload-changed",          INVALID,  NULL, one_bit_off, NULL, NULL },
	{ "three-empty-objects",      INVALID,  NULL, of_three_null_objects, NULL, NULL },
	{ "padding",                  INVALID,  "the signature is not base64url", padded, NULL, NULL },
	{ "white-space",              INVALID,  "the payload is not base64url", with_white_space, NULL, NULL },
	{ "tail-not-canonical",       INVALID,  "the signature is not base64url", not_canonical, NULL, NULL },
	{ "base64-not-url",           INVALID,  "the signature is not base64url", in_base64, NULL, NULL },
	{ "huge-payload",             INVALID,  "the token is longer than 16 KiB", huge, NULL, NULL },
	{ "nested-4000-deep",         INVALID,  no_object, nested_deep, NULL, NULL },
	{ "payload-array",            INVALID,  no_object, by_secret, NULL, "[" CLAIMS("") "]" },
	{ "payload-and-more",         INVALID,  no_object, by_secret, NULL, CLAIMS("") "{}" },
	{ "payload-with-bom",         INVALID,  no_object, by_secret, NULL, "\xef\xbb\xbf" CLAIMS("") },

	{ "sub-twice",                INVALID,  claims_twice, by_secret, NULL, CLAIMS(",\"sub\":\"bob\"") },
	{ "sub-twice-escaped",        INVALID,  claims_twice, by_secret, NULL, CLAIMS(",\"s\\u0075b\":\"bob\"") },
	{ "exp-twice",                INVALID,  claims_twice, by_secret, NULL, CLAIMS(",\"exp\":9999999999") },
	{ "grant-twice",              INVALID,  claims_twice, by_secret, NULL, CLAIMS(",\"video\":{\"room\":\"x\",\"room\":\"r1\"}") },
	{ "exp-absent",               INVALID,  "exp is missing", by_secret, NULL, "{\"sub\":\"ann\"}" },
	{ "exp-past",                 EXPIRED,  "it was good until", by_secret, NULL, TIMES("\"exp\":$PAST") },
	{ "exp-zero",                 EXPIRED,  "it was good until", by_secret, NULL, TIMES("\"exp\":0") },
	{ "exp-minus-zero",           EXPIRED,  "it was good until", by_secret, NULL, TIMES("\"exp\":-0") },
	{ "exp-past-of-a-forger",     INVALID,  signature, by_nothing, NULL, TIMES("\"exp\":$PAST") },
	{ "exp-string",               INVALID,  exp_form, by_secret, NULL, TIMES("\"exp\":\"$LATER\"") },
	{ "exp-null",                 INVALID,  exp_form, by_secret, NULL, TIMES("\"exp\":null") },
	{ "exp-true",                 INVALID,  exp_form, by_secret, NULL, TIMES("\"exp\":true") },
	{ "exp-array",                INVALID,  exp_form, by_secret, NULL, TIMES("\"exp\":[$LATER]") },
	{ "exp-1e300",                INVALID,  exp_form, by_secret, NULL, TIMES("\"exp\":1e300") },
	{ "exp-of-the-year-10000",    INVALID,  exp_form, by_secret, NULL, TIMES("\"exp\":253402300800") },
	{ "exp-in-hexadecimal",       INVALID,  no_object, by_secret, NULL, TIMES("\"exp\":0x7fffffff") },
	{ "exp-object",               INVALID,  exp_form, by_secret, NULL, TIMES("\"exp\":{}") },
	{ "exp-negative",             INVALID,  exp_form, by_secret, NULL, TIMES("\"exp\":-$LATER") },
	{ "exp-in-milliseconds",      INVALID,  exp_form, by_secret, NULL, TIMES("\"exp\":$LATER000") },
	{ "exp-2-to-the-63",          INVALID,  NULL, by_secret, NULL, TIMES("\"exp\":9223372036854775808") },
	{ "exp-2-to-the-64",          INVALID,  NULL, by_secret, NULL, TIMES("\"exp\":18446744073709551616") },
	{ "exp-huge-exponent",        INVALID,  NULL, by_secret, NULL, TIMES("\"exp\":1e999999999") },
	{ "exp-tiny-exponent",        EXPIRED,  NULL, by_secret, NULL, TIMES("\"exp\":1e-300") },
	{ "exp-fraction",             GOOD_ONE, NULL, by_secret, NULL, TIMES("\"exp\":$LATER.5") },
	{ "exp-nan",                  INVALID,  no_object, by_secret, NULL, TIMES("\"exp\":NaN") },
	{ "exp-in-capitals",          INVALID,  "exp is missing", by_secret, NULL, "{\"sub\":\"ann\",\"EXP\":$LATER}" },
	{ "nbf-later",                INVALID,  "nbf: not valid yet", by_secret, NULL, CLAIMS(",\"nbf\":$LATER") },
	{ "nbf-string",               INVALID,  nbf_form, by_secret, NULL, CLAIMS(",\"nbf\":\"0\"") },
	{ "nbf-null",                 INVALID,  nbf_form, by_secret, NULL, CLAIMS(",\"nbf\":null") },
	{ "nbf-negative",             INVALID,  nbf_form, by_secret, NULL, CLAIMS(",\"nbf\":-1") },
	{ "nbf-array",                INVALID,  nbf_form, by_secret, NULL, CLAIMS(",\"nbf\":[0]") },
	{ "nbf-huge",                 INVALID,  NULL, by_secret, NULL, CLAIMS(",\"nbf\":1e999999999") },
	{ "aud-object",               INVALID,  aud_form, by_secret, NULL, CLAIMS(",\"aud\":{\"here\":1}") },
	{ "aud-number",               INVALID,  aud_form, by_secret, NULL, CLAIMS(",\"aud\":0") },
	{ "aud-null",                 INVALID,  aud_form, by_secret, NULL, CLAIMS(",\"aud\":null") },
	{ "aud-of-mixed-kinds",       INVALID,  aud_form, by_secret, NULL, CLAIMS(",\"aud\":[\"here\",null]") },
	{ "aud-in-an-array-in-it",    INVALID,  aud_form, by_secret, NULL, CLAIMS(",\"aud\":[[\"here\"]]") },
	{ "iss-array",                INVALID,  "iss: expected a string", by_secret, NULL, CLAIMS(",\"iss\":[\"us\"]") },

	{ "sub-absent",               INVALID,  "sub is missing", by_secret, NULL, "{" GOOD "}" },
	{ "sub-empty",                INVALID,  "sub is empty", by_secret, NULL, "{\"sub\":\"\"," GOOD "}" },
	{ "sub-number",               INVALID,  "sub: expected a string", by_secret, NULL, "{\"sub\":1," GOOD "}" },
	{ "sub-array",                INVALID,  "sub: expected a string", by_secret, NULL, "{\"sub\":[\"ann\"]," GOOD "}" },
	{ "sub-nul",                  INVALID,  no_object, by_secret, NULL, "{\"sub\":\"ann\\u0000\"," GOOD "}" },
	{ "sub-lone-surrogate",       INVALID,  no_object, by_secret, NULL, "{\"sub\":\"\\ud800\"," GOOD "}" },
	{ "sub-overlong-utf-8",       INVALID,  no_object, by_secret, NULL, "{\"sub\":\"\xc0\xae\"," GOOD "}" },
	{ "sub-escape-sequence",      INVALID,  control, by_secret, NULL, "{\"sub\":\"\\u001b]0;x\\u0007\"," GOOD "}" },
	{ "sub-c1-control",           INVALID,  control, by_secret, NULL, "{\"sub\":\"\\u009b2J\"," GOOD "}" },
	{ "sub-newline",              INVALID,  control, by_secret, NULL, "{\"sub\":\"a\\nb\"," GOOD "}" },
	{ "sub-line-separator",       INVALID,  control, by_secret, NULL, "{\"sub\":\"a\\u2028b\"," GOOD "}" },
	{ "sub-of-any-script",        GOOD_ONE, NULL, by_secret, NULL, "{\"sub\":\"\\u6f22 \\ud83d\\ude00\"," GOOD "}" },
	/* clang-format on */
};

enum { ATTACKS = sizeof(attacks) / sizeof(attacks[0]) };

/* ---- the rest ---- */

/* Puts the times in. To be freed. */
static char *
fill(const char *claims)
{
	char *filled = malloc(strlen(claims) + 256), *to = filled;

	while (*claims != '\0') {
		if (strncmp(claims, "$LATER", 6) == 0)
			to += sprintf(to, "%ld", (long)now + 3600), claims += 6;
		else if (strncmp(claims, "$PAST", 5) == 0)
			to += sprintf(to, "%ld", (long)now - 3600), claims += 5;
		else
			*to++ = *claims++;
	}
	*to = '\0';
	return filled;
}

static char *
attack_make(const struct attack *a)
{
	char *claims = fill(a->claims != NULL ? a->claims : CLAIMS(""));
	char *text = a->make(a->header != NULL ? a->header : HS, claims);

	free(claims);
	return text;
}

static void
read_pem(char to[2048], EVP_PKEY *key)
{
	FILE *f = fmemopen(to, 2048, "w");

	PEM_write_PUBKEY(f, key);
	fclose(f);
}

static void
make_keys(const char *folder)
{
	now = time(NULL);
	rsa = forge_rsa(2048);
	ec = forge_ec("P-256");
	stranger = forge_ec("P-256");
	read_pem(rsa_pem, rsa);
	read_pem(ec_pem, ec);
	forge_file(folder, "hs.HS256.secret", secret, 32);
	forge_public_pem(folder, "rs.RS256.pem", rsa);
	forge_public_pem(folder, "es.ES256.pem", ec);
}

static void
free_keys(void)
{
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(stranger);
}

static void
each_is_refused_by_its_word(void **state)
{
	static const struct token_policy any = { "", "", 0, "" };
	struct keys *keys = *state;
	struct token token;
	char why[160];

	for (size_t i = 0; i < ATTACKS; i++) {
		const struct attack *a = &attacks[i];
		char *text = attack_make(a);
		enum refusal got = token_verify(text, keys, &any, (int64_t)now * 1000, &token, why,
		    sizeof(why));

		if (got != a->word)
			fail_msg("%s: expected \"%s\", got \"%s\" (%s)", a->name,
			    refusal_table[a->word].word, refusal_table[got].word, why);
		if (a->why != NULL && strstr(why, a->why) == NULL)
			fail_msg("%s: expected \"%s\", got \"%s\"", a->name, a->why, why);
		assert_int_equal(token.sub[0] != '\0', got == REFUSED_NOT);
		free(text);
	}
}

/* Or the others prove nothing. */
static void
a_token_that_attacks_nothing_is_good(void **state)
{
	static const struct attack good[] = {
		{ .name = "hs", .make = by_secret },
		{ .name = "rs", .make = by_rsa, .header = "{\"alg\":\"RS256\",\"kid\":\"rs\"}" },
		{ .name = "es", .make = by_ec, .header = "{\"alg\":\"ES256\",\"kid\":\"es\"}" },
	};
	static const struct token_policy any = { "", "", 0, "" };
	struct token token;
	char why[160];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char *text = attack_make(&good[i]);

		if (token_verify(text, *state, &any, (int64_t)now * 1000, &token, why, sizeof(why)) !=
		    REFUSED_NOT)
			fail_msg("%s: %s", good[i].name, why);
		free(text);
	}
}

static char folder[] = "/tmp/bk.attacks.XXXXXX";

static int
open_keys(void **state)
{
	assert_non_null(mkdtemp(folder));
	make_keys(folder);
	*state = keys_open(folder, NULL, NULL);
	return 0;
}

static int
close_keys(void **state)
{
	keys_free(*state);
	free_keys();
	forge_remove(folder, "hs.HS256.secret");
	forge_remove(folder, "rs.RS256.pem");
	forge_remove(folder, "es.ES256.pem");
	return rmdir(folder);
}

/* Newlines do not stand in a line: the one token that has one is sent with it encoded. */
static int
print_table(const char *key_folder)
{
	make_keys(key_folder);
	for (size_t i = 0; i < ATTACKS; i++) {
		char *text = attack_make(&attacks[i]);

		printf("%s\t%s\t", attacks[i].name, refusal_table[attacks[i].word].word);
		for (const char *c = text; *c != '\0'; c++)
			*c == '\n' ? fputs("%0A", stdout) : printf(*c == '+' ? "%%2B" : "%c", *c);
		putchar('\n');
		free(text);
	}
	free_keys();
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_that_attacks_nothing_is_good),
		cmocka_unit_test(each_is_refused_by_its_word),
	};

	if (argc > 1)
		return print_table(argv[1]);
	return cmocka_run_group_tests(tests, open_keys, close_keys);
}
