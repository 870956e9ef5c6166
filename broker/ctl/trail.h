/* trail – the lines of all programs' logs that name one connection, in order of time.
 *
 * From files, or from what `journalctl` tells. Programs of ours write no time into files, as a
 * supervisor does: such a line gets the time of those around it in a connection's life. Private to
 * beckonctl; implemented in trail.c. */
#ifndef BECKON_TRAIL_H
#define BECKON_TRAIL_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct trail_line {
	int64_t time;	   /* ms since 1970 */
	int stage;	   /* of lines of the same time, where they stand in a connection's life */
	int dated;	   /* the time is the line's own */
	size_t number;	   /* as it was found */
	char source[24];   /* the program */
	char *text;
};

struct trail {
	struct trail_line *lines;
	size_t count, cap;
};

void trail_fini(struct trail *t);

/* All lines of the log (of this program, as its file is called) that hold the id as a word. */
void trail_read(struct trail *t, FILE *from, const char *source, const char *id);

/* When all are there. */
void trail_sort(struct trail *t);

/* ms since 1970 that the line begins with or, of nginx, websocketd and JSON, says; -1: none.
 * For tests. */
int64_t trail_time(const char *line);

#endif
