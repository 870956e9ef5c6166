/* signature – HMAC, RSA (PKCS #1 v1.5), ECDSA. */
#include "signature.h"

#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "algorithm.h"

enum { DER_MAX = 160 }; /* bytes: two numbers of 66 and a sign each, three heads */

struct signature {
	const unsigned char *bytes;
	size_t len;
};

/* Compared in constant time. */
static bool
hmac_is_right(const struct key *key, const void *text, size_t n, struct signature s)
{
	const EVP_MD *digest = EVP_get_digestbyname(algorithm_table[key->algorithm].digest);
	unsigned char right[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	/* HMAC takes a secret that is NULL for the one that it was last given. */
	if (!key->secret || key->len == 0 || !digest ||
	    !HMAC(digest, key->secret, (int)key->len, text, n, right, &len))
		return false;
	return len == s.len && CRYPTO_memcmp(right, s.bytes, len) == 0;
}

static bool
public_is_right(const struct key *key, const void *text, size_t n, struct signature s)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	const char *digest = algorithm_table[key->algorithm].digest;
	bool right;

	right = context &&
	    EVP_DigestVerifyInit_ex(context, NULL, digest, NULL, NULL, key->public, NULL) == 1 &&
	    EVP_DigestVerify(context, s.bytes, s.len, text, n) == 1;
	EVP_MD_CTX_free(context);
	ERR_clear_error(); /* of one that is wrong, which is all there is to say */
	return right;
}

/* RFC 8017 §8.2.2: as long as the modulus, whatever its first bytes are. */
static bool
rsa_is_right(const struct key *key, const void *text, size_t n, struct signature s)
{
	if (!EVP_PKEY_is_a(key->public, "RSA") || s.len != (size_t)EVP_PKEY_get_size(key->public))
		return false;
	return public_is_right(key, text, n, s);
}

/* r || s as OpenSSL wants it, in DER. The length, or 0. */
static size_t
to_der(struct signature s, unsigned char der[DER_MAX])
{
	ECDSA_SIG *pair = ECDSA_SIG_new();
	int half = (int)(s.len / 2);
	BIGNUM *first = BN_bin2bn(s.bytes, half, NULL);
	BIGNUM *second = BN_bin2bn(s.bytes + half, half, NULL);
	int len = 0;

	if (pair && first && second && ECDSA_SIG_set0(pair, first, second) == 1) {
		first = second = NULL;
		len = i2d_ECDSA_SIG(pair, NULL);
		len = len <= DER_MAX ? i2d_ECDSA_SIG(pair, &der) : 0;
	}
	BN_free(first);
	BN_free(second);
	ECDSA_SIG_free(pair);
	return len > 0 ? (size_t)len : 0;
}

/* RFC 7518 §3.4: r and s, each as long as the curve's field. That they are in 1..n-1 OpenSSL sees
 * to. */
static bool
ecdsa_is_right(const struct key *key, const void *text, size_t n, struct signature s)
{
	unsigned char der[DER_MAX];
	struct signature d = { der, 0 };

	if (!EVP_PKEY_is_a(key->public, "EC") ||
	    s.len != 2 * algorithm_table[key->algorithm].coordinate)
		return false;
	d.len = to_der(s, der);
	return d.len > 0 && public_is_right(key, text, n, d);
}

bool
signature_is_right(const struct key *key, const void *text, size_t n,
    const unsigned char *signature, size_t len)
{
	const struct signature s = { signature, len };

	switch (algorithm_table[key->algorithm].kind) {
	case KEY_SECRET: return hmac_is_right(key, text, n, s);
	case KEY_RSA: return key->public && rsa_is_right(key, text, n, s);
	case KEY_EC: return key->public && ecdsa_is_right(key, text, n, s);
	case KEY_NONE: break;
	}
	return false;
}
