/* cage – see cage.h. */
#include "cage.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bounds.h"
#include "log.h"

#ifdef BECKON_SANITIZED
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

static const struct sock_filter filter[] = {
#include "cage_filter.inc"
};

/* Not yet in the headers of Debian 12; what the kernel knows of it is asked for. (landlock(7)) */
struct landlock_attr {
	uint64_t files, network, scopes;
};

enum { LANDLOCK_VERSION = 1 << 0 }; /* a flag: do not create, tell the version */

/* Everything that each version of Landlock is able to forbid, as nothing is to be allowed. */
static const struct landlock_attr forbidden[] = {
	{ 0x1fff, 0, 0 },      /* 1: files and folders */
	{ 0x3fff, 0, 0 },      /* 2: renaming to elsewhere */
	{ 0x7fff, 0, 0 },      /* 3: truncating */
	{ 0x7fff, 0x3, 0 },    /* 4: TCP */
	{ 0xffff, 0x3, 0 },    /* 5: ioctl of devices */
	{ 0xffff, 0x3, 0x3 },  /* 6: abstract unix sockets, signals */
};

void
cage_close_inherited(void)
{
	syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0);
}

int
cage_go(const char *folder)
{
	return chdir(folder);
}

/* The folder becomes the root. Whoever may not do that may in a user namespace of their own, where
 * nothing else belongs to them; to others they are who they were. */
static int
shut_root(void)
{
	if (chroot(".") == 0)
		return 0;
	return errno == EPERM && unshare(CLONE_NEWUSER) == 0 ? chroot(".") : -1;
}

/* Root, at a shell, goes on as the one whose sockets these are. */
static int
shut_identity(void)
{
	struct stat st;

	if (stat(".", &st) < 0)
		return -1;
	if (geteuid() != 0 || st.st_uid == 0)
		return 0;
	if (setgroups(0, NULL) < 0 || setresgid(st.st_gid, st.st_gid, st.st_gid) < 0)
		return -1;
	return setresuid(st.st_uid, st.st_uid, st.st_uid);
}

static int
shut_privileges(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { { 0 } };

	if (syscall(SYS_capset, &head, none) < 0)
		return -1;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int
shut_files(void)
{
	enum { KNOWN = sizeof forbidden / sizeof *forbidden };
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION);
	int rules, rc;

	if (version <= 0)
		return -1;
	rules = (int)syscall(SYS_landlock_create_ruleset,
	    &forbidden[(version < KNOWN ? version : KNOWN) - 1], sizeof *forbidden, 0);
	if (rules < 0)
		return -1;
	rc = (int)syscall(SYS_landlock_restrict_self, rules, 0);
	close(rules);
	return rc;
}

/* Somebody who tries a handler in a shell may send its output to a file. */
static bool
writes_files(void)
{
	struct stat st;

	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
		if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
			return true;
	return false;
}

static int
limit(int what, rlim_t most)
{
	struct rlimit now;

	if (getrlimit(what, &now) < 0)
		return -1;
	if (now.rlim_max < most)
		most = now.rlim_max;
	return setrlimit(what, &(struct rlimit){ most, most });
}

static int
shut_limits(void)
{
	if (limit(RLIMIT_AS, HANDLER_MEMORY_MAX) < 0 || limit(RLIMIT_CORE, 0) < 0 ||
	    limit(RLIMIT_NOFILE, HANDLER_FILES_MAX) < 0 || limit(RLIMIT_NPROC, 0) < 0)
		return -1;
	return writes_files() ? 0 : limit(RLIMIT_FSIZE, 0);
}

/* Changing what one may do has made it readable again. */
static int
shut_memory(void)
{
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static int
shut_calls(void)
{
	struct sock_fprog program = { .len = sizeof filter / sizeof *filter,
		.filter = (struct sock_filter *)filter };

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

/* In this order: each is the last that may do what the ones after it forbid. */
static const struct {
	const char *name;
	int (*shut)(void);
	bool needed;
} bars[] = {
	{ "root", shut_root, false },
	{ "identity", shut_identity, true },
	{ "privileges", shut_privileges, true },
	{ "landlock", shut_files, false },
	{ "limits", shut_limits, true },
	{ "memory", shut_memory, true },
	{ "seccomp", shut_calls, true },
};

int
cage_shut(const char **bar)
{
	for (size_t i = 0; i < sizeof bars / sizeof *bars && !SANITIZED; i++) {
		*bar = bars[i].name;
		if (bars[i].shut() == 0)
			continue;
		if (bars[i].needed)
			return -1;
		log_line(LOG_DEBUG, "cage", "without=%s why=\"%s\"", *bar, strerror(errno));
	}
	return 0;
}
