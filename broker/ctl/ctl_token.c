/* ctl_token – `beckonctl token`: tokens for testing and for operators. */
#include "ctl.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "token.h"

enum { EXPIRES_IN = 3600, EXPIRES_MAX = 10 * 365 * 86400 }; /* s */

/* What was asked for; NULL where nothing was said. */
struct wish {
	const char *text[128]; /* by the letter of the switch */
	long expires_in;       /* s; below 0 for a token that has expired already */
};

static const struct option switches[] = {
	{ "sub", required_argument, NULL, 's' },
	{ "name", required_argument, NULL, 'n' },
	{ "room", required_argument, NULL, 'r' },
	{ "rooms", required_argument, NULL, 'R' },
	{ "role", required_argument, NULL, 'o' },
	{ "expires-in", required_argument, NULL, 'e' },
	{ "iss", required_argument, NULL, 'i' },
	{ "aud", required_argument, NULL, 'a' },
	{ "scope", required_argument, NULL, 'S' },
	{ "kid", required_argument, NULL, 'k' },
	{ NULL, 0, NULL, 0 },
};

static int
read_wish(struct wish *w, int argc, char **argv)
{
	const char *role;
	int letter;

	*w = (struct wish){ .expires_in = EXPIRES_IN };
	opterr = 0;
	optind = 0; /* the switches before the command were read by the same getopt */
	while ((letter = getopt_long(argc, argv, "+", switches, NULL)) != -1) {
		if (letter == '?')
			return ctl_complain(EXIT_USAGE, "token: unknown switch, or no value: %s",
			    argv[optind - 1]);
		w->text[letter] = optarg;
	}
	if (optind < argc)
		return ctl_complain(EXIT_USAGE, "token: expected a switch, got %s", argv[optind]);
	if (!w->text['s'] || !w->text['s'][0])
		return ctl_complain(EXIT_USAGE, "token: --sub says whom it is for, and is missing");
	if (w->text['e'] && ctl_read_duration(w->text['e'], EXPIRES_MAX, &w->expires_in) != 0)
		return ctl_complain(EXIT_USAGE, "token: --expires-in: expected seconds, or a "
						"number with s, m, h or d, got %s", w->text['e']);
	role = w->text['o'];
	if (role && strcmp(role, "host") != 0 && strcmp(role, "participant") != 0)
		return ctl_complain(EXIT_USAGE, "token: --role: expected host or participant, "
						"got %s", role);
	return EXIT_NORMAL;
}

static void
add_rooms(cJSON *claims, const char *list)
{
	cJSON *rooms = cJSON_AddArrayToObject(claims, "rooms");
	char *copy = strdup(list), *rest = copy, *room;

	while ((room = strsep(&rest, ",")))
		if (*room)
			cJSON_AddItemToArray(rooms, cJSON_CreateString(room));
	free(copy);
}

static void
add_text(cJSON *claims, const char *name, const char *text)
{
	if (text && text[0])
		cJSON_AddStringToObject(claims, name, text);
}

/* The claims as JSON, to be freed. */
static char *
make_claims(const struct wish *w, const struct conf *conf, time_t now)
{
	const char *iss = w->text['i'] ? w->text['i'] : conf->text[CONF_JWT_ISSUER];
	const char *usual = conf->text[w->text['S'] ? CONF_ADMIN_AUDIENCE : CONF_JWT_AUDIENCE];
	const char *aud = w->text['a'] ? w->text['a'] : usual;
	cJSON *claims = cJSON_CreateObject();
	char *text;

	add_text(claims, "iss", iss);
	add_text(claims, "aud", aud);
	add_text(claims, "sub", w->text['s']);
	add_text(claims, "name", w->text['n']);
	add_text(claims, "room", w->text['r']);
	if (w->text['R'])
		add_rooms(claims, w->text['R']);
	add_text(claims, "role", w->text['o']);
	add_text(claims, "scope", w->text['S']);
	cJSON_AddNumberToObject(claims, "iat", (double)now);
	cJSON_AddNumberToObject(claims, "exp", (double)(now + w->expires_in));
	text = cJSON_PrintUnformatted(claims);
	cJSON_Delete(claims);
	return text;
}

/* {"token":"…","claims":{…}} */
static int
put_token(const struct ctl *ctl, const char *token, const char *claims)
{
	cJSON *answer;

	if (!ctl->json) {
		puts(token);
		return EXIT_NORMAL;
	}
	answer = cJSON_CreateObject();
	cJSON_AddStringToObject(answer, "token", token);
	cJSON_AddItemToObject(answer, "claims", cJSON_Parse(claims));
	return ctl_put_json(answer);
}

int
ctl_token(const struct ctl *ctl, int argc, char **argv)
{
	char *claims = NULL, *token = NULL;
	struct keys *keys = NULL;
	int status = EXIT_REFUSED;
	char why[160] = "out of memory";
	struct wish w;

	if (read_wish(&w, argc, argv) != EXIT_NORMAL)
		return EXIT_USAGE;
	keys = ctl_open_keys(ctl->conf, NULL);
	if (!keys)
		return EXIT_SYSTEM;
	claims = make_claims(&w, ctl->conf, time(NULL));
	if (claims)
		token = token_mint(claims, keys, w.text['k'], why, sizeof(why));
	if (token) {
		status = put_token(ctl, token, claims);
	} else {
		ctl_complain(0, "token: %s (keys in %s)", why, ctl->conf->text[CONF_JWT_KEYS]);
	}
	free(token);
	cJSON_free(claims);
	keys_free(keys);
	return status;
}
