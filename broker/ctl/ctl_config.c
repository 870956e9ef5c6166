/* ctl_config – `beckonctl config` and `beckonctl keys`: what this machine is set to. */
#include "ctl.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "algorithm.h"
#include "pubkey.h"
#include "reload.h"

/* {"PORT":{"value":"8080","from":"file"},…} */
static int
put_config(const struct conf *conf)
{
	cJSON *all = cJSON_CreateObject(), *one;

	for (int i = 0; i < CONF_KEYS; i++) {
		one = cJSON_AddObjectToObject(all, conf_table[i].name);
		cJSON_AddStringToObject(one, "value", conf->text[i]);
		cJSON_AddStringToObject(one, "from", conf->from[i]);
	}
	return ctl_put_json(all);
}

static void
print_config(const struct conf *conf)
{
	for (int i = 0; i < CONF_KEYS; i++) {
		printf("%s=", conf_table[i].name);
		ctl_print(conf->text[i]);
		printf("\t(%s)\n", conf->from[i]);
	}
}

/* As it would be if the service that runs by `path` took up this one; `#restart KEY` for what it
 * would not. MAX_CONNECTIONS is the launcher's to settle, where nobody says another number. */
static int
print_kept(const struct ctl *ctl, const char *path)
{
	char why[CTL_WHY_SIZE];
	struct conf kept;
	int status = EXIT_NORMAL;

	if (conf_load(&kept, path, NULL, why, sizeof(why)) != 0) {
		status = ctl_complain(EXIT_USAGE, "%s", why);
	} else {
		for (int i = 0; i < CONF_KEYS; i++) {
			bool differs = strcmp(kept.text[i], ctl->conf->text[i]) != 0;

			printf("%s=", conf_table[i].name);
			ctl_print((reload_is_live(i) ? ctl->conf : &kept)->text[i]);
			putchar('\n');
			if (differs && !reload_is_live(i) &&
			    (i != CONF_MAX_CONNECTIONS || ctl->conf->number[i] != 0))
				printf("#restart %s\n", conf_table[i].name);
		}
	}
	conf_free(&kept);
	return status;
}

int
ctl_config(const struct ctl *ctl, int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--keeping") == 0)
		return print_kept(ctl, argv[2]);
	if (argc > 1)
		return ctl_complain(EXIT_USAGE, "config: expected --keeping FILE, or nothing");
	if (ctl->json)
		return put_config(ctl->conf);
	print_config(ctl->conf);
	return EXIT_NORMAL;
}

/* `secret, 32 bytes`, `RSA 2048 bits`, `EC prime256v1`. */
static void
describe(const struct key *key, char *to, size_t size)
{
	if (algorithm_table[key->algorithm].kind == KEY_SECRET)
		snprintf(to, size, "secret, %zu bytes", key->len);
	else
		pubkey_describe(key->public, to, size);
}

static void
print_keys(const struct keys *keys)
{
	const struct key *key;
	char kind[80];

	for (size_t i = 0; (key = keys_at(keys, i)); i++) {
		describe(key, kind, sizeof(kind));
		printf("%s\t%s\t", algorithm_name(key->algorithm), kind);
		ctl_print(key->kid[0] ? key->kid : "(no kid)");
		putchar('\n');
	}
}

/* {"keys":[{"kid":"a1","alg":"RS256","kind":"RSA 2048 bits"},…],"refused":0} */
static int
put_keys(const struct keys *keys, int refused)
{
	cJSON *all = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(all, "keys"), *one;
	const struct key *key;
	char kind[80];

	for (size_t i = 0; (key = keys_at(keys, i)); i++) {
		describe(key, kind, sizeof(kind));
		one = cJSON_CreateObject();
		if (key->kid[0])
			cJSON_AddStringToObject(one, "kid", key->kid);
		cJSON_AddStringToObject(one, "alg", algorithm_name(key->algorithm));
		cJSON_AddStringToObject(one, "kind", kind);
		cJSON_AddItemToArray(list, one);
	}
	cJSON_AddNumberToObject(all, "refused", refused);
	return ctl_put_json(all);
}

int
ctl_keys(const struct ctl *ctl, int argc, char **argv)
{
	int refused = 0, status = EXIT_NORMAL;
	struct keys *keys;

	(void)argv;
	if (argc > 1)
		return ctl_complain(EXIT_USAGE, "keys: it takes no arguments");
	keys = ctl_open_keys(ctl->conf, &refused);
	if (!keys)
		return EXIT_SYSTEM;
	if (ctl->json)
		status = put_keys(keys, refused);
	else
		print_keys(keys);
	keys_free(keys);
	return status == EXIT_NORMAL && refused ? EXIT_REFUSED : status;
}
