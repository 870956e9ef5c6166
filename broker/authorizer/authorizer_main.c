/* beckon-authorizer – says yes or no before the upgrade, behind nginx, over FastCGI.
 *
 * websocketd answers 101 before it starts a handler, so whoever is not let in must be told here.
 * A master keeps workers running on one unix socket; each of them takes one request at a time. What
 * they may be asked for is in pages.c. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admit.h"
#include "api_describe.h"
#include "authorizer.h"
#include "dump.h"
#include "fcgi.h"
#include "fetcher.h"
#include "log.h"
#include "notify.h"
#include "options.h"
#include "pages.h"
#include "places.h"
#include "title.h"
#include "workers.h"

/* --- a worker ------------------------------------------------------------ */

static volatile sig_atomic_t over;

static void
on_term(int signo)
{
	(void)signo;
	over = 1;
}

static int
work(void *context)
{
	struct authorizer *a = context;
	struct fcgi *f = fcgi_open(a->listener);
	struct buf out = BUF_INIT;
	int there = f != NULL ? 0 : -1;

	title_set("beckon-authorizer: worker");
	sigaction(SIGTERM, &(struct sigaction){ .sa_handler = on_term }, NULL);
	/* A broker that runs out of descriptors tells whoever is connected by then. */
	standing_now(&a->operators);
	while (!over && there >= 0 && (there = fcgi_next(f)) >= 0) {
		if (there == 0)
			continue;
		pages_serve(a, f, &out);
		fcgi_answer(f, out.at, buf_failed(&out) ? 0 : out.len);
		explicit_bzero(out.at, out.len); /* held a token */
		buf_reset(&out);
	}
	if (!over)
		log_line(LOG_ERROR, "accept-failed", "error=%s", strerrorname_np(errno));
	fcgi_close(f);
	buf_fini(&out);
	ask_fini(&a->broker);
	ask_fini(&a->operators);
	return over ? EXIT_NORMAL : EXIT_SYSTEM;
}

/* --- the master ---------------------------------------------------------- */

static void
admit(void *context, const struct request *r, const struct token *t, struct verdict *v)
{
	struct authorizer *a = context;

	admit_ask(&a->broker, r, t, v);
}

static int
worker_count(const struct authorizer *a)
{
	return workers_count(a->conf.number[CONF_AUTHORIZER_WORKERS]);
}

/* A token names a key that is not here. At least half of the workers go on serving. */
static bool
ask_for_keys(void *context)
{
	struct authorizer *a = context;
	int half = worker_count(a) / 2;

	return demand_ask(&a->demand, half > 0 ? (unsigned)half : 1);
}

static bool
fetch_wanted(void *context)
{
	const struct authorizer *a = context;

	return a->conf.text[CONF_JWKS_URL][0] != '\0';
}

static int
fetch_keys(void *context)
{
	struct authorizer *a = context;
	const struct fetcher f = { .url = a->conf.text[CONF_JWKS_URL],
		.ca = a->conf.text[CONF_JWKS_CA],
		.data_dir = a->conf.text[CONF_DATA_DIR],
		.demand = &a->demand };

	title_set("beckon-authorizer: fetcher of keys");
	return fetcher_run(&f);
}

static void
complain(void *context, const char *message)
{
	(void)context;
	log_line(LOG_ERROR, "keys", "%s", message);
}

static int
socket_path(char *to, size_t size, const struct conf *c, const char *name)
{
	int n = snprintf(to, size, "%s/%s", c->text[CONF_RUN_DIR], name);

	return n >= 0 && (size_t)n < size ? 0 : -1;
}

static int
load_turn(struct turn *t, const struct conf *c)
{
	const struct turn_conf conf = { c->text[CONF_STUN_URLS], c->text[CONF_TURN_URLS],
		c->text[CONF_TURN_SECRET], c->number[CONF_TURN_SECONDS] };
	char why[512];

	if (turn_load(t, &conf, why, sizeof(why)) == 0)
		return 0;
	log_line(LOG_ERROR, "turn_refused", "why=\"%s\"", why);
	return -1;
}

/* Fills what a configuration says. The listening socket stays: it outlives all configurations. */
static int
authorizer_init(struct authorizer *a)
{
	const struct conf *c = &a->conf;

	if (socket_path(a->broker_path, sizeof(a->broker_path), c, PLACE_BROKER) != 0 ||
	    socket_path(a->operators_path, sizeof(a->operators_path), c, PLACE_OPERATORS) != 0)
		return -1;
	ask_init(&a->broker, a->broker_path);
	ask_init(&a->operators, a->operators_path);
	a->workers = worker_count(a);
	a->keys = keys_open(c->text[CONF_JWT_KEYS], complain, NULL);
	if (a->keys == NULL || load_turn(&a->turn, c) != 0 ||
	    keys_use_fetched(a->keys, c->text[CONF_DATA_DIR], c->text[CONF_JWKS_URL]) != 0)
		return -1;
	keys_on_miss(a->keys, fetch_wanted(a) ? ask_for_keys : NULL, a);
	a->authority = (struct authority){
		.keys = a->keys,
		.policy = { c->text[CONF_JWT_ISSUER], c->text[CONF_JWT_AUDIENCE],
		    c->number[CONF_JWT_LEEWAY], c->text[CONF_ADMIN_AUDIENCE] },
		.origins = c->text[CONF_ALLOWED_ORIGINS],
		.port = (int)c->number[CONF_PORT],
		.admit = admit,
		.context = a,
	};
	a->api = (struct api_authority){
		.keys = a->keys,
		.policy = { c->text[CONF_JWT_ISSUER], c->text[CONF_ADMIN_AUDIENCE],
		    c->number[CONF_JWT_LEEWAY], c->text[CONF_JWT_AUDIENCE] },
	};
	return 0;
}

static void
authorizer_fini(struct authorizer *a)
{
	keys_free(a->keys);
	turn_fini(&a->turn);
	conf_free(&a->conf);
}

/* HUP: the next workers start with what the file says now; a file gone bad changes nothing. */
static int
reload(void *context)
{
	struct authorizer *a = context, next = *a;

	memset(&next.conf, 0, sizeof(next.conf));
	next.keys = NULL;
	if (options_conf(a->options, &next.conf, environ) != OPTIONS_GO_ON ||
	    authorizer_init(&next) != 0) {
		authorizer_fini(&next);
		log_line(LOG_ERROR, "not-reloaded", "the old configuration holds");
		return -1;
	}
	authorizer_fini(a);
	*a = next;
	a->authority.context = a;
	a->broker.path = a->broker_path;
	a->operators.path = a->operators_path;
	keys_on_miss(a->keys, fetch_wanted(a) ? ask_for_keys : NULL, a);
	demand_renew(&a->demand);
	log_line(LOG_INFO, "reloaded", "workers=%d", worker_count(a));
	return 0;
}

static int
run(struct authorizer *a)
{
	char path[SOCKET_PATH_MAX + 1];
	struct workers workers = {
		.count = worker_count(a), .work = work, .aside = fetch_keys,
		.aside_wanted = fetch_wanted, .reload = reload, .context = a
	};
	int rc;

	a->tally = tally_open();
	a->standing = standing_open();
	if (demand_open(&a->demand) != 0 || a->tally == NULL || a->standing == NULL) {
		log_line(LOG_ERROR, "not-started", "error=%s", strerrorname_np(errno));
		return EXIT_SYSTEM;
	}
	if (socket_path(path, sizeof(path), &a->conf, PLACE_AUTHORIZER) != 0) {
		log_line(LOG_ERROR, "not-started", "RUN_DIR is too long");
		return EXIT_USAGE;
	}
	a->listener = workers_listen(path);
	if (a->listener < 0) {
		log_line(LOG_ERROR, "not-started", "socket=%s error=%s", path,
		    strerrorname_np(errno));
		return EXIT_SYSTEM;
	}
	title_set("beckon-authorizer: master");
	log_line(LOG_INFO, "started", "workers=%d socket=%s", workers.count, path);
	notify_say(getenv("NOTIFY_SOCKET"), "READY=1");
	rc = workers_run(&workers);
	unlink(path);
	close(a->listener);
	log_line(LOG_INFO, "stopped", "socket=%s", path);
	return rc == 0 ? EXIT_NORMAL : EXIT_SYSTEM;
}

/* --- questions about the program: -Q ------------------------------------- */

static const struct {
	const char *name;
	void (*describe)(struct buf *to);
} queries[] = {
	{ "config", conf_describe },
	{ "api", api_describe },
	{ "api-errors", api_describe_errors },
};

static int
answer_query(const char *query)
{
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++) {
		if (strcmp(queries[i].name, query) != 0)
			continue;
		queries[i].describe(&out);
		fwrite(out.at, 1, out.len, stdout);
		buf_fini(&out);
		return EXIT_NORMAL;
	}
	fprintf(stderr, "-Q: expected config, api or api-errors, got %s\n", query);
	return EXIT_USAGE;
}

static const char usage[] =
    "usage: beckon-authorizer [-c FILE] [-n] [-Q TABLE] [-V] [-h]\n"
    "Answers nginx's auth_request on RUN_DIR/authorizer.sock.\n"
    "  -c FILE   the configuration, KEY=value a line; the environment wins over it\n"
    "  -n        check the configuration and stop\n"
    "  -Q TABLE  config: the keys; api, api-errors: paths and words of the API\n";

int
main(int argc, char **argv)
{
	struct options options;
	struct authorizer a = { .options = &options };
	char *conf_path = NULL;
	int status;

	log_open("beckon-authorizer");
	title_begin(argv, NULL);
	dump_forbid();
	status = options_read(&options, argc, argv, "c:nQ:Vh", usage);
	if (status != OPTIONS_GO_ON)
		return status;
	if (options.conf_path) /* a title will be where it was */
		options.conf_path = conf_path = strdup(options.conf_path);
	status = options_conf(&options, &a.conf, environ);
	if (status == OPTIONS_GO_ON && options.query != NULL)
		status = answer_query(options.query);
	if (status == OPTIONS_GO_ON)
		status = authorizer_init(&a) == 0 ? run(&a) : EXIT_SYSTEM;
	authorizer_fini(&a);
	free(conf_path);
	return status;
}
