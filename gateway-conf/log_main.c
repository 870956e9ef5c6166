/* beckon-log – makes the log lines of nginx and websocketd what our own are by LOG_FORMAT=json.
 *
 * A filter between a program and its log. It ends with the program, and no sooner: whoever writes
 * into a pipe that nobody reads waits for ever, or dies. What cannot be written is missing. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "adopt.h"
#include "clock.h"
#include "options.h"

static const char usage[] =
    "usage: beckon-log PROGRAM\n"
    "  Reads lines that PROGRAM logs, writes JSON objects.\n"
    "  -V, -h     version, this text\n";

enum { LINE_MAX_READ = 16384 }; /* bytes; of a longer one the rest is not looked at */

struct input {
	char bytes[LINE_MAX_READ];
	size_t len;
	bool skip; /* up to the next line end */
};

static void
write_line(const char *program, const char *line, size_t n)
{
	char text[ADOPTED_MAX];
	size_t len = adopt(text, program, line, n, wall_ms());

	while (write(STDOUT_FILENO, text, len) < 0 && errno == EINTR)
		;
}

/* Every whole line; one that fills the buffer is as good as whole. */
static void
take_lines(struct input *in, const char *program)
{
	char *at = in->bytes, *end = in->bytes + in->len, *newline;

	while ((newline = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		if (!in->skip)
			write_line(program, at, (size_t)(newline - at));
		in->skip = false;
		at = newline + 1;
	}
	in->len = (size_t)(end - at);
	memmove(in->bytes, at, in->len);
	if (in->len < sizeof(in->bytes))
		return;
	if (!in->skip)
		write_line(program, in->bytes, in->len);
	in->skip = true;
	in->len = 0;
}

static int
filter(const char *program)
{
	static struct input in;
	ssize_t n;

	while ((n = read(STDIN_FILENO, in.bytes + in.len, sizeof(in.bytes) - in.len)) != 0) {
		if (n < 0 && errno != EINTR)
			return EXIT_SYSTEM;
		if (n < 0)
			continue;
		in.len += (size_t)n;
		take_lines(&in, program);
	}
	if (in.len > 0 && !in.skip)
		write_line(program, in.bytes, in.len);
	return EXIT_NORMAL;
}

int
main(int argc, char **argv)
{
	struct options o;
	int status = options_read(&o, argc, argv, "Vh", usage);

	if (status != OPTIONS_GO_ON)
		return status;
	if (o.rest != argc - 1) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	/* A Ctrl-C is for who started us all. */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	return filter(argv[o.rest]);
}
