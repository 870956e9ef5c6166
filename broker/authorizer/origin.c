/* origin – comparing origins by their three parts. */
#include "origin.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bounds.h"
#include "quote.h"

/* A run of bytes inside somebody's text. */
struct part {
	const char *at;
	size_t len;
};

struct origin {
	bool null; /* "null": an opaque origin (RFC 6454 §6.1) */
	struct part scheme, host;
	int port; /* 0: none, and the scheme implies none */
};

static bool
same(struct part a, struct part b)
{
	return a.len == b.len && strncasecmp(a.at, b.at, a.len) == 0;
}

static bool
part_is(struct part p, const char *word)
{
	return same(p, (struct part){ word, strlen(word) });
}

static int
default_port(struct part scheme)
{
	if (part_is(scheme, "http") || part_is(scheme, "ws"))
		return 80;
	if (part_is(scheme, "https") || part_is(scheme, "wss"))
		return 443;
	return 0;
}

static size_t
span_while(struct part p, bool (*fits)(unsigned char))
{
	size_t n = 0;

	while (n < p.len && fits((unsigned char)p.at[n]))
		n++;
	return n;
}

static bool
in_scheme(unsigned char c)
{
	return isalnum(c) || c == '+' || c == '-' || c == '.';
}

static bool
in_name(unsigned char c)
{
	return isalnum(c) || c == '-' || c == '.' || c == '_';
}

static bool
in_address(unsigned char c)
{
	return isxdigit(c) || c == ':' || c == '.';
}

static void
skip(struct part *p, size_t n)
{
	p->at += n;
	p->len -= n;
}

static bool
read_scheme(struct part *rest, struct origin *o)
{
	o->scheme = (struct part){ rest->at, span_while(*rest, in_scheme) };
	if (o->scheme.len == 0 || !isalpha((unsigned char)o->scheme.at[0]))
		return false;
	skip(rest, o->scheme.len);
	if (rest->len < 3 || memcmp(rest->at, "://", 3) != 0)
		return false;
	skip(rest, 3);
	return true;
}

/* A name, an IPv4 address, or an IPv6 address in brackets (which stay part of it). */
static bool
read_host(struct part *rest, struct origin *o)
{
	struct part inside = *rest;
	size_t n;

	if (rest->len > 0 && rest->at[0] == '[') {
		skip(&inside, 1);
		n = span_while(inside, in_address);
		if (n == 0 || n == inside.len || inside.at[n] != ']')
			return false;
		n += 2;
	} else {
		n = span_while(*rest, in_name);
	}
	o->host = (struct part){ rest->at, n };
	skip(rest, n);
	return n > 0;
}

static bool
read_port(struct part *rest, struct origin *o)
{
	int port = 0;

	o->port = default_port(o->scheme);
	if (rest->len == 0)
		return true;
	if (rest->at[0] != ':' || rest->len < 2 || rest->len > 6)
		return false;
	for (size_t i = 1; i < rest->len; i++) {
		if (!isdigit((unsigned char)rest->at[i]))
			return false;
		port = port * 10 + rest->at[i] - '0';
	}
	o->port = port;
	return port >= 1 && port <= 65535;
}

/* The whole text must be one origin: a path, even `/` alone, is none (RFC 6454 §7.1). */
static bool
read_origin(struct part text, struct origin *o)
{
	*o = (struct origin){ .null = text.len == 4 && memcmp(text.at, "null", 4) == 0 };
	if (o->null)
		return true;
	return text.len <= ORIGIN_MAX && read_scheme(&text, o) && read_host(&text, o) &&
	       read_port(&text, o);
}

static bool
equal(const struct origin *a, const struct origin *b)
{
	if (a->null || b->null)
		return a->null && b->null;
	return same(a->scheme, b->scheme) && same(a->host, b->host) && a->port == b->port;
}

/* Takes the next entry off a comma list, without the spaces around it. */
static bool
next_entry(const char **list, struct part *entry)
{
	const char *at = *list;

	if (!at)
		return false;
	*entry = (struct part){ at, strcspn(at, ",") };
	*list = at[entry->len] == ',' ? at + entry->len + 1 : NULL;
	while (entry->len > 0 && isspace((unsigned char)entry->at[0]))
		skip(entry, 1);
	while (entry->len > 0 && isspace((unsigned char)entry->at[entry->len - 1]))
		entry->len--;
	return true;
}

static bool
is_blank(const char *list)
{
	return list[strspn(list, " \t")] == '\0';
}

bool
origin_list_valid(const char *list, char *why, size_t size)
{
	struct origin o;
	struct part entry;
	int count = 0;

	if (is_blank(list))
		return true;
	while (next_entry(&list, &entry)) {
		char shown[QUOTE_SIZE];

		if (++count > ORIGINS_MAX) {
			snprintf(why, size, "expected at most %d origins, got more", ORIGINS_MAX);
			return false;
		}
		if (!read_origin(entry, &o)) {
			quote_bytes(shown, sizeof(shown), entry.at, entry.len);
			snprintf(why, size, "expected scheme://host[:port] or null, got \"%s\"",
			    shown);
			return false;
		}
	}
	return true;
}

static bool
is_in(const struct origin *o, const char *list)
{
	struct origin listed;
	struct part entry;

	while (next_entry(&list, &entry))
		if (read_origin(entry, &listed) && equal(o, &listed))
			return true;
	return false;
}

bool
origin_is_allowed(const char *origin, const char *list, int port)
{
	char own[128];
	struct origin o;

	if (!origin || !origin[0])
		return true;
	if (!read_origin((struct part){ origin, strlen(origin) }, &o))
		return false;
	snprintf(own, sizeof(own), "http://localhost:3000,http://localhost:%d,http://127.0.0.1:%d",
	    port, port);
	return is_in(&o, is_blank(list) ? own : list);
}
