/* forge – keys and tokens for tests, made with OpenSSL alone.
 *
 * The tests must not depend on the code under test, nor on libjwt, to make what that code is to
 * judge; and a forger is not bound by what a library would write. Plain functions in a header,
 * since each test is one file. */
#ifndef BECKON_TEST_FORGE_H
#define BECKON_TEST_FORGE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#define FORGE __attribute__((unused)) static

/* base64url without padding; returns the length. */
FORGE size_t
forge_base64url(char *to, const void *bytes, size_t n)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const unsigned char *b = bytes;
	size_t len = 0;

	for (size_t i = 0; i < n; i += 3) {
		unsigned v = (unsigned)b[i] << 16 | (i + 1 < n ? b[i + 1] : 0u) << 8 |
			     (i + 2 < n ? b[i + 2] : 0u);

		for (size_t k = 0; k < 4 && (k < 2 || i + k - 1 < n); k++)
			to[len++] = digits[v >> (18 - 6 * k) & 63];
	}
	to[len] = '\0';
	return len;
}

FORGE EVP_PKEY *
forge_rsa(int bits)
{
	return EVP_RSA_gen(bits);
}

FORGE EVP_PKEY *
forge_ec(const char *curve)
{
	return EVP_EC_gen(curve);
}

FORGE void
forge_file(const char *folder, const char *name, const void *bytes, size_t n)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	fchmod(fileno(f), 0600); /* a secret that others may read is refused */
	fwrite(bytes, 1, n, f);
	fclose(f);
}

FORGE void
forge_public_pem(const char *folder, const char *name, EVP_PKEY *key)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	PEM_write_PUBKEY(f, key);
	fclose(f);
}

FORGE void
forge_private_pem(const char *folder, const char *name, EVP_PKEY *key)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
	fclose(f);
}

/* A self-signed certificate, long expired: its dates are not our matter. */
FORGE void
forge_certificate(const char *folder, const char *name, EVP_PKEY *key)
{
	X509 *x = X509_new();
	char path[512];
	FILE *f;

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -2000000);
	X509_gmtime_adj(X509_getm_notAfter(x), -1000000);
	X509_set_pubkey(x, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
	    (const unsigned char *)"test", -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	X509_sign(x, key, EVP_sha256());
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	PEM_write_X509(f, x);
	fclose(f);
	X509_free(x);
}

FORGE void
forge_remove(const char *folder, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	unlink(path);
}

/* A public number of a key in base64url, padded to n bytes where n is not 0. */
FORGE void
forge_number(char *to, EVP_PKEY *key, const char *name, size_t n)
{
	unsigned char bytes[1100];
	BIGNUM *number = NULL;

	EVP_PKEY_get_bn_param(key, name, &number);
	if (n == 0)
		n = (size_t)BN_num_bytes(number);
	BN_bn2binpad(number, bytes, (int)n);
	BN_free(number);
	forge_base64url(to, bytes, n);
}

/* The public key as a JWK; kid and alg may be NULL. Needs 1 KB. */
FORGE void
forge_jwk(char *to, const char *kid, const char *alg, EVP_PKEY *key)
{
	char first[800], second[800];
	size_t n = ((size_t)EVP_PKEY_get_bits(key) + 7) / 8;

	to += sprintf(to, "{");
	if (kid)
		to += sprintf(to, "\"kid\":\"%s\",", kid);
	if (alg)
		to += sprintf(to, "\"alg\":\"%s\",", alg);
	if (EVP_PKEY_is_a(key, "RSA")) {
		forge_number(first, key, "n", 0);
		forge_number(second, key, "e", 0);
		sprintf(to, "\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"}", first, second);
	} else {
		forge_number(first, key, "qx", n);
		forge_number(second, key, "qy", n);
		sprintf(to, "\"kty\":\"EC\",\"crv\":\"P-%d\",\"x\":\"%s\",\"y\":\"%s\"}",
		    EVP_PKEY_get_bits(key), first, second);
	}
}

/* How to sign: with a secret, or with a key. */
struct forge_signer {
	const char *digest;
	const void *secret;
	size_t secret_len;
	EVP_PKEY *key;
	size_t coordinate; /* EC: bytes of r and of s */
};

/* DER to r || s (RFC 7518 §3.4). */
FORGE size_t
forge_raw_ecdsa(unsigned char *signature, size_t n, size_t coordinate)
{
	const unsigned char *at = signature;
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)n);
	const BIGNUM *r, *s;

	ECDSA_SIG_get0(pair, &r, &s);
	BN_bn2binpad(r, signature, (int)coordinate);
	BN_bn2binpad(s, signature + coordinate, (int)coordinate);
	ECDSA_SIG_free(pair);
	return 2 * coordinate;
}

FORGE size_t
forge_signature(const struct forge_signer *by, const char *text, size_t n, unsigned char to[1024])
{
	const EVP_MD *digest = EVP_get_digestbyname(by->digest);
	EVP_MD_CTX *context;
	unsigned int mac = 0;
	size_t len = 1024;

	if (by->secret) {
		HMAC(digest, by->secret, (int)by->secret_len, (const unsigned char *)text, n, to,
		    &mac);
		return mac;
	}
	context = EVP_MD_CTX_new();
	EVP_DigestSignInit(context, NULL, digest, NULL, by->key);
	EVP_DigestSign(context, to, &len, (const unsigned char *)text, n);
	EVP_MD_CTX_free(context);
	return by->coordinate ? forge_raw_ecdsa(to, len, by->coordinate) : len;
}

/* header.payload.signature of n and m arbitrary bytes; to be freed. */
FORGE char *
forge_token_bytes(const struct forge_signer *by, const void *header, size_t n, const void *payload,
    size_t m)
{
	char *text = malloc((n + m) * 2 + 3000);
	unsigned char signature[1024];
	size_t len;

	len = forge_base64url(text, header, n);
	text[len++] = '.';
	len += forge_base64url(text + len, payload, m);
	m = forge_signature(by, text, len, signature);
	text[len++] = '.';
	forge_base64url(text + len, signature, m);
	return text;
}

FORGE char *
forge_token(const struct forge_signer *by, const char *header, const char *payload)
{
	return forge_token_bytes(by, header, strlen(header), payload, strlen(payload));
}

#endif
