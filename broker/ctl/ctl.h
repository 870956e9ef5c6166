/* ctl – what the commands of beckonctl share.
 *
 * A command is a row in a table (ctl_main.c) and a function in the file of its family. It gets its
 * own argv, prints to stdout what was asked for and to stderr what went wrong, and returns an exit
 * status (options.h); after EXIT_USAGE its usage is printed. Private to beckonctl. */
#ifndef BECKON_CTL_H
#define BECKON_CTL_H

#include <stdbool.h>
#include <stddef.h>

#include "conf.h"
#include "keys.h"
#include "options.h"

struct ctl_command {
	const char *name;
	const char *usage; /* its arguments */
	const char *help;
	int (*run)(const struct conf *conf, int argc, char **argv);
};

/* ctl_token.c */
int ctl_token(const struct conf *conf, int argc, char **argv);

/* ctl_check.c */
int ctl_check_token(const struct conf *conf, int argc, char **argv);

/* ctl_rooms.c */
int ctl_rooms(const struct conf *conf, int argc, char **argv);

/* ctl_drain.c */
int ctl_drain(const struct conf *conf, int argc, char **argv);
int ctl_status(const struct conf *conf, int argc, char **argv);

/* ctl_config.c */
int ctl_config(const struct conf *conf, int argc, char **argv);
int ctl_keys(const struct conf *conf, int argc, char **argv);

/* ctl_ask.c. Sends a command to the broker, as words that end with a NULL. Returns 0 with its
 * answer as JSON text, to be freed; or an exit status after a complaint, of which the broker's own
 * no is one. */
int ctl_ask_broker(const struct conf *conf, const char *const words[], char **text);

/* ---- ctl.c ---- */

/* One line to stderr behind the program's name. Returns the status it is given. */
int ctl_complain(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Opens the configured keys; what is wrong with a file is said on stderr and counted in *refused
 * (may be NULL). To be freed with keys_free; NULL after a complaint. */
struct keys *ctl_open_keys(const struct conf *conf, int *refused);

/* Text from elsewhere, fit for a terminal: `?` for what would steer it (control.h). */
void ctl_print(const char *text);

#endif
