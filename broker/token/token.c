/* token – the checks in their order, and the one door to libjwt. */
#include "token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <jwt.h>

#include "algorithm.h"
#include "claims.h"
#include "jose.h"
#include "quote.h"
#include "signature.h"

enum { WHY_SIZE = 160 };

/* One token under examination. Each step finds something for the next one. */
struct trial {
	const char *text;
	struct keys *keys;
	struct jose jose;
	const struct key *key;
	cJSON *all; /* the claims that the signature covers */
	struct claims claims;
	char *why; /* what the step found; if it refuses, why */
	size_t size;
};

static enum refusal
refuse(struct trial *t, const char *why)
{
	snprintf(t->why, t->size, "%s", why);
	return REFUSED_TOKEN_INVALID;
}

/* ---- the steps ---- */

static enum refusal
read_form(struct trial *t)
{
	size_t n = t->text ? strlen(t->text) : 0;
	char shown[QUOTE_SIZE];

	if (n == 0) {
		refuse(t, "there is no token");
		return REFUSED_TOKEN_MISSING;
	}
	if (n > TOKEN_MAX)
		return refuse(t, "the token is longer than 16 KiB");
	if (jose_read(&t->jose, t->text, n, t->why, t->size) != 0)
		return REFUSED_TOKEN_INVALID;
	snprintf(t->why, t->size, "alg %s, %s%s", algorithm_name(t->jose.algorithm),
	    t->jose.has_kid ? "kid " : "no kid",
	    t->jose.has_kid ? quote(shown, sizeof(shown), t->jose.kid) : "");
	return REFUSED_NOT;
}

/* From here on the algorithm is the key's: keys_find gives none that is for another one. */
static enum refusal
choose_key(struct trial *t)
{
	char shown[QUOTE_SIZE];
	const char *why = "";

	t->key = keys_find(t->keys, t->jose.has_kid ? t->jose.kid : NULL, t->jose.algorithm, &why);
	if (!t->key && t->jose.has_kid && keys_seek(t->keys, t->jose.kid, t->jose.algorithm))
		t->key = keys_find(t->keys, t->jose.kid, t->jose.algorithm, &why);
	if (!t->key && t->jose.has_kid)
		snprintf(t->why, t->size, "kid \"%s\": %s", quote(shown, 32, t->jose.kid), why);
	else if (!t->key)
		snprintf(t->why, t->size, "alg %s: %s", algorithm_name(t->jose.algorithm), why);
	else
		snprintf(t->why, t->size, "\"%s\" (%s)", quote(shown, sizeof(shown), t->key->kid),
		    algorithm_name(t->key->algorithm));
	return t->key ? REFUSED_NOT : REFUSED_TOKEN_INVALID;
}

static enum refusal
check_signature(struct trial *t)
{
	if (!signature_is_right(t->key, t->text, t->jose.signed_len, t->jose.signature,
		t->jose.signature_len))
		return refuse(t, "the signature is not that of this key");
	snprintf(t->why, t->size, "good");
	return REFUSED_NOT;
}

/* Had libjwt read another header than we did, another key might have been asked for. */
static bool
same_header(jwt_t *jwt, const struct trial *t)
{
	const char *alg = jwt_get_header(jwt, "alg"), *kid = jwt_get_header(jwt, "kid");

	if (!alg || strcmp(alg, algorithm_name(t->key->algorithm)) != 0)
		return false;
	return t->jose.has_kid ? kid && strcmp(kid, t->jose.kid) == 0 : !kid;
}

/* As libjwt understood them. */
static cJSON *
claims_of(jwt_t *jwt)
{
	char *text = jwt_get_grants_json(jwt, NULL);
	cJSON *all = text ? cJSON_Parse(text) : NULL;

	free(text);
	return all;
}

/* Given no key, libjwt decodes anything: only what was found to be signed may come to here. It is
 * the second to read it; what the two do not agree about is not a token. */
static enum refusal
decode(struct trial *t)
{
	jwt_t *jwt = NULL;
	bool same;

	if (jwt_decode(&jwt, t->text, NULL, 0) != 0 || !jwt)
		return refuse(t, "it has the form of a token, but cannot be read as one");
	same = same_header(jwt, t);
	t->all = same ? claims_of(jwt) : NULL;
	jwt_free(jwt);
	if (!same)
		return refuse(t, "the header can be read in two ways");
	if (!cJSON_IsObject(t->all))
		return refuse(t, "the claims are not a JSON object");
	if (jose_payload_has_twins(&t->jose))
		return refuse(t, "the claims say something twice");
	t->claims.all = t->all;
	return REFUSED_NOT;
}

/* One step, so that nobody can put another one between them. */
static enum refusal
check_and_decode(struct trial *t)
{
	enum refusal r = check_signature(t);

	return r == REFUSED_NOT ? decode(t) : r;
}

static const struct step {
	const char *name;
	enum refusal (*run)(struct trial *t);
} steps[] = {
	{ "header", read_form },
	{ "key", choose_key },
	{ "signature", check_and_decode },
};

/* ---- all of them ---- */

static void
tell_nobody(void *context, const char *check, bool passed, const char *found)
{
	(void)context, (void)check, (void)passed, (void)found;
}

/* Runs the steps, then the checks of claims, up to the first that refuses. */
static enum refusal
try(struct trial *t, token_tell *tell, void *context)
{
	enum refusal r = REFUSED_NOT;

	for (size_t i = 0; r == REFUSED_NOT && i < sizeof(steps) / sizeof(*steps); i++) {
		r = steps[i].run(t);
		tell(context, steps[i].name, r == REFUSED_NOT, t->why);
	}
	for (size_t i = 0; r == REFUSED_NOT && claims_checks[i].name; i++) {
		r = claims_checks[i].run(&t->claims);
		tell(context, claims_checks[i].name, r == REFUSED_NOT, t->why);
	}
	return r;
}

static enum refusal
examine(const char *text, struct keys *keys, const struct token_policy *policy, int64_t now,
    struct token *token, token_tell *tell, void *context, char *why, size_t size)
{
	struct trial t = { .text = text, .keys = keys, .why = why, .size = size };
	enum refusal r;

	memset(token, 0, sizeof(*token));
	t.claims = (struct claims){
		.policy = policy, .now = now, .token = token, .why = why, .size = size
	};
	keys_refresh(keys, now);
	r = try(&t, tell, context);
	if (r != REFUSED_NOT) /* nothing of a bad token is to be used by mistake */
		memset(token, 0, sizeof(*token));
	cJSON_Delete(t.all);
	jose_fini(&t.jose);
	return r;
}

enum refusal
token_verify(const char *text, struct keys *keys, const struct token_policy *policy, int64_t now,
    struct token *t, char *why, size_t size)
{
	enum refusal r = examine(text, keys, policy, now, t, tell_nobody, NULL, why, size);

	if (r == REFUSED_NOT && size > 0)
		why[0] = '\0';
	return r;
}

enum refusal
token_explain(const char *text, struct keys *keys, const struct token_policy *policy, int64_t now,
    struct token *t, token_tell *tell, void *context)
{
	char found[WHY_SIZE] = "";

	return examine(text, keys, policy, now, t, tell, context, found, sizeof(found));
}

/* ---- minting ---- */

static const struct key *
secret_of(struct keys *keys, const char *kid, char *why, size_t size)
{
	const struct key *key;

	for (size_t i = 0; (key = keys_at(keys, i)); i++) {
		if (kid && strcmp(key->kid, kid) != 0)
			continue;
		if (algorithm_table[key->algorithm].kind == KEY_SECRET)
			return key;
		if (kid) {
			snprintf(why, size, "the key of this kid is public: it cannot sign");
			return NULL;
		}
	}
	snprintf(why, size, kid ? "no key has this kid" : "there is no secret to sign with");
	return NULL;
}

char *
token_mint(const char *claims, struct keys *keys, const char *kid, char *why, size_t size)
{
	const struct key *key = secret_of(keys, kid, why, size);
	char *text = NULL;
	jwt_t *jwt = NULL;

	if (!key)
		return NULL;
	if (jwt_new(&jwt) == 0 && jwt_add_grants_json(jwt, claims) == 0 &&
	    jwt_add_header(jwt, "kid", key->kid) == 0 &&
	    jwt_set_alg(jwt, jwt_str_alg(algorithm_name(key->algorithm)), key->secret,
		(int)key->len) == 0)
		text = jwt_encode_str(jwt);
	if (!text)
		snprintf(why, size, "the claims are not a JSON object that can be signed");
	jwt_free(jwt);
	return text;
}
