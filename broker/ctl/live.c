/* live – see live.h. */
#include "live.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"

enum { LONGEST = 60000 }; /* ms of one wait */

static const int taken[] = { SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP };

int
live_open(struct live *l)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++)
		sigaddset(&set, taken[i]);
	signal(SIGPIPE, SIG_IGN); /* POLLERR tells it sooner */
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -1;
	l->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return l->signals < 0 ? -1 : 0;
}

static enum live_event
take_signal(const struct live *l)
{
	struct signalfd_siginfo s;

	if (read(l->signals, &s, sizeof(s)) != sizeof(s))
		return LIVE_TIME;
	if (s.ssi_signo == SIGWINCH)
		return LIVE_SIZE;
	return s.ssi_signo == SIGTSTP ? LIVE_PAUSE : LIVE_END;
}

enum live_event
live_wait(const struct live *l, int fd, int keys, int64_t until)
{
	enum { SIGNALS, OUTPUT, KEYS, FD, FDS };
	struct pollfd fds[FDS] = {
		[SIGNALS] = { .fd = l->signals, .events = POLLIN },
		[OUTPUT] = { .fd = STDOUT_FILENO }, /* that it is over */
		[KEYS] = { .fd = keys, .events = POLLIN },
		[FD] = { .fd = fd, .events = POLLIN },
	};
	int64_t left = until - now_ms();
	int n = poll(fds, FDS, left < 0 ? 0 : left > LONGEST ? LONGEST : (int)left);

	if (n < 0 && errno != EINTR)
		return LIVE_END;
	if (n <= 0)
		return LIVE_TIME;
	if (fds[SIGNALS].revents)
		return take_signal(l);
	if (fds[OUTPUT].revents & (POLLERR | POLLHUP | POLLNVAL))
		return LIVE_END;
	if (fds[KEYS].revents)
		return LIVE_KEY;
	return fds[FD].revents ? LIVE_READY : LIVE_TIME;
}

void
live_pause(void)
{
	sigset_t set, before;

	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	raise(SIGTSTP); /* it waits for us to let it */
	sigprocmask(SIG_UNBLOCK, &set, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

bool
live_flush(void)
{
	if (fflush(stdout) == 0)
		return true;
	__fpurge(stdout); /* or the end of the program would complain of it again */
	clearerr(stdout);
	return false;
}
