/* pubkey – PEM, and what a key has to be. */
#include "pubkey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "algorithm.h"
#include "quote.h"

/* Verifying with a longer modulus costs milliseconds, and nobody needs one. */
enum { RSA_BITS_MAX = 8192 };

static EVP_PKEY *
from_public_key(const unsigned char *der, long len)
{
	return d2i_PUBKEY(NULL, &der, len);
}

static EVP_PKEY *
from_rsa_public_key(const unsigned char *der, long len)
{
	return d2i_PublicKey(EVP_PKEY_RSA, NULL, &der, len);
}

static EVP_PKEY *
from_certificate(const unsigned char *der, long len)
{
	X509 *certificate = d2i_X509(NULL, &der, len);
	EVP_PKEY *key = certificate ? X509_get_pubkey(certificate) : NULL;

	X509_free(certificate);
	return key;
}

static const struct block {
	const char *name;
	EVP_PKEY *(*read)(const unsigned char *der, long len);
} blocks[] = {
	{ PEM_STRING_PUBLIC, from_public_key },
	{ PEM_STRING_RSA_PUBLIC, from_rsa_public_key },
	{ PEM_STRING_X509, from_certificate },
};

static EVP_PKEY *
read_block(const char *name, const unsigned char *der, long len, char *why, size_t size)
{
	char shown[QUOTE_SIZE];

	for (size_t i = 0; i < sizeof(blocks) / sizeof(*blocks); i++) {
		if (strcmp(blocks[i].name, name) == 0) {
			EVP_PKEY *key = blocks[i].read(der, len);

			if (!key)
				snprintf(why, size, "the %s in it is damaged", name);
			return key;
		}
	}
	snprintf(why, size, "expected a public key or a certificate, got \"%s\"",
	    quote(shown, sizeof(shown), name));
	return NULL;
}

EVP_PKEY *
pubkey_read(const char *pem, size_t len, char *why, size_t size)
{
	static const char private_mark[] = "PRIVATE KEY-----";
	char *name = NULL, *header = NULL;
	unsigned char *der = NULL;
	EVP_PKEY *key = NULL;
	long der_len = 0;
	BIO *bio = NULL;

	if (memmem(pem, len, private_mark, strlen(private_mark))) {
		snprintf(why, size, "expected a public key, got a private one");
		return NULL;
	}
	bio = BIO_new_mem_buf(pem, (int)len);
	if (bio && PEM_read_bio(bio, &name, &header, &der, &der_len) == 1)
		key = read_block(name, der, der_len, why, size);
	else
		snprintf(why, size, "expected PEM, got something else");
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(der);
	BIO_free(bio);
	ERR_clear_error(); /* said in why */
	return key;
}

static int
check_rsa(EVP_PKEY *key, const struct algorithm_row *row, char *why, size_t size)
{
	int bits = EVP_PKEY_get_bits(key);

	if (!EVP_PKEY_is_a(key, "RSA")) {
		snprintf(why, size, "%s: expected an RSA key, got %s", row->name,
		    EVP_PKEY_get0_type_name(key));
		return -1;
	}
	if (bits < (int)row->least || bits > RSA_BITS_MAX) {
		snprintf(why, size, "%s: expected %zu to %d bits, got %d", row->name, row->least,
		    RSA_BITS_MAX, bits);
		return -1;
	}
	return 0;
}

static int
check_ec(EVP_PKEY *key, const struct algorithm_row *row, char *why, size_t size)
{
	char group[64] = "no named curve";

	if (!EVP_PKEY_is_a(key, "EC")) {
		snprintf(why, size, "%s: expected an EC key, got %s", row->name,
		    EVP_PKEY_get0_type_name(key));
		return -1;
	}
	EVP_PKEY_get_group_name(key, group, sizeof(group), NULL);
	if (strcmp(group, row->group) != 0) {
		snprintf(why, size, "%s: expected the curve %s, got %s", row->name, row->group,
		    group);
		return -1;
	}
	return 0;
}

/* An even modulus, an exponent of 1, a point that is not on its curve: with such a "key" anybody
 * can sign. */
static int
check_soundness(EVP_PKEY *key, char *why, size_t size)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
	int rc = -1;

	if (context && EVP_PKEY_public_check(context) == 1)
		rc = 0;
	else
		snprintf(why, size, "its numbers do not make a sound public key");
	EVP_PKEY_CTX_free(context);
	return rc;
}

int
pubkey_check(EVP_PKEY *key, enum algorithm a, char *why, size_t size)
{
	const struct algorithm_row *row = &algorithm_table[a];
	int rc = -1;

	if (row->kind == KEY_RSA)
		rc = check_rsa(key, row, why, size);
	else if (row->kind == KEY_EC)
		rc = check_ec(key, row, why, size);
	else
		snprintf(why, size, "%s: expected a secret, got a public key", row->name);
	if (rc == 0)
		rc = check_soundness(key, why, size);
	ERR_clear_error();
	return rc;
}

void
pubkey_describe(EVP_PKEY *key, char *to, size_t size)
{
	char group[64] = "?";

	if (EVP_PKEY_is_a(key, "EC")) {
		EVP_PKEY_get_group_name(key, group, sizeof(group), NULL);
		snprintf(to, size, "EC %s", group);
	} else {
		snprintf(to, size, "%s %d bits", EVP_PKEY_get0_type_name(key),
		    EVP_PKEY_get_bits(key));
	}
}
