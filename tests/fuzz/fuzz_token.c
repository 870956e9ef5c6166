/* Tokens. Either the input is one, as a stranger would send it; or, behind an `!`, it is a header
 * and in the next line claims, and is honestly signed: whoever has a key may still say anything. */
#include "fuzz.h"

#include <cjson/cJSON.h>

#include "../unit/forge.h"
#include "keys.h"
#include "token.h"

#define NOW INT64_C(1700000000000)

static const char secret[] = "thirty-two bytes are just enough";
static const struct forge_signer signer = { "SHA256", secret, 32, NULL, 0 };
static struct keys *keys;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	EVP_PKEY *rsa = forge_rsa(2048), *ec = forge_ec("P-256");

	(void)argc, (void)argv;
	fuzz_make_folder();
	forge_file(fuzz_folder, "hs.HS256.secret", secret, 32);
	forge_public_pem(fuzz_folder, "rs.RS256.pem", rsa);
	forge_public_pem(fuzz_folder, "es.ES256.pem", ec);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ec);
	keys = keys_open(fuzz_folder, NULL, NULL);
	return 0;
}

/* Of the three keys only the secret is known to anybody here. */
static bool
is_signed(const char *text)
{
	const char *dot = strrchr(text, '.');
	unsigned char mac[1024];
	char right[1400];
	size_t n = forge_signature(&signer, text, (size_t)(dot - text), mac);

	forge_base64url(right, mac, n);
	return strcmp(dot + 1, right) == 0;
}

static void
token_is_whole(const struct token *t)
{
	must(t->sub[0] != '\0' && memchr(t->sub, '\0', sizeof(t->sub)) != NULL);
	must(t->name[0] != '\0' && memchr(t->name, '\0', sizeof(t->name)) != NULL);
	must(t->expires > NOW);
	for (const char *c = t->sub; *c != '\0'; c++)
		must((unsigned char)*c >= 0x20 && *c != 0x7f);
	for (const char *c = t->name; *c != '\0'; c++)
		must((unsigned char)*c >= 0x20 && *c != 0x7f);
	must(t->grants.rooms >= 0 && t->grants.rooms <= GRANT_ROOMS_MAX);
	token_grants_room(t, "r1");
}

static void
nothing(void *context, const char *check, bool passed, const char *found)
{
	(void)context, (void)check, (void)passed, (void)found;
}

static void
judge(const char *text)
{
	static const struct token_policy policies[] = { { "", "", 0, "" }, { "us", "this", 60, "" } };
	static const struct token none;
	struct token t, again;
	char why[160];

	for (size_t i = 0; i < 2; i++) {
		enum refusal r = token_verify(text, keys, &policies[i], NOW, &t, why, sizeof(why));

		must((r == REFUSED_NOT) == (why[0] == '\0'));
		must(r == token_explain(text, keys, &policies[i], NOW, &again, nothing, NULL));
		must(memcmp(&t, &again, sizeof(t)) == 0);
		for (const char *c = why; *c != '\0'; c++)
			must(*c >= 0x20 && *c < 0x7f);
		if (r != REFUSED_NOT) {
			must(memcmp(&t, &none, sizeof(t)) == 0);
			continue;
		}
		must(is_signed(text));
		token_is_whole(&t);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct input in = { at, len };
	const uint8_t *end;
	struct input header;
	char *text;

	if (len == 0 || *at != '!') {
		text = input_text(&in, '\0');
	} else {
		input_byte(&in);
		end = in.left > 0 ? memchr(in.at, '\n', in.left) : NULL;
		header = input_take(&in, end != NULL ? (size_t)(end - in.at) : in.left);
		input_byte(&in);
		text = forge_token_bytes(&signer, header.at, header.left, in.at, in.left);
	}
	judge(text);
	free(text);
	return 0;
}
