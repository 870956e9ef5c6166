/* screen – the terminal while `beckonctl top` has it: taken, sized, given back whatever happens.
 *
 * Plain ANSI. Implemented in screen.c, for one terminal at a time: ends of the process, faults
 * included, have to find it. */
#ifndef BECKON_SCREEN_H
#define BECKON_SCREEN_H

#include <stddef.h>

/* Keys come one by one and unseen, and what is drawn is on a page of its own. 0, or -1: stdin and
 * stdout are no terminal. */
int screen_take(void);

/* As it was. Fine when it was not taken. */
void screen_give_back(void);

/* Of the terminal; 80 × 24 where it does not say. */
void screen_size(size_t *width, size_t *height);

/* Puts these lines in place of what is there, in one write. */
void screen_draw(const char *lines, size_t len);

/* A key: its character, or one of these; 0: none. */
enum { KEY_LEFT = 256, KEY_RIGHT, KEY_UP, KEY_DOWN };
int screen_key(void);

#endif
