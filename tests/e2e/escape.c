/* escape – what somebody would try who has taken over a handler.
 *
 * Linked into a handler for tests in front of event_find: an event named `escape:WHAT` does it, in the
 * middle of a session, just where a fault in reading a client's message would. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "event.h"

enum event_kind __real_event_find(struct json_span name);
enum event_kind __wrap_event_find(struct json_span name);

static long
open_file(void)
{
	return open("/etc/passwd", O_RDONLY);
}

static long
make_file(void)
{
	return open("planted", O_WRONLY | O_CREAT, 0600);
}

static long
list_folder(void)
{
	char entries[1024];

	return syscall(SYS_getdents64, 0, entries, sizeof entries);
}

static long
execute(void)
{
	return execl("/bin/sh", "sh", "-c", "true", (char *)NULL);
}

static long
fork_off(void)
{
	return fork();
}

static long
start_thread(void)
{
	return syscall(SYS_clone3, NULL, 0);
}

static long
dial_out(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static long
listen_in(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	return listen(fd, 1);
}

static long
trace_another(void)
{
	return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static long
kill_another(void)
{
	return kill(getppid(), SIGKILL);
}

static long
map_code(void)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
	    -1, 0);

	return at == MAP_FAILED ? -1 : 0;
}

static long
make_code(void)
{
	static char page[8192] __attribute__((aligned(4096)));

	return mprotect(page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
}

static long
raise_limits(void)
{
	return syscall(SYS_prlimit64, 0, 0, NULL, NULL);
}

static long
rename_itself(void)
{
	return syscall(SYS_setuid, 0);
}

/* These two are no crimes: they fail. Sockets outside of the folder are not there … */
static long
dial_neighbour(void)
{
	static const char *const paths[] = { "ctl.sock", "../ctl.sock", "../authorizer.sock",
		"../neighbour.sock" };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		strcpy(address.sun_path, paths[i]);
		if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0 ||
		    errno != ENOENT)
			abort();
	}
	return close(fd);
}

/* … and neither is memory without end. */
static long
eat_memory(void)
{
	size_t eaten = 0;

	while (eaten < (size_t)1 << 30 && malloc(1 << 20) != NULL)
		eaten += 1 << 20;
	if (eaten >= (size_t)1 << 30)
		abort();
	return 0;
}

static const struct {
	const char *name;
	long (*act)(void);
} acts[] = {
	{ "open", open_file },
	{ "create", make_file },
	{ "list", list_folder },
	{ "exec", execute },
	{ "fork", fork_off },
	{ "thread", start_thread },
	{ "connect", dial_out },
	{ "listen", listen_in },
	{ "ptrace", trace_another },
	{ "kill", kill_another },
	{ "map-code", map_code },
	{ "make-code", make_code },
	{ "limits", raise_limits },
	{ "identity", rename_itself },
	{ "neighbour", dial_neighbour },
	{ "memory", eat_memory },
};

enum event_kind
__wrap_event_find(struct json_span name)
{
	static const char prefix[] = "escape:";
	char what[32];

	if (json_string_copy(name, what, sizeof what) > 0 &&
	    strncmp(what, prefix, sizeof prefix - 1) == 0)
		for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
			if (strcmp(what + sizeof prefix - 1, acts[i].name) == 0)
				acts[i].act();
	return __real_event_find(name);
}
