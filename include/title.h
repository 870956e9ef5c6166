/* title – what ps shows of a process, in the place of its command line.
 *
 * The kernel shows the bytes that arguments and environment were put into (proc(5), cmdline);
 * a title is written over them, without any memory more. It refuses to know what it says. State of
 * its own, as the place is one. Implemented in broker/common/title.c. */
#ifndef BECKON_TITLE_H
#define BECKON_TITLE_H

#include <stdbool.h>

/* Looks where there is room: over the arguments, and over the environment behind them where that is
 * given, for a program that wipes it before title_set. To be called first of all. */
void title_begin(char **argv, char **environment);

/* Where there is to be none title_set does nothing. */
void title_allow(bool on);

/* From now on the title is this, printable and cut to the room there is; what was there before is
 * gone, so pointers into the arguments are not to be used any more. */
void title_set(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
