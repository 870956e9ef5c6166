/* ctl – what the commands of beckonctl share.
 *
 * A command is a row in a table (ctl_main.c) and a function in the file of its family. It gets its
 * own argv, prints to stdout what was asked for and to stderr what went wrong, and returns an exit
 * status (options.h); after EXIT_USAGE its usage is printed. `--json` is every command's, and taken
 * out of its argv before it is run. Private to beckonctl. */
#ifndef BECKON_CTL_H
#define BECKON_CTL_H

#include <stdbool.h>
#include <stddef.h>

#include "conf.h"
#include "keys.h"
#include "options.h"

/* What every command is run with. */
struct ctl {
	const struct conf *conf;
	const char *conf_path; /* of the file it is from; NULL: there is none */
	bool json;	       /* the answer is to be JSON: one text, or one a line */
};

struct cJSON;

struct ctl_command {
	const char *name;
	const char *usage; /* its arguments; completion is made from it */
	const char *help;
	int (*run)(const struct ctl *ctl, int argc, char **argv);
};

/* ctl_token.c */
int ctl_token(const struct ctl *ctl, int argc, char **argv);

/* ctl_check_token.c */
int ctl_check_token(const struct ctl *ctl, int argc, char **argv);

/* ctl_check_config.c. The one command that is run with a configuration that is wrong: ctl.conf is
 * NULL. Then it is EXIT_USAGE, as everywhere. */
int ctl_check_config(const struct ctl *ctl, int argc, char **argv);

/* ctl_rooms.c */
int ctl_rooms(const struct ctl *ctl, int argc, char **argv);

/* ctl_look.c */
int ctl_room(const struct ctl *ctl, int argc, char **argv);
int ctl_who(const struct ctl *ctl, int argc, char **argv);
int ctl_bans(const struct ctl *ctl, int argc, char **argv);
int ctl_look_lobby(const struct ctl *ctl, const char *room); /* NULL: all */

/* ctl_operate.c. The first is kick, ban, unban, say and close. */
int ctl_operate(const struct ctl *ctl, int argc, char **argv);
int ctl_lobby(const struct ctl *ctl, int argc, char **argv);

/* ctl_drain.c */
int ctl_drain(const struct ctl *ctl, int argc, char **argv);
int ctl_status(const struct ctl *ctl, int argc, char **argv);

/* ctl_complete.c. The completion that bash has of these commands; or, asked for `rooms` or `subs`,
 * what there is of them, a line each. */
int ctl_completion(const struct ctl *ctl, int argc, char **argv,
    const struct ctl_command *commands, size_t count);

/* ctl_watch.c */
int ctl_watch(const struct ctl *ctl, int argc, char **argv);

/* ctl_top.c */
int ctl_top(const struct ctl *ctl, int argc, char **argv);

/* ctl_trace.c */
int ctl_trace(const struct ctl *ctl, int argc, char **argv);

/* ctl_reload.c */
int ctl_reload(const struct ctl *ctl, int argc, char **argv);

/* ctl_config.c */
int ctl_config(const struct ctl *ctl, int argc, char **argv);
int ctl_keys(const struct ctl *ctl, int argc, char **argv);

/* ctl_ask.c. Sends a command to the broker, as words that end with a NULL. Returns 0 with its
 * answer as JSON text, to be freed; or an exit status after a complaint, of which the broker's own
 * no is one. */
int ctl_ask_broker(const struct ctl *ctl, const char *const words[], char **text);

/* The same without a complaint: why (CTL_WHY_SIZE bytes) has what there is to be said. */
enum { CTL_WHY_SIZE = 512 };
int ctl_try_broker(const struct ctl *ctl, const char *const words[], char **text, char *why);

/* ---- ctl.c ---- */

/* One line to stderr behind the program's name. Returns the status it is given. */
int ctl_complain(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Opens the configured keys; what is wrong with a file is said on stderr and counted in *refused
 * (may be NULL). To be freed with keys_free; NULL after a complaint. */
struct keys *ctl_open_keys(const struct conf *conf, int *refused);

/* `3600`, `90s`, `15m`, `2h`, `7d`, of at most so many seconds either way. 0, or -1. */
int ctl_read_duration(const char *text, long most, long *seconds);

/* Text from elsewhere, fit for a terminal: `?` for what would steer it (control.h). */
void ctl_print(const char *text);

/* Of a JSON object: a text, borrowed, or ""; a number, or 0. */
const char *ctl_text(const struct cJSON *object, const char *name);
double ctl_number(const struct cJSON *object, const char *name);

/* A line of JSON, in which what would steer a terminal is escaped. */
void ctl_print_json(const char *text);

/* The same of a tree, which is deleted. Returns EXIT_NORMAL; EXIT_SYSTEM after a complaint. */
int ctl_put_json(struct cJSON *tree);

#endif
