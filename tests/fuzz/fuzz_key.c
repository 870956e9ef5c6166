/* Files of keys: a JWK set as an identity provider publishes it, a PEM, a certificate, a secret. The
 * first byte picks the file's name. */
#include "fuzz.h"

#include "keys.h"

static const char *const names[] = { "jwks.json", "k.RS256.pem", "k.ES256.pem", "k.HS256.secret",
	"k.ES512.pem" };

enum { NAMES = sizeof(names) / sizeof(names[0]) };

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	fuzz_make_folder();
	return 0;
}

static void
one_printable_line(void *context, const char *message)
{
	++*(int *)context;
	must(strncmp(message, "keys: ", 6) == 0);
	for (; *message != '\0'; message++)
		must((unsigned char)*message >= 0x20 && *message != 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct input in = { at, len };
	const char *path = fuzz_file(names[input_below(&in, NAMES)], in.at, in.left);
	const struct key *key;
	struct keys *keys;
	int complaints = 0;
	size_t i;

	keys = keys_open(fuzz_folder, one_printable_line, &complaints);
	for (i = 0; (key = keys_at(keys, i)) != NULL; i++) {
		must(key->algorithm > ALG_NONE && key->algorithm < ALGORITHMS);
		must((key->secret == NULL) != (key->public == NULL));
		must(key->secret == NULL || (key->len > 0 && key->secret[key->len] == '\0'));
		must(memchr(key->kid, '\0', sizeof(key->kid)) != NULL);
	}
	must(i <= KEYS_MAX);
	keys_free(keys);
	unlink(path);
	return 0;
}
