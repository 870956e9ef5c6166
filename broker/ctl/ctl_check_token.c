/* ctl_check_token – `beckonctl check-token`: why is this token refused? */
#include "ctl.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "token.h"

static const struct option switches[] = {
	{ "room", required_argument, NULL, 'r' },
	{ "api", no_argument, NULL, 'a' },
	{ NULL, 0, NULL, 0 },
};

struct question {
	const char *token;
	const char *room; /* without its endpoint; NULL: not asked */
	bool api;	  /* it is an application's */
	char buffer[TOKEN_MAX + 2];
};

/* From stdin, so that a token need not stand in a command line, which others can see. */
static const char *
read_stdin(char *to, size_t size)
{
	size_t n = fread(to, 1, size - 1, stdin);

	to[n] = '\0';
	to[strcspn(to, " \t\r\n")] = '\0';
	return to;
}

static int
read_room(struct question *q, const char *text)
{
	const char *slash = strchr(text, '/');
	enum endpoint endpoint;

	if (!slash || endpoint_find(text, (size_t)(slash - text), &endpoint) != 0 || !slash[1])
		return ctl_complain(EXIT_USAGE, "check-token: --room: expected ENDPOINT/ROOM, like "
						"zoom/r1, got %s", text);
	q->room = slash + 1;
	return EXIT_NORMAL;
}

static int
read_question(struct question *q, int argc, char **argv)
{
	const char *room = NULL;
	int letter;

	q->room = NULL;
	q->api = false;
	opterr = 0;
	optind = 0; /* the switches before the command were read by the same getopt */
	while ((letter = getopt_long(argc, argv, "", switches, NULL)) != -1) {
		if (letter == '?')
			return ctl_complain(EXIT_USAGE, "check-token: unknown switch, or no value: "
							"%s", argv[optind - 1]);
		if (letter == 'a')
			q->api = true;
		else
			room = optarg;
	}
	if (q->api && room)
		return ctl_complain(EXIT_USAGE, "check-token: an application has no room");
	if (optind + 1 != argc)
		return ctl_complain(EXIT_USAGE, "check-token: expected one token");
	q->token = argv[optind];
	if (strcmp(q->token, "-") == 0)
		q->token = read_stdin(q->buffer, sizeof(q->buffer));
	return room ? read_room(q, room) : EXIT_NORMAL;
}

/* `tell` of token.h: a check is a line, or in JSON one of a list. */
static void
tell_line(void *context, const char *check, bool passed, const char *found)
{
	(void)context;
	printf("%-10s %-8s ", check, passed ? "ok" : "refused");
	ctl_print(found);
	putchar('\n');
}

static void
tell_json(void *context, const char *check, bool passed, const char *found)
{
	cJSON *one = cJSON_CreateObject();

	cJSON_AddStringToObject(one, "check", check);
	cJSON_AddBoolToObject(one, "passed", passed);
	cJSON_AddStringToObject(one, "found", found);
	cJSON_AddItemToArray(context, one);
}

static int
print_verdict(enum refusal r, const struct token_policy *policy)
{
	if (r == REFUSED_NOT) {
		puts("accepted");
		return EXIT_NORMAL;
	}
	printf("%s: %s\n", refusal_table[r].word, refusal_table[r].message);
	/* What the service expects, for one who wonders about iss or aud. */
	printf("\nexpected here: iss %s, aud %s, leeway %ld s\n",
	    policy->issuer[0] ? policy->issuer : "(any)",
	    policy->audience[0] ? policy->audience : "(any)", policy->leeway);
	return EXIT_REFUSED;
}

/* {"accepted":false,"error":"token_expired","message":"…","checks":[…],"expected":{…}} */
static int
put_verdict(enum refusal r, const struct token_policy *policy, cJSON *checks)
{
	cJSON *answer = cJSON_CreateObject(), *expected;
	int status;

	cJSON_AddBoolToObject(answer, "accepted", r == REFUSED_NOT);
	if (r != REFUSED_NOT) {
		cJSON_AddStringToObject(answer, "error", refusal_table[r].word);
		cJSON_AddStringToObject(answer, "message", refusal_table[r].message);
	}
	cJSON_AddItemToObject(answer, "checks", checks);
	expected = cJSON_AddObjectToObject(answer, "expected");
	cJSON_AddStringToObject(expected, "iss", policy->issuer);
	cJSON_AddStringToObject(expected, "aud", policy->audience);
	cJSON_AddNumberToObject(expected, "leeway", (double)policy->leeway);
	status = ctl_put_json(answer);
	return status == EXIT_NORMAL && r != REFUSED_NOT ? EXIT_REFUSED : status;
}

static struct token_policy
policy_of(const struct conf *conf, bool api)
{
	const char *people = conf->text[CONF_JWT_AUDIENCE];
	const char *applications = conf->text[CONF_ADMIN_AUDIENCE];

	return (struct token_policy){ conf->text[CONF_JWT_ISSUER], api ? applications : people,
		conf->number[CONF_JWT_LEEWAY], api ? people : applications };
}

static enum refusal
check_scope(const struct token *t, token_tell *tell, void *context)
{
	const char *read = scope_name(SCOPE_READ), *moderate = scope_name(SCOPE_MODERATE);
	unsigned has = t->grants.scopes;
	char found[64];

	snprintf(found, sizeof(found), "%s%s%s", has & SCOPE_READ ? read : "",
	    has == (SCOPE_READ | SCOPE_MODERATE) ? " " : "", has & SCOPE_MODERATE ? moderate : "");
	if (!has)
		snprintf(found, sizeof(found), "expected %s or %s", read, moderate);
	tell(context, "scope", has != 0, found);
	return has ? REFUSED_NOT : REFUSED_TOKEN_INVALID;
}

int
ctl_check_token(const struct ctl *ctl, int argc, char **argv)
{
	const struct conf *conf = ctl->conf;
	struct token_policy policy;
	token_tell *tell = ctl->json ? tell_json : tell_line;
	cJSON *checks = NULL;
	enum refusal r;
	struct question q;
	struct token token;
	struct keys *keys;

	if (read_question(&q, argc, argv) != EXIT_NORMAL)
		return EXIT_USAGE;
	policy = policy_of(conf, q.api);
	if (q.api && !policy.audience[0])
		return ctl_complain(EXIT_REFUSED, "check-token: there is no API: ADMIN_AUDIENCE is "
						  "empty");
	keys = ctl_open_keys(conf, NULL);
	if (!keys)
		return EXIT_SYSTEM;
	if (ctl->json)
		checks = cJSON_CreateArray();
	r = token_explain(q.token, keys, &policy, (int64_t)time(NULL) * 1000, &token, tell,
	    checks);
	if (r == REFUSED_NOT && q.room) {
		r = token_grants_room(&token, q.room);
		tell(checks, "room", r == REFUSED_NOT, q.room);
	}
	if (r == REFUSED_NOT && q.api)
		r = check_scope(&token, tell, checks);
	keys_free(keys);
	return ctl->json ? put_verdict(r, &policy, checks) : print_verdict(r, &policy);
}
