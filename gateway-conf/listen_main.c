/* beckon-listen – opens the sockets that nginx accepts clients on, and becomes nginx.
 *
 * nginx 1.22 cannot set TCP_USER_TIMEOUT, but takes over sockets that it finds in its environment:
 * NGINX=3;4; is how one nginx hands them to the next. It keeps them over a reload. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "listener.h"
#include "options.h"

static const char usage[] =
    "usage: beckon-listen SECONDS ADDRESS:PORT... -- COMMAND [ARGUMENT...]\n"
    "  Listens on these addresses and becomes COMMAND, which finds the sockets' descriptors in\n"
    "  NGINX, as nginx does. Connections end when what was sent to them was not acknowledged for\n"
    "  SECONDS.\n"
    "  -V, -h     version, this text\n";

enum {
	SECONDS_MAX = 3600,
	LISTENERS_MAX = 64,
	TRIES = 5,   /* a worker of an nginx that died may have the port for a moment */
	PAUSE = 500, /* ms between them; both are nginx's own */
};

static int
open_patiently(const char *address, unsigned patience, char *why, size_t size)
{
	const struct timespec pause = { .tv_nsec = PAUSE * 1000000L };
	int fd = listener_open(address, patience, why, size);

	for (int tries = 1; fd < 0 && errno == EADDRINUSE && tries < TRIES; tries++) {
		nanosleep(&pause, NULL);
		fd = listener_open(address, patience, why, size);
	}
	return fd;
}

/* Opens them all, and says so in the environment. */
static int
open_all(char **addresses, size_t count, unsigned patience)
{
	char names[LISTENERS_MAX * sizeof "1234;"], why[512];
	size_t len = 0;

	for (size_t i = 0; i < count; i++) {
		int fd = open_patiently(addresses[i], patience, why, sizeof why);

		if (fd < 0) {
			fprintf(stderr, "beckon-listen: %s\n", why);
			return errno == EINVAL ? EXIT_USAGE : EXIT_SYSTEM;
		}
		len += (size_t)snprintf(names + len, sizeof names - len, "%d;", fd);
	}
	return setenv("NGINX", names, 1) == 0 ? EXIT_NORMAL : EXIT_SYSTEM;
}

/* How many addresses there are before `--`, after which there has to be a command. -1: neither. */
static int
count_addresses(char **words)
{
	int count = 0;

	while (words[count] && strcmp(words[count], "--") != 0)
		count++;
	return words[count] && words[count + 1] && count > 0 && count <= LISTENERS_MAX ? count : -1;
}

int
main(int argc, char **argv)
{
	struct options o;
	int count, status;
	unsigned long seconds;
	char *end;

	if ((status = options_read(&o, argc, argv, "Vh", usage)) != OPTIONS_GO_ON)
		return status;
	if (o.rest == argc || (count = count_addresses(argv + o.rest + 1)) < 0) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	seconds = strtoul(argv[o.rest], &end, 10);
	if (*end != '\0' || seconds < 1 || seconds > SECONDS_MAX) {
		fprintf(stderr, "beckon-listen: SECONDS: expected 1 to %d, got %s\n", SECONDS_MAX,
		    argv[o.rest]);
		return EXIT_USAGE;
	}
	argv += o.rest + 1;
	if ((status = open_all(argv, (size_t)count, (unsigned)seconds * 1000)) != EXIT_NORMAL)
		return status;
	argv += count + 1;
	execvp(argv[0], argv);
	fprintf(stderr, "beckon-listen: %s: %s\n", argv[0], strerror(errno));
	return EXIT_SYSTEM;
}
