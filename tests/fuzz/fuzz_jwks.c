/* A JWK set as it came over the network: what is kept of it must be a set that loads, whole and
 * without a word but about primes. */
#include "fuzz.h"

#include "buf.h"
#include "jwks.h"
#include "keys.h"

static const char url[] = "https://idp.example/jwks";
static char path[128];

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	fuzz_make_folder();
	must(jwks_path(path, sizeof(path), fuzz_folder) == 0);
	return 0;
}

/* OpenSSL looks for primes by chance: a modulus that has small factors may pass once and not the
 * next time. */
static void
unsound(void *context, const char *message)
{
	must(strstr(message, "sound public key") != NULL);
	++*(int *)context;
}

static void
must_load(const struct buf *text, int count)
{
	char why[300];
	struct keys *keys;
	int found = 0, lost = 0;

	unlink(path);
	must(jwks_write(path, text, why, sizeof(why)) == 1);
	keys = keys_open("/", unsound, &lost);
	must(keys_use_fetched(keys, fuzz_folder, url) == 0);
	while (keys_at(keys, (size_t)found) != NULL)
		found++;
	must(found + lost == count);
	keys_free(keys);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct buf text = BUF_INIT;
	char why[300] = "";
	int count;

	count = jwks_distil(&text, (const char *)at, len, url, "\"e\"", why, sizeof(why));
	if (count < 0) {
		must(why[0] != '\0' && text.len == 0);
		for (const char *c = why; *c != '\0'; c++)
			must((unsigned char)*c >= 0x20 && *c != 0x7f);
	} else {
		must(count > 0 && count <= KEYS_MAX && text.len <= KEY_FILE_MAX);
		must_load(&text, count);
	}
	buf_fini(&text);
	return 0;
}
