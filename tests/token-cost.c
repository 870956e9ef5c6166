/* token-cost – what verifying a token costs, for each family of algorithms: µs of processor time.
 *
 * Processor time, as others run on this machine too; the best of some rounds, as they share its
 * caches. ES256 is slower to verify than RS256 by its nature. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "unit/forge.h"
#include "keys.h"
#include "token.h"

enum { ROUNDS = 10, TOKENS = 1000 };

#define NOW INT64_C(1700000000000)

static const char secret[] = "thirty-two bytes are just enough";
static const struct token_policy policy = { "us", "this", 0, "" };
static char folder[] = "/tmp/bk.cost.XXXXXX";

static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double
cost(const char *text, struct keys *keys)
{
	struct token token;
	double best = 1e9;
	char why[160];

	for (int round = 0; round < ROUNDS; round++) {
		double began = cpu_us();

		for (int i = 0; i < TOKENS; i++)
			if (token_verify(text, keys, &policy, NOW, &token, why, sizeof(why)) !=
			    REFUSED_NOT)
				return -1;
		if ((cpu_us() - began) / TOKENS < best)
			best = (cpu_us() - began) / TOKENS;
	}
	return best;
}

static int
measure(enum algorithm a, const struct forge_signer *by)
{
	struct keys *keys;
	char name[64], header[64];
	double us;
	char *text;

	snprintf(name, sizeof(name), "k.%s.%s", algorithm_name(a), by->secret ? "secret" : "pem");
	if (by->secret)
		forge_file(folder, name, by->secret, by->secret_len);
	else
		forge_public_pem(folder, name, by->key);
	snprintf(header, sizeof(header), "{\"alg\":\"%s\",\"typ\":\"JWT\",\"kid\":\"k\"}",
	    algorithm_name(a));
	text = forge_token(by, header, "{\"sub\":\"ann\",\"name\":\"Ann\",\"iss\":\"us\","
	    "\"aud\":\"this\",\"iat\":1700000000,\"exp\":1700003600,\"room\":\"r1\","
	    "\"role\":\"host\"}");
	keys = keys_open(folder, NULL, NULL);
	us = cost(text, keys);
	printf("%s\t%.1f\n", algorithm_name(a), us);
	keys_free(keys);
	free(text);
	forge_remove(folder, name);
	return us < 0 ? -1 : 0;
}

int
main(void)
{
	EVP_PKEY *rsa = forge_rsa(2048), *ec = forge_ec("P-256"), *big = forge_ec("P-521");
	int rc = -1;

	if (mkdtemp(folder) != NULL)
		rc = measure(HS256, &(struct forge_signer){ "SHA256", secret, 32, NULL, 0 }) |
		    measure(RS256, &(struct forge_signer){ "SHA256", NULL, 0, rsa, 0 }) |
		    measure(ES256, &(struct forge_signer){ "SHA256", NULL, 0, ec, 32 }) |
		    measure(ES512, &(struct forge_signer){ "SHA512", NULL, 0, big, 66 });
	rmdir(folder);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(big);
	return rc == 0 ? 0 : 1;
}
