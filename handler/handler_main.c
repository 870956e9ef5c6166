/* beckon-handler – one client's connection, as a filter on stdin and stdout.
 *
 * Started by websocketd, or from a shell:
 *    env PATH_INFO=/ws/chat/r1 QUERY_STRING="token=$(beckonctl token --sub ann)" beckon-handler */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cage.h"
#include "cgi.h"
#include "conf.h"
#include "door.h"
#include "event.h"
#include "log.h"
#include "message.h"
#include "options.h"
#include "places.h"
#include "title.h"
#include "words.h"

static const char usage[] =
    "usage: beckon-handler [-c FILE] [-U]\n"
    "  One client of Beckon: reads events on stdin, writes messages on stdout, a line each.\n"
    "  What the client asks for is in the environment: PATH_INFO, QUERY_STRING,\n"
    "  HTTP_AUTHORIZATION, HTTP_ORIGIN, HTTP_X_REQUEST_ID, HTTP_X_REAL_IP.\n"
    "  -c FILE    configuration (default /etc/beckon/beckon.conf)\n"
    "  -U         stay outside of the cage, which valgrind does not fit into\n"
    "  -n         check the configuration and stop\n"
    "  -Q TABLE   print a table of the protocol: events (of clients), messages (to them), errors\n"
    "  -V, -h     version, this text\n";

enum { LOGGED_ID = 16 }; /* characters of a connection id that all programs log */

/* The tables of the protocol. */
static const struct {
	const char *name;
	void (*describe)(struct buf *to);
} queries[] = {
	{ "events", event_describe },
	{ "messages", message_describe },
	{ "errors", words_describe },
};

static int
print_table(void (*describe)(struct buf *to))
{
	struct buf text = BUF_INIT;

	describe(&text);
	bool written = fwrite(text.at, 1, text.len, stdout) == text.len && fflush(stdout) == 0;
	buf_fini(&text);
	return written ? EXIT_NORMAL : EXIT_SYSTEM;
}

static int
answer_query(const char *query)
{
	for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
		if (strcmp(query, queries[i].name) == 0)
			return print_table(queries[i].describe);
	fputs(usage, stderr);
	return EXIT_USAGE;
}

static int
open_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* The configuration's part in all this: where the broker is, and what a client may. */
static int
read_conf(const struct options *o, struct door_conf *door, char folder[SOCKET_PATH_MAX + 1])
{
	struct conf c;
	int rc = options_conf(o, &c, environ);

	if (rc == OPTIONS_GO_ON) {
		snprintf(folder, SOCKET_PATH_MAX + 1, "%s/" PLACE_BUS, c.text[CONF_RUN_DIR]);
		*door = (struct door_conf){
			.socket = PLACE_DOOR,
			.allowance = {
				.events_per_second = c.number[CONF_EVENTS_PER_SECOND],
				.events_burst = c.number[CONF_EVENTS_BURST],
				.bytes_per_second = c.number[CONF_BYTES_PER_SECOND],
				.bytes_burst = c.number[CONF_BYTES_BURST],
			},
			.ping_after = c.number[CONF_PING_SECONDS] * 1000,
			.gone_after = c.number[CONF_TIMEOUT_SECONDS] * 1000,
		};
	}
	conf_free(&c);
	return rc;
}

/* What comes from outside is not looked at before. */
static int
enter_cage(const char *folder, bool uncaged)
{
	const char *bar = folder;

	if (cage_go(folder) == 0 && (uncaged || cage_shut(&bar) == 0))
		return 0;
	log_line(LOG_ERROR, "cage", "failed=%s why=\"%s\"", bar, strerror(errno));
	return -1;
}

/* Reads the request from the environment and hands it to the door; leaves nothing secret behind. */
static int
open_door(struct door *d, bool caged, char id[LOGGED_ID + 1])
{
	struct cgi *c = malloc(sizeof *c);
	struct buf join = BUF_INIT;

	if (c == NULL)
		return -1;
	enum refusal why = cgi_read(c, environ, getpid());
	snprintf(id, LOGGED_ID + 1, "%.*s", LOGGED_ID, c->connection);
	log_name(id);
	if (why == REFUSED_NOT && !caged)
		why = REFUSED_UNAVAILABLE;
	if (why == REFUSED_NOT) {
		cgi_put_join(c, &join);
		door_admit(d, &c->request, &join);
	} else {
		door_refuse(d, why);
	}
	cgi_wipe(c, environ);
	free(c);
	return 0;
}

int
main(int argc, char **argv)
{
	char folder[SOCKET_PATH_MAX + 1], id[LOGGED_ID + 1] = "";
	struct door_conf conf;
	struct options o;
	struct door d;
	int rc;

	prctl(PR_SET_DUMPABLE, 0); /* nobody is to look into us for a token */
	cage_close_inherited();
	log_open("handler");
	title_begin(argv, environ);
	if ((rc = options_read(&o, argc, argv, "c:nQ:UVh", usage)) != OPTIONS_GO_ON)
		return rc;
	if (o.query != NULL)
		return answer_query(o.query);
	if ((rc = read_conf(&o, &conf, folder)) != OPTIONS_GO_ON)
		return rc;
	int signals = open_signals();
	if (signals < 0)
		return EXIT_SYSTEM;
	conf.connection = id;
	door_init(&d, &conf, STDIN_FILENO, STDOUT_FILENO, signals);
	bool caged = enter_cage(folder, o.uncaged) == 0;
	rc = open_door(&d, caged, id) == 0 ? door_run(&d) : EXIT_SYSTEM;
	door_fini(&d);
	log_settle(); /* websocketd closes the pipe of a process that is gone, read or not */
	return rc;
}
