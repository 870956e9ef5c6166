/* fetcher – wait, fetch, judge, write, tell. */
#include "fetcher.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "fetch.h"
#include "jwks.h"
#include "log.h"
#include "options.h"

enum {
	WHY_SIZE = 512,
	SAY_AGAIN = 600000, /* ms, until the same trouble is logged again */
};

struct state {
	const struct fetcher *what;
	char path[4200];
	char said[WHY_SIZE]; /* the trouble last logged; "": none since things went well */
	int64_t said_at; /* ms, monotonic */
	struct fetched got;
};

/* Who published it. No more of the address: its path or query may be somebody's secret. */
static void
log_host(enum log_level level, const char *event, const char *url, const char *more)
{
	const char *host = strstr(url, "://") + 3;

	log_line(level, event, "host=%.*s %s", (int)strcspn(host, "/?#"), host, more);
}

/* A provider that is down for a night is a few lines, not thousands. */
static void
say_trouble(struct state *s, const char *why)
{
	int64_t now = now_ms();

	if (strcmp(why, s->said) == 0 && now - s->said_at < SAY_AGAIN)
		return;
	snprintf(s->said, sizeof(s->said), "%s", why);
	s->said_at = now;
	log_host(LOG_ERROR, "keys-not-fetched", s->what->url, why);
}

static void
say_success(struct state *s, int keys, bool changed)
{
	char more[64];

	snprintf(more, sizeof(more), keys > 0 ? "keys=%d changed=%s" : "unchanged", keys,
	    changed ? "yes" : "no");
	log_host(changed || s->said[0] ? LOG_INFO : LOG_DEBUG, "keys-fetched", s->what->url, more);
	s->said[0] = '\0';
}

/* A set came. 0, or -1 with why. */
static int
take(struct state *s, char *why)
{
	struct buf text = BUF_INIT;
	int keys, changed = -1;

	keys = jwks_distil(&text, s->got.body, s->got.len, s->what->url, s->got.etag, why,
	    WHY_SIZE);
	if (keys > 0 && buf_failed(&text))
		snprintf(why, WHY_SIZE, "out of memory");
	else if (keys > 0)
		changed = jwks_write(s->path, &text, why, WHY_SIZE);
	buf_fini(&text);
	if (changed < 0)
		return -1;
	say_success(s, keys, changed);
	return 0;
}

static int
fetch(struct state *s)
{
	char etag[ETAG_MAX + 1], why[WHY_SIZE];
	struct fetch what = { s->what->url, s->what->ca, etag };
	int rc;

	jwks_etag(s->path, s->what->url, etag);
	rc = fetch_get(&what, &s->got, why, sizeof(why));
	if (rc == 0 && s->got.status == 304)
		say_success(s, 0, false);
	else if (rc == 0)
		rc = take(s, why);
	if (rc != 0)
		say_trouble(s, why);
	return rc;
}

int
fetcher_run(const struct fetcher *f)
{
	static struct state s;

	s.what = f;
	if (jwks_path(s.path, sizeof(s.path), f->data_dir) != 0) {
		log_line(LOG_ERROR, "keys-not-fetched", "DATA_DIR is too long");
		return EXIT_USAGE;
	}
	for (;;) {
		bool good;

		demand_wait(f->demand);
		good = fetch(&s) == 0;
		demand_done(f->demand, good, s.got.max_age);
	}
}
