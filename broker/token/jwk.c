/* jwk – from JSON members to a key of OpenSSL 3. */
#include "jwk.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include "algorithm.h"
#include "base64url.h"
#include "pubkey.h"
#include "quote.h"

/* The string member of that name; NULL where there is none or it is no string. */
static const char *
member(const cJSON *jwk, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(jwk, name));
}

static bool
has(const cJSON *jwk, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(jwk, name) != NULL;
}

/* `why` := name "got": problem. */
static int
refuse(char *why, size_t size, const char *name, const char *got, const char *problem)
{
	char shown[QUOTE_SIZE];

	if (got)
		snprintf(why, size, "%s \"%s\": %s", name, quote(shown, sizeof(shown), got),
		    problem);
	else
		snprintf(why, size, "%s: %s", name, problem);
	return -1;
}

/* ---- what it says about itself ---- */

static const char *
private_member(const cJSON *jwk)
{
	static const char *const secrets[] = { "d", "p", "q", "dp", "dq", "qi", "oth", "k" };

	for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++)
		if (has(jwk, secrets[i]))
			return secrets[i];
	return NULL;
}

static int
check_public(const cJSON *jwk, char *why, size_t size)
{
	const char *name = private_member(jwk);

	return name ? refuse(why, size, name, NULL,
			  "a private member; only public keys belong here")
		    : 0;
}

bool
jwk_is_secret(const cJSON *jwk)
{
	const char *kty = member(jwk, "kty");

	return private_member(jwk) || (kty && strcmp(kty, "oct") == 0);
}

bool
jwk_is_for_encryption(const cJSON *jwk)
{
	const char *use = member(jwk, "use");

	return use && strcmp(use, "enc") == 0 && !jwk_is_secret(jwk);
}

/* RFC 7517 §4.2, §4.3: both are optional, and each can say that the key is not for signatures. */
static int
check_use(const cJSON *jwk, char *why, size_t size)
{
	const cJSON *operation, *operations = cJSON_GetObjectItemCaseSensitive(jwk, "key_ops");
	const char *use = member(jwk, "use");

	if (has(jwk, "use") && (!use || strcmp(use, "sig") != 0))
		return refuse(why, size, "use", use ? use : "(no string)", "expected \"sig\"");
	if (!operations)
		return 0;
	cJSON_ArrayForEach(operation, operations)
		if (cJSON_IsString(operation) && strcmp(operation->valuestring, "verify") == 0)
			return 0;
	return refuse(why, size, "key_ops", NULL, "expected \"verify\" among them");
}

static enum key_kind
kind_of(const char *kty)
{
	if (kty && strcmp(kty, "RSA") == 0)
		return KEY_RSA;
	return kty && strcmp(kty, "EC") == 0 ? KEY_EC : KEY_NONE;
}

static enum algorithm
algorithm_of_curve(const char *crv)
{
	for (int a = ALG_NONE + 1; crv && a < ALGORITHMS; a++)
		if (algorithm_table[a].crv && strcmp(algorithm_table[a].crv, crv) == 0)
			return (enum algorithm)a;
	return ALG_NONE;
}

static int
read_kid(const cJSON *jwk, struct key *key, char *why, size_t size)
{
	const char *kid = member(jwk, "kid");

	if (!has(jwk, "kid"))
		return 0;
	if (!kid || !kid[0] || strlen(kid) >= sizeof(key->kid))
		return refuse(why, size, "kid", kid, "expected a string of 1 to 128 bytes");
	strcpy(key->kid, kid);
	return 0;
}

/* Sets the algorithm, which must be one for this type of key. */
static int
read_algorithm(const cJSON *jwk, struct key *key, char *why, size_t size)
{
	const char *kty = member(jwk, "kty"), *alg = member(jwk, "alg"), *crv = member(jwk, "crv");
	enum key_kind kind = kind_of(kty);

	if (kty && strcmp(kty, "oct") == 0)
		return refuse(why, size, "kty", kty, "a secret does not belong into a JWK set");
	if (kind == KEY_NONE)
		return refuse(why, size, "kty", kty, "expected RSA or EC");
	if (has(jwk, "alg"))
		key->algorithm = alg ? algorithm_find(alg, strlen(alg)) : ALG_NONE;
	else
		key->algorithm = kind == KEY_RSA ? RS256 : algorithm_of_curve(crv);
	if (key->algorithm == ALG_NONE)
		return has(jwk, "alg") ? refuse(why, size, "alg", alg, "is not accepted")
				       : refuse(why, size, "crv", crv, "is not accepted");
	if (algorithm_table[key->algorithm].kind != kind)
		return refuse(why, size, "alg", alg, "is not for this kty");
	return 0;
}

/* ---- its numbers ---- */

/* Decodes a member into cap bytes. Returns its length, or -1 with why. */
static ssize_t
decode(const cJSON *jwk, const char *name, unsigned char *to, size_t cap, char *why, size_t size)
{
	const char *text = member(jwk, name);
	ssize_t n = -1;

	if (text && strlen(text) * 3 / 4 <= cap)
		n = base64url_decode(to, text, strlen(text));
	if (n <= 0) {
		refuse(why, size, name, NULL, "expected a number in base64url");
		return -1;
	}
	return n;
}

static EVP_PKEY *
make(const char *type, OSSL_PARAM_BLD *builder)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (params && context && EVP_PKEY_fromdata_init(context) == 1)
		EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params);
	EVP_PKEY_CTX_free(context);
	OSSL_PARAM_free(params);
	return key;
}

static EVP_PKEY *
make_rsa(const cJSON *jwk, char *why, size_t size)
{
	unsigned char n[1100], e[16]; /* 8192 bits are 1024 bytes; no exponent passes 64 bits */
	ssize_t n_len = decode(jwk, "n", n, sizeof(n), why, size);
	ssize_t e_len = n_len > 0 ? decode(jwk, "e", e, sizeof(e), why, size) : -1;
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	BIGNUM *modulus = NULL, *exponent = NULL;
	EVP_PKEY *key = NULL;

	if (n_len < 0 || e_len < 0 || !builder)
		goto out;
	modulus = BN_bin2bn(n, (int)n_len, NULL);
	exponent = BN_bin2bn(e, (int)e_len, NULL);
	if (modulus && exponent &&
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) == 1)
		key = make("RSA", builder);
	if (!key)
		snprintf(why, size, "n and e do not make a key");
out:
	OSSL_PARAM_BLD_free(builder);
	BN_free(modulus);
	BN_free(exponent);
	return key;
}

/* Reads x or y: exactly as long as the curve's field (RFC 7518 §6.2.1.2). */
static int
read_coordinate(const cJSON *jwk, const char *name, unsigned char *to, size_t n, char *why,
    size_t size)
{
	ssize_t len = decode(jwk, name, to, n, why, size);

	if (len < 0)
		return -1;
	if ((size_t)len != n) {
		snprintf(why, size, "%s: expected %zu bytes, got %zd", name, n, len);
		return -1;
	}
	return 0;
}

static EVP_PKEY *
make_ec(const cJSON *jwk, const struct algorithm_row *row, char *why, size_t size)
{
	const char *crv = member(jwk, "crv");
	unsigned char point[1 + 2 * 66] = { 4 }; /* uncompressed (SEC 1 §2.3.3) */
	size_t n = row->coordinate;
	OSSL_PARAM_BLD *builder;
	EVP_PKEY *key = NULL;

	if (!crv || strcmp(crv, row->crv) != 0) {
		refuse(why, size, "crv", crv, "is not the curve of its alg");
		return NULL;
	}
	if (read_coordinate(jwk, "x", point + 1, n, why, size) != 0 ||
	    read_coordinate(jwk, "y", point + 1 + n, n, why, size) != 0)
		return NULL;
	builder = OSSL_PARAM_BLD_new();
	if (builder &&
	    OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, row->group, 0) &&
	    OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * n))
		key = make("EC", builder);
	if (!key)
		snprintf(why, size, "x and y are no point of %s", row->crv);
	OSSL_PARAM_BLD_free(builder);
	return key;
}

int
jwk_read(const cJSON *jwk, struct key *key, char *why, size_t size)
{
	const struct algorithm_row *row;
	int rc;

	*key = (struct key){ 0 };
	if (!cJSON_IsObject(jwk)) {
		snprintf(why, size, "expected a JSON object, got something else");
		return -1;
	}
	if (read_kid(jwk, key, why, size) != 0 || read_algorithm(jwk, key, why, size) != 0 ||
	    check_public(jwk, why, size) != 0 || check_use(jwk, why, size) != 0)
		return -1;
	row = &algorithm_table[key->algorithm];
	key->public = row->kind == KEY_RSA ? make_rsa(jwk, why, size)
					   : make_ec(jwk, row, why, size);
	rc = key->public ? pubkey_check(key->public, key->algorithm, why, size) : -1;
	if (rc != 0)
		key_fini(key);
	ERR_clear_error(); /* said in why */
	return rc;
}
