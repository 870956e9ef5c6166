/* options – how every program begins: the switches they share, then the configuration.
 *
 * A part of main() that five programs would otherwise repeat, and therefore the one module that
 * prints: answers to -V and -h go to stdout, complaints to stderr. It never exits: it returns the
 * status with which main is to return. It links nothing but conf, so that the handler can use it.
 * Implemented in broker/common/options.c. */
#ifndef BECKON_OPTIONS_H
#define BECKON_OPTIONS_H

#include <stdbool.h>

#include "conf.h"

/* Exit status of all programs. */
enum exit_status {
	EXIT_NORMAL = 0,
	EXIT_REFUSED = 1,   /* the request was understood, and the answer is no */
	EXIT_NOT_FOUND = 2, /* beckonctl: what it names is not there */
	EXIT_USAGE = 100,   /* command line or configuration; trying again does not help */
	EXIT_BUG = 101,	    /* ours */
	EXIT_SYSTEM = 111,  /* the system failed us; trying again may help */
};

enum { OPTIONS_GO_ON = -1 };

struct options {
	const char *conf_path; /* -c FILE, else /etc/beckon/beckon.conf if it exists, else NULL */
	bool check;	       /* -n: check the configuration and stop */
	const char *query;     /* -Q WORD: a question about the program itself; else NULL */
	bool uncaged;	       /* -U: where the program would cage itself, it is not to */
	int rest;	       /* index in argv of the first argument that is not a switch */
};

/* Reads the switches up to the first other argument. `letters` are getopt's: "c:nVh" for most,
 * with "Q:" for a program that answers questions, and "U" for one that cages itself. Returns
 * OPTIONS_GO_ON; EXIT_NORMAL after -V or -h was answered (`usage` is printed as it stands);
 * EXIT_USAGE after a complaint. */
int options_read(struct options *o, int argc, char **argv, const char *letters, const char *usage);

/* Loads the configuration and sets by it the log's level and format, and whether there
 * are process titles. Returns OPTIONS_GO_ON; EXIT_USAGE after a
 * complaint; EXIT_NORMAL with -n, after saying that all is well. c is to be freed in any case. */
int options_conf(const struct options *o, struct conf *c, char *const *environment);

#endif
