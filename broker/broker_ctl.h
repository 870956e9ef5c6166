/* broker_ctl – what the commands of operators share. See broker.h.
 *
 * A command is a row of the table in broker_ctl.c and a function in the file of its family. When it
 * runs, its words are UTF-8 without control characters, and as many as the row says; what they
 * mean is the function's matter. It appends one JSON text to call.to: what it says above itself, or
 *
 *	{"error":WORD,"message":TEXT}
 *
 * with a WORD of enum command_error: beckonctl makes its exit status of it, the admin API its HTTP
 * status. Private to the broker. */
#ifndef BECKON_BROKER_CTL_H
#define BECKON_BROKER_CTL_H

#include "argv.h"
#include "broker.h"

struct command_call {
	struct broker *b;
	const struct argv *argv; /* word[0] is the command */
	uid_t uid;		 /* who asks, as the kernel says */
	struct buf *to;
	size_t begin; /* of the answer in it */
	bool stored;  /* it holds only if the store keeps what it was given */
};

typedef void command_run(struct command_call *c);

/* broker_look.c, broker_operate.c: their first lines describe the answers. */
command_run look_rooms, look_room, look_who, look_lobby, look_bans;
command_run command_operate;

/* broker_reload.c */
void command_reload(struct command_call *c);

/* broker_watch.c */
command_run command_traffic, command_connections, command_comings;

enum command_error {
	COMMAND_UNKNOWN,     /* `unknown_command` */
	COMMAND_USAGE,	     /* `usage`: not so many words, or not of this form */
	COMMAND_NOT_FOUND,   /* `not_found`: no such room, or person in it */
	COMMAND_UNAVAILABLE, /* `unavailable`: the store fails; try again */
	COMMAND_ERRORS
};

/* The answer is this error, and nothing else: what was appended before is taken back. */
void command_fail(struct command_call *c, enum command_error why, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Appends a further field of an object. */
void command_put_text(struct buf *to, const char *name, const char *text);

/* The n-th word as a room, "endpoint/room", or CORE_EVERYWHERE where that may be; and as a sub, by
 * the rules of paths and tokens. 0, or -1 after command_fail. */
int command_room(struct command_call *c, int n, bool everywhere, char room[ROOM_KEY_MAX + 1]);
int command_sub(struct command_call *c, int n);

#endif
