/* beckon-broker – the memory: rooms, roles, order. Phases of main(); the work is in broker.c. */
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <malloc.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "bounds.h"
#include "broker.h"
#include "conf.h"
#include "core_conf.h"
#include "dump.h"
#include "notify.h"
#include "options.h"
#include "quote.h"
#include "reload.h"
#include "rundir.h"
#include "title.h"

extern char **environ;

static const char usage[] =
    "usage: beckon-broker [-c FILE] [-n]\n"
    "       beckon-broker -V | -h\n"
    "\n"
    "Keeps the rooms. Handlers and the authorizer find it at RUN_DIR/bus/broker.sock, operators\n"
    "at RUN_DIR/ctl.sock. HUP reads keys and configuration again; TERM and INT end it.\n"
    "\n"
    "  -c FILE  configuration instead of /etc/beckon/beckon.conf\n"
    "  -n       check configuration, keys and store, and stop\n";

/* The signals of the loop, blocked before any thread is started. */
static int
signals_open(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* then the store says that it cannot write */
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void
complain(void *context, const char *message)
{
	int *complaints = context;

	fprintf(stderr, "beckon-broker: %s\n", message);
	++*complaints;
}

static int
check_keys(const struct conf *conf)
{
	const char *folder = conf->text[CONF_JWT_KEYS], *url = conf->text[CONF_JWKS_URL];
	int complaints = 0, found = 0;
	struct keys *keys = keys_open(folder, complain, &complaints);

	if (keys)
		keys_use_fetched(keys, conf->text[CONF_DATA_DIR], url);
	while (keys && keys_at(keys, (size_t)found))
		found++;
	keys_free(keys);
	printf("keys: %s: %d good, %d refused\n", folder, found, complaints);
	return (found > 0 || url[0]) && complaints == 0 ? EXIT_NORMAL : EXIT_USAGE;
}

/* The group that OPERATORS names, if it names one: *found is then `group`, else NULL. */
static int
find_operators(const struct conf *conf, gid_t *group, const gid_t **found)
{
	const char *name = conf->text[CONF_OPERATORS];
	const struct group *g;
	char shown[QUOTE_SIZE];

	*found = NULL;
	if (name[0] == '\0')
		return EXIT_NORMAL;
	g = getgrnam(name);
	if (!g) {
		log_line(LOG_ERROR, "cannot_start",
		    "why=\"OPERATORS: expected a group's name, got '%s'\"",
		    quote(shown, sizeof shown, name));
		return EXIT_USAGE;
	}
	*group = g->gr_gid;
	*found = group;
	return EXIT_NORMAL;
}

static int
check_turn(const struct turn_conf *conf)
{
	struct turn turn;
	char why[512];

	if (turn_load(&turn, conf, why, sizeof why) < 0) {
		log_line(LOG_ERROR, "cannot_start", "why=\"%s\"", why);
		return EXIT_USAGE;
	}
	turn_fini(&turn);
	return EXIT_NORMAL;
}

static int
check_store(const char *folder)
{
	char why[512];

	if (broker_store_check(folder, why, sizeof why) == 0)
		return EXIT_NORMAL;
	fprintf(stderr, "beckon-broker: %s\n", why);
	return EXIT_USAGE;
}

/* A handler that is there asks something whenever PING_SECONDS have passed, and a few (door.c). */
static int64_t
silence(const struct conf *conf)
{
	int64_t missed = 2 * conf->number[CONF_PING_SECONDS] + 5;
	int64_t gone = conf->number[CONF_TIMEOUT_SECONDS];

	return (gone > missed ? gone : missed) * 1000;
}

enum { PIECE = 128 * 1024 }; /* bytes; larger ones are mapped, and given back when they are freed */

static void
beat(void)
{
	notify_say(getenv("NOTIFY_SOCKET"), "WATCHDOG=1");
}

/* More than there are descriptors for would be let in, and then dropped. */
static int
most_connections(const struct conf *conf)
{
	struct rlimit files;
	long most;

	if (conf->number[CONF_MAX_CONNECTIONS] > 0)
		return (int)conf->number[CONF_MAX_CONNECTIONS];
	if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_cur > INT_MAX)
		return 0;
	most = ((long)files.rlim_cur - BROKER_FILES_SPARE) / BROKER_FILES;
	return most > 1 ? (int)most : 1;
}

/* The user that handlers run as, where another one is named. */
static int
find_peer(const struct conf *conf, uid_t *peer)
{
	const char *name = conf->text[CONF_GATEWAY_USER];
	const struct passwd *user;

	*peer = (uid_t)-1;
	if (name[0] == '\0')
		return EXIT_NORMAL;
	errno = 0;
	user = getpwnam(name);
	if (user == NULL) {
		log_line(LOG_ERROR, "cannot_start", "why=\"GATEWAY_USER: no such user\" error=%s",
		    errno ? strerrorname_np(errno) : "-");
		return EXIT_USAGE;
	}
	*peer = user->pw_uid;
	return EXIT_NORMAL;
}

static int
serve(const struct broker_conf *conf, int signal_fd)
{
	char why[512];
	struct broker *broker;
	int lock = rundir_open(conf->folder, why, sizeof why);

	if (lock >= 0 && conf->operators && rundir_let_through(conf->folder, why, sizeof why) < 0) {
		rundir_close(lock);
		lock = -1;
	}
	if (lock < 0) {
		log_line(LOG_ERROR, "cannot_start", "why=\"%s\"", why);
		return EXIT_SYSTEM;
	}
	broker = broker_open(conf, why, sizeof why);
	if (!broker) {
		log_line(LOG_ERROR, "cannot_start", "why=\"%s\"", why);
		rundir_close(lock);
		return EXIT_SYSTEM;
	}
	title_set("beckon-broker: rooms of %s", conf->folder);
	log_line(LOG_INFO, "ready", "folder=%s pid=%ld", conf->folder, (long)getpid());
	notify_say(getenv("NOTIFY_SOCKET"), "READY=1");
	broker_run(broker, signal_fd);
	notify_say(getenv("NOTIFY_SOCKET"), "STOPPING=1");
	broker_close(broker);
	rundir_close(lock);
	log_line(LOG_INFO, "ended", "pid=%ld", (long)getpid());
	return EXIT_NORMAL;
}

/* What the configuration says to the broker. Borrows from it. */
struct settings {
	struct broker_conf broker;
	struct core_conf rooms;
	gid_t operators;
};

static int
settings_read(struct settings *s, const struct conf *conf)
{
	*s = (struct settings){ .broker = {
		.folder = conf->text[CONF_RUN_DIR],
		.data = conf->text[CONF_DATA_DIR],
		.keys = conf->text[CONF_JWT_KEYS],
		.jwks_url = conf->text[CONF_JWKS_URL],
		.rooms = &s->rooms,
		.origins = conf->text[CONF_ALLOWED_ORIGINS],
		.port = (int)conf->number[CONF_PORT],
		.policy = { conf->text[CONF_JWT_ISSUER], conf->text[CONF_JWT_AUDIENCE],
		    conf->number[CONF_JWT_LEEWAY], conf->text[CONF_ADMIN_AUDIENCE] },
		.queue = (int)conf->number[CONF_BUS_QUEUE],
		.beat = beat,
		.beat_every = notify_interval(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"),
		    getpid()),
		.drain_time = conf->number[CONF_DRAIN_SECONDS] * INT64_C(1000),
		.silence = silence(conf),
		.turn = { conf->text[CONF_STUN_URLS], conf->text[CONF_TURN_URLS],
		    conf->text[CONF_TURN_SECRET], conf->number[CONF_TURN_SECONDS] },
	} };
	core_conf_read(&s->rooms, conf);
	s->rooms.max_connections = most_connections(conf);
	if (find_peer(conf, &s->broker.peer) != EXIT_NORMAL ||
	    check_turn(&s->broker.turn) != EXIT_NORMAL)
		return EXIT_USAGE;
	return find_operators(conf, &s->operators, &s->broker.operators);
}

static int
check(const struct conf *conf)
{
	struct settings settings;
	int status = settings_read(&settings, conf);

	if (status == EXIT_NORMAL)
		status = check_keys(conf);
	return status == EXIT_NORMAL ? check_store(conf->text[CONF_DATA_DIR]) : status;
}

/* What holds while it runs, and what held before, of which the broker may still have something. */
struct running {
	const char *path;
	struct conf *conf, before;
	struct settings settings;
};

static const struct broker_conf *reread(void *context, struct buf *report);

static int
running_read(struct running *r)
{
	int status = settings_read(&r->settings, r->conf);

	r->settings.broker.reread = reread;
	r->settings.broker.reread_context = r;
	r->settings.broker.file = r->path;
	return status;
}

static void
refuse(struct buf *report, const char *why)
{
	log_line(LOG_ERROR, "not_reloaded", "why=\"%s\"", why);
	buf_str(report, "\"refused\":");
	buf_json(report, why, strlen(why));
}

static const struct broker_conf *
reread(void *context, struct buf *report)
{
	struct running *r = context;
	struct settings trial;
	char why[512] = "a user, a group or a secret that it names is not there";
	struct conf next;

	if (conf_load(&next, r->path, environ, why, sizeof why) != 0 ||
	    settings_read(&trial, &next) != EXIT_NORMAL) {
		refuse(report, why);
		conf_free(&next);
		return NULL;
	}
	reload_take(r->conf, &next, report);
	conf_free(&r->before);
	r->before = next;
	log_set_level((enum log_level)r->conf->number[CONF_LOG_LEVEL]);
	return running_read(r) == EXIT_NORMAL ? &r->settings.broker : NULL;
}

static int
run(struct conf *conf, const char *path)
{
	char *file = strdup(path ? path : ""); /* a title takes the place of argv */
	struct running r = { .path = file && file[0] ? file : NULL, .conf = conf };
	int status = EXIT_SYSTEM, signal_fd;

	if (file && (status = running_read(&r)) == EXIT_NORMAL) {
		signal_fd = signals_open();
		status = signal_fd < 0 ? EXIT_SYSTEM : serve(&r.settings.broker, signal_fd);
	}
	conf_free(&r.before);
	free(file);
	return status;
}

int
main(int argc, char **argv)
{
	struct options options;
	struct conf conf;
	bool only_check;
	int status;

	/* Left alone malloc takes ever larger ones from the heap, which then grows around them. */
	mallopt(M_MMAP_THRESHOLD, PIECE);
	log_open("beckon-broker");
	title_begin(argv, NULL);
	dump_forbid();
	status = options_read(&options, argc, argv, "c:nVh", usage);
	if (status != OPTIONS_GO_ON)
		return status;
	only_check = options.check;
	options.check = false; /* keys and store are still to be checked then */
	status = options_conf(&options, &conf, environ);
	if (status == OPTIONS_GO_ON)
		status = only_check ? check(&conf) : run(&conf, options.conf_path);
	conf_free(&conf);
	return status;
}
