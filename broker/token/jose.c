/* jose – splitting, decoding, the header. */
#include "jose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base64url.h"
#include "json.h"
#include "quote.h"

static int
refuse(char *why, size_t size, const char *text)
{
	snprintf(why, size, "%s", text);
	return -1;
}

/* ---- three parts ---- */

/* Decodes one part to `to`; -1 where it is empty or not strict base64url. */
static int
decode_part(unsigned char *to, size_t *len, const char *text, size_t n)
{
	ssize_t m = base64url_decode(to, text, n);

	if (m <= 0)
		return -1;
	*len = (size_t)m;
	return 0;
}

static int
split(struct jose *j, const char *text, size_t n, char *why, size_t size)
{
	const char *end = text + n;
	const char *dot1 = memchr(text, '.', n);
	const char *dot2 = dot1 ? memchr(dot1 + 1, '.', (size_t)(end - dot1 - 1)) : NULL;

	if (!dot2 || memchr(dot2 + 1, '.', (size_t)(end - dot2 - 1)))
		return refuse(why, size, "expected header.payload.signature");
	if (dot2 + 1 == end)
		return refuse(why, size, "it has no signature");
	j->header = malloc(n);
	if (!j->header)
		return refuse(why, size, "out of memory");
	if (decode_part(j->header, &j->header_len, text, (size_t)(dot1 - text)) != 0)
		return refuse(why, size, "the header is not base64url");
	j->payload = j->header + j->header_len;
	if (decode_part(j->payload, &j->payload_len, dot1 + 1, (size_t)(dot2 - dot1 - 1)) != 0)
		return refuse(why, size, "the payload is not base64url");
	j->signature = j->payload + j->payload_len;
	if (decode_part(j->signature, &j->signature_len, dot2 + 1, (size_t)(end - dot2 - 1)) != 0)
		return refuse(why, size, "the signature is not base64url");
	j->signed_len = (size_t)(dot2 - text);
	return 0;
}

/* A JSON object, by our own strict scanner: bounded depth, UTF-8, nothing behind it. */
static bool
read_object(const unsigned char *bytes, size_t n, struct json_span *object)
{
	if (!json_valid((const char *)bytes, n))
		return false;
	*object = json_root((const char *)bytes, n);
	return json_type(*object) == JSON_OBJECT;
}

/* ---- the header ---- */

enum member { ALG, KID, TYP, CRIT, B64, MEMBERS };

/* Sets the values of the members we read; -1 where one stands there twice. */
static int
collect(struct json_span header, struct json_span found[MEMBERS])
{
	static const char *const names[MEMBERS] = {
		[ALG] = "alg", [KID] = "kid", [TYP] = "typ", [CRIT] = "crit", [B64] = "b64"
	};
	struct json_span name, value;
	const char *cursor = NULL;

	memset(found, 0, MEMBERS * sizeof(*found));
	while (json_next(header, &cursor, &name, &value)) {
		for (int i = 0; i < MEMBERS; i++) {
			if (!json_string_is(name, names[i]))
				continue;
			if (found[i].at)
				return -1;
			found[i] = value;
		}
	}
	return 0;
}

static bool
is_jwt(struct json_span typ)
{
	char word[8];

	if (!typ.at)
		return true;
	return json_type(typ) == JSON_STRING && json_string_copy(typ, word, sizeof(word)) == 3 &&
	       strcasecmp(word, "JWT") == 0; /* case as RFC 7515 §4.1.9: media types have none */
}

static int
read_algorithm(struct jose *j, struct json_span alg, char *why, size_t size)
{
	char name[QUOTE_SIZE], shown[QUOTE_SIZE];
	int n;

	if (json_type(alg) != JSON_STRING)
		return refuse(why, size, "alg: expected a string");
	n = json_string_copy(alg, name, sizeof(name));
	if (n >= 0)
		j->algorithm = algorithm_find(name, (size_t)n);
	if (j->algorithm != ALG_NONE)
		return 0;
	snprintf(why, size, "alg \"%s\" is not accepted", n < 0 ? "..." : quote(shown, 24, name));
	return -1;
}

static int
read_kid(struct jose *j, struct json_span kid, char *why, size_t size)
{
	if (!kid.at)
		return 0;
	if (json_type(kid) != JSON_STRING || json_string_copy(kid, j->kid, sizeof(j->kid)) < 0)
		return refuse(why, size, "kid: expected a string of at most 128 bytes");
	j->has_kid = true;
	return 0;
}

static int
read_header(struct jose *j, struct json_span header, char *why, size_t size)
{
	struct json_span found[MEMBERS];

	if (collect(header, found) != 0)
		return refuse(why, size, "the header says something twice");
	if (found[CRIT].at) /* RFC 7515 §4.1.11: what we do not understand we must refuse */
		return refuse(why, size, "crit: no extension is understood here");
	if (found[B64].at && !json_is_true(found[B64]))
		return refuse(why, size, "b64: only true is accepted");
	if (!is_jwt(found[TYP]))
		return refuse(why, size, "typ: expected JWT");
	if (read_algorithm(j, found[ALG], why, size) != 0)
		return -1;
	return read_kid(j, found[KID], why, size);
}

int
jose_read(struct jose *j, const char *text, size_t n, char *why, size_t size)
{
	struct json_span header, payload;

	*j = (struct jose){ .algorithm = ALG_NONE };
	if (split(j, text, n, why, size) != 0)
		return -1;
	if (!read_object(j->header, j->header_len, &header))
		return refuse(why, size, "the header is not a JSON object");
	if (!read_object(j->payload, j->payload_len, &payload))
		return refuse(why, size, "the payload is not a JSON object");
	return read_header(j, header, why, size);
}

void
jose_fini(struct jose *j)
{
	if (j->header) /* all three together are the token again */
		explicit_bzero(j->header, j->header_len + j->payload_len + j->signature_len);
	free(j->header);
	*j = (struct jose){ .algorithm = ALG_NONE };
}

/* ---- twins ---- */

/* Recursion is as deep as the scanner let pass: JSON_DEPTH_MAX. */
static bool
has_twins(struct json_span v)
{
	struct json_span name, value, other, ignored;
	const char *cursor = NULL;
	char decoded[256];

	if (json_type(v) != JSON_OBJECT && json_type(v) != JSON_ARRAY)
		return false;
	while (json_next(v, &cursor, &name, &value)) {
		const char *rest = cursor;

		if (has_twins(value))
			return true;
		if (json_type(v) == JSON_ARRAY)
			continue;
		if (json_string_copy(name, decoded, sizeof(decoded)) < 0)
			return true; /* nobody's claim has so long a name */
		while (json_next(v, &rest, &other, &ignored))
			if (json_string_is(other, decoded))
				return true;
	}
	return false;
}

bool
jose_payload_has_twins(const struct jose *j)
{
	return has_twins(json_root((const char *)j->payload, j->payload_len));
}
