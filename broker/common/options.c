/* options – switches and configuration for main(). */
#include "options.h"

#include <stdio.h>
#include <unistd.h>

#include "log.h"
#include "title.h"

#ifndef BECKON_VERSION
#define BECKON_VERSION "0.1.0"
#endif

static const char default_path[] = "/etc/beckon/beckon.conf";

static int
complain(const char *usage, const char *what, int letter)
{
	fprintf(stderr, "%s: -%c\n%s", what, letter, usage);
	return EXIT_USAGE;
}

int
options_read(struct options *o, int argc, char **argv, const char *letters, const char *usage)
{
	char with_signs[32];
	int c;

	*o = (struct options){ .conf_path = access(default_path, F_OK) == 0 ? default_path : NULL };
	/* `+`: stop at the first argument, it may be a command with switches of its own;
	 * `:`: tell a missing value from an unknown switch. */
	snprintf(with_signs, sizeof(with_signs), "+:%s", letters);
	opterr = 0;
	while ((c = getopt(argc, argv, with_signs)) != -1) {
		switch (c) {
		case 'c': o->conf_path = optarg; break;
		case 'n': o->check = true; break;
		case 'Q': o->query = optarg; break;
		case 'U': o->uncaged = true; break;
		case 'V': puts("beckon " BECKON_VERSION); return EXIT_NORMAL;
		case 'h': fputs(usage, stdout); return EXIT_NORMAL;
		case ':': return complain(usage, "this switch wants a value", optopt);
		default: return complain(usage, "unknown switch", optopt);
		}
	}
	o->rest = optind;
	return OPTIONS_GO_ON;
}

int
options_conf(const struct options *o, struct conf *c, char *const *environment)
{
	char why[512];

	if (conf_load(c, o->conf_path, environment, why, sizeof(why)) != 0) {
		log_complain(why);
		return EXIT_USAGE;
	}
	log_set_level((enum log_level)c->number[CONF_LOG_LEVEL]);
	title_allow(c->number[CONF_PROCESS_TITLES] != 0);
	log_set_format((enum log_format)c->number[CONF_LOG_FORMAT]);
	if (o->check) {
		printf("%s: fine\n", o->conf_path ? o->conf_path : "configuration");
		return EXIT_NORMAL;
	}
	return OPTIONS_GO_ON;
}
