/* request – see include/request.h; and the endpoints of include/endpoint.h. */
#include "request.h"

#include <string.h>
#include <strings.h>

static const char *const endpoints[ENDPOINTS] = {
	[ENDPOINT_ZOOM] = "zoom",
	[ENDPOINT_SCREENSHARE] = "screenshare",
	[ENDPOINT_CHAT] = "chat",
};

/* Part of a text, not NUL-terminated. */
struct part {
	const char *at;
	size_t len;
};

const char *
endpoint_name(enum endpoint e)
{
	return endpoints[e];
}

int
endpoint_find(const char *name, size_t n, enum endpoint *e)
{
	for (int i = 0; i < ENDPOINTS; i++) {
		if (strlen(endpoints[i]) == n && memcmp(endpoints[i], name, n) == 0) {
			*e = (enum endpoint)i;
			return 0;
		}
	}
	return -1;
}

static struct part
part_of(const char *text)
{
	return (struct part){ text, text == NULL ? 0 : strlen(text) };
}

static bool
part_is(struct part p, const char *word)
{
	return p.len == strlen(word) && memcmp(p.at, word, p.len) == 0;
}

/* Cuts what is before the separator off the front of *rest; all of it where there is none. */
static struct part
part_cut(struct part *rest, char separator)
{
	const char *found = rest->len == 0 ? NULL : memchr(rest->at, separator, rest->len);
	struct part first = { rest->at, found == NULL ? rest->len : (size_t)(found - rest->at) };
	size_t used = first.len + (found != NULL);

	rest->at += used;
	rest->len -= used;
	return first;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One byte of a percent-encoded part; -1 where it is no encoding (RFC 3986 §2.1). */
static int
part_take_byte(struct part *p)
{
	int high, low;

	if (*p->at != '%') {
		p->len--;
		return (unsigned char)*p->at++;
	}
	if (p->len < 3 || (high = hex_digit(p->at[1])) < 0 || (low = hex_digit(p->at[2])) < 0)
		return -1;
	p->at += 3;
	p->len -= 3;
	return high << 4 | low;
}

/* Decodes into cap bytes with a NUL. The length; -1: not an encoding, a NUL, or too long. */
static int
part_decode(struct part from, char *to, size_t cap)
{
	size_t n = 0;

	while (from.len > 0) {
		int byte = part_take_byte(&from);

		if (byte <= 0 || n + 1 >= cap)
			return -1;
		to[n++] = (char)byte;
	}
	to[n] = '\0';
	return (int)n;
}

int
request_decode(const char *part, size_t len, char *to, size_t cap)
{
	return part_decode((struct part){ part, len }, to, cap);
}

/* As part_decode, for what the gateway has decoded. */
static int
part_copy(struct part from, char *to, size_t cap)
{
	if (from.len >= cap)
		return -1;
	memcpy(to, from.at, from.len);
	to[from.len] = '\0';
	return (int)from.len;
}

static bool
is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool
consists_of(const char *text, const char *others)
{
	for (; *text != '\0'; text++)
		if (!is_alphanumeric(*text) && strchr(others, *text) == NULL)
			return false;
	return true;
}

static bool
room_is_valid(const char *room)
{
	return room[0] != '\0' && consists_of(room, "_.~-") && strcmp(room, ".") != 0 &&
	    strcmp(room, "..") != 0;
}

enum refusal
request_read_path(struct request *r, const char *path, enum path_form form)
{
	static const char door[] = "/ws/";
	size_t n = strlen(door);

	if (path == NULL || strncmp(path, door, n) != 0)
		return REFUSED_NOT_FOUND;
	return request_read_place(r, path + n, form);
}

enum refusal
request_read_place(struct request *r, const char *place, enum path_form form)
{
	struct part rest = part_of(place);
	struct part endpoint = part_cut(&rest, '/');
	int n;

	if (rest.len == 0 || memchr(rest.at, '/', rest.len) != NULL ||
	    endpoint_find(endpoint.at, endpoint.len, &r->endpoint) < 0)
		return REFUSED_NOT_FOUND;
	if (form == PATH_ENCODED)
		n = part_decode(rest, r->room, sizeof r->room);
	else
		n = part_copy(rest, r->room, sizeof r->room);
	return n > 0 && room_is_valid(r->room) ? REFUSED_NOT : REFUSED_BAD_ROOM;
}

static enum refusal
read_caps(struct request *r, struct part value)
{
	char list[256];
	struct part rest;

	if (part_decode(value, list, sizeof list) < 0)
		return REFUSED_NOT;
	for (rest = part_of(list); rest.len > 0;) {
		struct part cap = part_cut(&rest, ',');

		r->batch |= part_is(cap, "batch");
		r->delta |= part_is(cap, "delta");
	}
	return REFUSED_NOT;
}

static bool
read_number(struct part digits, uint64_t *number)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < digits.len; i++) {
		unsigned digit = (unsigned)digits.at[i] - '0';

		if (digit > 9 || sum > (UINT64_MAX - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	*number = sum;
	return digits.len > 0;
}

/* A position that cannot be read is none: the client gets a fresh state. */
static enum refusal
read_resume(struct request *r, struct part value)
{
	char text[sizeof r->epoch + 1 + 20];

	r->resume = false;
	if (part_decode(value, text, sizeof text) < 0)
		return REFUSED_NOT;
	struct part rest = part_of(text), epoch = part_cut(&rest, '.');
	r->resume = epoch.len > 0 && part_copy(epoch, r->epoch, sizeof r->epoch) > 0 &&
	    consists_of(r->epoch, "") && read_number(rest, &r->seq);
	return REFUSED_NOT;
}

/* base64url and dots (RFC 7515 §3.1): what else there is cannot be a token. */
static bool
token_is_formed(const char *token)
{
	return consists_of(token, "-_.");
}

static enum refusal
read_token(struct request *r, struct part value)
{
	if (part_decode(value, r->token, sizeof r->token) < 0)
		return REFUSED_TOKEN_INVALID;
	if (r->token[0] == '\0')
		return REFUSED_TOKEN_MISSING;
	return token_is_formed(r->token) ? REFUSED_NOT : REFUSED_TOKEN_INVALID;
}

static const struct parameter {
	const char *name;
	enum refusal (*read)(struct request *r, struct part value);
} parameters[] = {
	{ "token", read_token },
	{ "caps", read_caps },
	{ "resume", read_resume },
};

/* NULL for parameters that are not ours. */
static const struct parameter *
parameter_find(struct part encoded)
{
	char name[16];

	if (part_decode(encoded, name, sizeof name) < 0)
		return NULL;
	for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++)
		if (strcmp(name, parameters[i].name) == 0)
			return &parameters[i];
	return NULL;
}

static enum refusal
read_authorization(struct request *r, const char *header)
{
	struct part rest = part_of(header);
	struct part scheme = part_cut(&rest, ' ');

	if (scheme.len != strlen("Bearer") || strncasecmp(scheme.at, "Bearer", scheme.len) != 0)
		return REFUSED_TOKEN_MISSING;
	while (rest.len > 0 && *rest.at == ' ')
		part_cut(&rest, ' ');
	while (rest.len > 0 && rest.at[rest.len - 1] == ' ')
		rest.len--;
	if (rest.len == 0)
		return REFUSED_TOKEN_MISSING;
	if (part_copy(rest, r->token, sizeof r->token) < 0 || !token_is_formed(r->token))
		return REFUSED_TOKEN_INVALID;
	return REFUSED_NOT;
}

enum refusal
request_read_query(struct request *r, const char *query, const char *authorization)
{
	struct part rest = part_of(query);
	enum refusal verdict = REFUSED_NOT;
	int tokens = 0;

	r->token[0] = '\0';
	r->batch = r->delta = r->resume = false;
	while (rest.len > 0) {
		struct part value = part_cut(&rest, '&');
		const struct parameter *p = parameter_find(part_cut(&value, '='));

		if (p == NULL)
			continue;
		if (p->read == read_token && ++tokens > 1)
			return REFUSED_TOKEN_INVALID;
		enum refusal said = p->read(r, value);
		if (verdict == REFUSED_NOT)
			verdict = said;
	}
	return tokens == 0 ? read_authorization(r, authorization) : verdict;
}

void
request_wipe(struct request *r)
{
	explicit_bzero(r->token, sizeof r->token);
}
