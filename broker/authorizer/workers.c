/* workers – prefork: the master waits for signals, and for nothing else. */
#include "workers.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

enum {
	WORKERS_MAX = 64,
	RESTART_PAUSE = 1000,  /* ms between two starts of a worker: no crash becomes a spin */
	STOP_REMINDER = 100,   /* ms: a TERM that falls between two system calls may be missed */
	STOP_PATIENCE = 3000,  /* ms: then KILL */
	BACKLOG = 4096,	       /* connections waiting; the kernel cuts it to somaxconn */
};

struct slot {
	pid_t pid;	 /* 0: none runs */
	int64_t started; /* ms, monotonic; 0: a successor may start at once */
	bool retired;	 /* was told to end */
};

struct master {
	const struct workers *what;
	struct slot slots[WORKERS_MAX + 1]; /* the workers', and behind them the one aside */
	sigset_t signals, before;
};

int
workers_count(long wanted)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (wanted == 0)
		wanted = cores > 2 ? cores : 2;
	return wanted < WORKERS_MAX ? (int)wanted : WORKERS_MAX;
}

int
workers_listen(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd, error;

	if (strlen(path) >= sizeof(name.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(name.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	unlink(path);
	/* The folder keeps strangers out; between bind and chmod the socket does not listen yet. */
	if (bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0 && chmod(path, 0660) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* One behind the last slot that is in use. */
static struct slot *
slots_end(struct master *m)
{
	return m->slots + m->what->count + (m->what->aside ? 1 : 0);
}

static bool
is_aside(const struct master *m, const struct slot *s)
{
	return s == m->slots + m->what->count;
}

/* In the child: never returns. */
static void
become_worker(const struct master *m, pid_t master, int (*work)(void *context))
{
	/* A worker without its master would hold the socket against the next one. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != master)
		_exit(0);
	sigprocmask(SIG_SETMASK, &m->before, NULL);
	exit(work(m->what->context));
}

static void
slot_start(const struct master *m, struct slot *s)
{
	pid_t master = getpid();
	pid_t pid = fork();

	if (pid == 0)
		become_worker(m, master, is_aside(m, s) ? m->what->aside : m->what->work);
	if (pid < 0)
		log_line(LOG_ERROR, "worker-not-started", "error=%s", strerrorname_np(errno));
	*s = (struct slot){ .pid = pid > 0 ? pid : 0, .started = now_ms() };
}

/* Starts what is to run and does not, and tells again those that are to end and still run. Returns
 * ms until there may be more of that to do, or -1. */
static int64_t
tend(struct master *m)
{
	int64_t now = now_ms(), soonest = -1;

	for (struct slot *s = m->slots; s < slots_end(m); s++) {
		int64_t due = STOP_REMINDER;

		if (s->pid == 0 && is_aside(m, s) && !m->what->aside_wanted(m->what->context))
			continue;
		if (s->pid == 0 && (s->started == 0 || s->started + RESTART_PAUSE <= now))
			slot_start(m, s);
		if (s->retired)
			kill(s->pid, SIGTERM);
		else if (s->pid == 0)
			due = s->started + RESTART_PAUSE - now;
		else
			continue;
		if (soonest < 0 || due < soonest)
			soonest = due;
	}
	return soonest;
}

static void
slot_ended(struct slot *s, int status)
{
	if (s->retired)
		s->started = 0;
	else if (WIFSIGNALED(status))
		log_line(LOG_ERROR, "worker-died", "pid=%d signal=%d", s->pid, WTERMSIG(status));
	else
		log_line(LOG_ERROR, "worker-died", "pid=%d exit=%d", s->pid, WEXITSTATUS(status));
	s->pid = 0;
	s->retired = false;
}

static void
reap(struct master *m)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (struct slot *s = m->slots; s < slots_end(m); s++)
			if (s->pid == pid)
				slot_ended(s, status);
}

/* Tells all workers to end; returns how many there still are. */
static int
retire_all(struct master *m, int signo)
{
	int n = 0;

	for (struct slot *s = m->slots; s < slots_end(m); s++) {
		if (s->pid == 0)
			continue;
		s->retired = true;
		kill(s->pid, signo);
		n++;
	}
	return n;
}

/* The next signal within ms (-1: however long it takes), or 0. */
static int
signal_wait(const struct master *m, int64_t ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
	int signo = sigtimedwait(&m->signals, NULL, ms >= 0 ? &t : NULL);

	return signo > 0 ? signo : 0;
}

static void
stop_all(struct master *m)
{
	int64_t end = now_ms() + STOP_PATIENCE;

	while (retire_all(m, now_ms() < end ? SIGTERM : SIGKILL) > 0) {
		signal_wait(m, STOP_REMINDER);
		reap(m);
	}
}

int
workers_run(const struct workers *w)
{
	struct master m = { .what = w };
	int signo = 0;

	sigemptyset(&m.signals);
	sigaddset(&m.signals, SIGCHLD);
	sigaddset(&m.signals, SIGHUP);
	sigaddset(&m.signals, SIGINT);
	sigaddset(&m.signals, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &m.signals, &m.before) != 0)
		return -1;
	while (signo != SIGTERM && signo != SIGINT) {
		signo = signal_wait(&m, tend(&m));
		reap(&m);
		if (signo == SIGHUP && w->reload(w->context) == 0)
			retire_all(&m, SIGTERM);
	}
	stop_all(&m);
	sigprocmask(SIG_SETMASK, &m.before, NULL);
	return 0;
}
