/* ctl_config – `beckonctl config` and `beckonctl keys`: what this machine is set to. */
#include "ctl.h"

#include <stdio.h>
#include <string.h>

#include "algorithm.h"
#include "pubkey.h"

int
ctl_config(const struct conf *conf, int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return ctl_complain(EXIT_USAGE, "config: it takes no arguments");
	for (int i = 0; i < CONF_KEYS; i++) {
		printf("%s=", conf_table[i].name);
		ctl_print(conf->text[i]);
		printf("\t(%s)\n", conf->from[i]);
	}
	return EXIT_NORMAL;
}

/* `secret, 32 bytes`, `RSA 2048 bits`, `EC prime256v1`. */
static void
describe(const struct key *key, char *to, size_t size)
{
	EVP_PKEY *public;
	char why[160];

	if (algorithm_table[key->algorithm].kind == KEY_SECRET) {
		snprintf(to, size, "secret, %zu bytes", key->len);
		return;
	}
	public = pubkey_read((const char *)key->bytes, key->len, why, sizeof(why));
	if (public)
		pubkey_describe(public, to, size);
	else
		snprintf(to, size, "?");
	EVP_PKEY_free(public);
}

int
ctl_keys(const struct conf *conf, int argc, char **argv)
{
	const struct key *key;
	struct keys *keys;
	char kind[80];
	int refused = 0;

	(void)argv;
	if (argc > 1)
		return ctl_complain(EXIT_USAGE, "keys: it takes no arguments");
	keys = ctl_open_keys(conf, &refused);
	if (!keys)
		return EXIT_SYSTEM;
	for (size_t i = 0; (key = keys_at(keys, i)); i++) {
		describe(key, kind, sizeof(kind));
		printf("%s\t%s\t", algorithm_name(key->algorithm), kind);
		ctl_print(key->kid[0] ? key->kid : "(no kid)");
		putchar('\n');
	}
	keys_free(keys);
	return refused ? EXIT_REFUSED : EXIT_NORMAL;
}
