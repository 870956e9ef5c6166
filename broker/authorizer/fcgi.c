/* fcgi – see fcgi.h. */
#include "fcgi.h"

#include <errno.h>
#include <stdlib.h>

#include <fcgiapp.h>

#include "arrivals.h"

struct fcgi {
	struct arrivals arrivals;
	FCGX_Request request;
};

struct fcgi *
fcgi_open(int listener)
{
	struct fcgi *f = calloc(1, sizeof *f);

	if (!f)
		return NULL;
	FCGX_Init();
	FCGX_InitRequest(&f->request, -1, 0);
	if (arrivals_init(&f->arrivals, listener) == 0)
		return f;
	fcgi_close(f);
	return NULL;
}

void
fcgi_close(struct fcgi *f)
{
	if (!f)
		return;
	arrivals_fini(&f->arrivals);
	FCGX_Free(&f->request, 1);
	free(f);
}

/* libfcgi is given the connection as one that it kept open after the last request, and has no
 * socket to accept another one from. What it does not like it closes, `detached`: without waiting
 * for the other side to close as well. */
int
fcgi_next(struct fcgi *f)
{
	int fd = arrivals_next(&f->arrivals);

	if (fd < 0)
		return errno == EINTR ? 0 : -1;
	f->request.ipcFd = fd;
	f->request.keepConnection = 1;
	f->request.detached = 1;
	return FCGX_Accept_r(&f->request) == 0;
}

const char *
fcgi_param(const struct fcgi *f, const char *name)
{
	const char *value = FCGX_GetParam(name, f->request.envp);

	return value ? value : "";
}

/* All of it lies in the socket (arrivals.h): nobody is waited for. */
long
fcgi_body(const struct fcgi *f, char *to, size_t cap)
{
	int n = FCGX_GetStr(to, (int)cap, f->request.in);

	return FCGX_GetChar(f->request.in) < 0 ? n : -1;
}

void
fcgi_answer(struct fcgi *f, const char *text, size_t len)
{
	int fd = f->request.ipcFd;

	FCGX_PutStr(text, (int)len, f->request.out);
	f->request.keepConnection = 1; /* the client's wish does not count: it is closed below */
	FCGX_Finish_r(&f->request);
	f->request.ipcFd = -1;
	arrival_end(fd);
}
