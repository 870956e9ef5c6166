/* conf – the configuration: one table of keys (conf.def), a file of KEY=value, the environment.
 *
 * Every program reads the same file and knows the same keys, so a misspelt one is an error
 * everywhere. The environment wins over the file. Modules get values, never this. Implemented in
 * broker/common/conf.c over inih; reads one file, else blocks on nothing. */
#ifndef BECKON_CONF_H
#define BECKON_CONF_H

#include <stddef.h>

#include "buf.h"

enum conf_key {
#define CONF(name, type, min, max, fallback, help) CONF_##name,
#include "conf.def"
#undef CONF
	CONF_KEYS
};

enum conf_type {
	CONF_TEXT,   /* min..max bytes */
	CONF_NUMBER, /* min..max */
	CONF_SWITCH, /* on, off */
	CONF_LEVEL,  /* error, info, debug */
	CONF_POLICY, /* open, ask */
	CONF_FORMAT, /* text, json */
};

struct conf_row {
	const char *name;
	enum conf_type type;
	long min, max;
	const char *fallback;
	const char *help;
};

extern const struct conf_row conf_table[CONF_KEYS];

struct conf {
	const char *text[CONF_KEYS]; /* a copy, or the fallback; never NULL after conf_load */
	long number[CONF_KEYS]; /* of NUMBER, SWITCH and POLICY (0, 1), LEVEL and FORMAT (log.h) */
	const char *from[CONF_KEYS]; /* "default", "file", "environment", or the key that gave it */
};

/* Defaults, then the file (path NULL: none), then the environment, then what one key says about
 * another (AUTH0_DOMAIN gives issuer and JWKS address where these are not set). Returns 0; or -1
 * with one line in why: `FILE:LINE: KEY: expected …, got …`. c is to be freed in either case. */
int conf_load(struct conf *c, const char *path, char *const *environment, char *why, size_t size);

void conf_free(struct conf *c);

/* The table for people and scripts: name, type, range, default, help; tab-separated lines. */
void conf_describe(struct buf *to);

#endif
