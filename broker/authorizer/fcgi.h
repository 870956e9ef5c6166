/* fcgi – requests over FastCGI, one at a time, each of which is there as a whole.
 *
 * Hides libfcgi, and that connections wait for their requests beside each other (arrivals.h). It
 * refuses to know what is asked. Implemented in fcgi.c, the only file that includes
 * <fcgiapp.h>. */
#ifndef BECKON_FCGI_H
#define BECKON_FCGI_H

#include <stddef.h>

struct fcgi;

/* For a listening socket, which is borrowed. NULL with errno. */
struct fcgi *fcgi_open(int listener);
void fcgi_close(struct fcgi *f); /* NULL is fine */

/* Blocks until there is a request: 1, and it is to be answered. 0: there is none, a signal came or
 * what came was no request. -1 with errno: there will be none any more. */
int fcgi_next(struct fcgi *f);

/* A parameter of the request; "" where it is not there. Borrowed until the answer. */
const char *fcgi_param(const struct fcgi *f, const char *name);

/* Copies the request's body. Its length; -1: it has more than cap bytes. Once for a request. */
long fcgi_body(const struct fcgi *f, char *to, size_t cap);

/* Answers, and closes the connection; waits for nobody. */
void fcgi_answer(struct fcgi *f, const char *text, size_t len);

#endif
