/* audit_places – ports, folders, users. See audit.h. */
#include "audit.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LISTENS = 0x0a }; /* proc(5), /proc/net/tcp */

static bool
listed_as_listening(const char *table, long port)
{
	unsigned local, state;
	char line[512];
	bool found = false;
	FILE *f = fopen(table, "re");

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x", &local,
			    &state) == 2 && local == (unsigned)port && state == LISTENS;
	if (f)
		fclose(f);
	return found;
}

/* Does this service run, so that its ports are taken by itself? */
static bool
service_runs(const struct audit *a)
{
	char path[4200];
	char pid[16] = "";
	FILE *f;

	snprintf(path, sizeof(path), "%s/broker.lock", a->conf.text[CONF_RUN_DIR]);
	f = fopen(path, "re");
	if (f && !fgets(pid, sizeof(pid), f))
		pid[0] = '\0';
	if (f)
		fclose(f);
	pid[strcspn(pid, "\n")] = '\0';
	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	return pid[0] && access(path, F_OK) == 0;
}

static void
check_port(struct audit *a, int key)
{
	long port = a->conf.number[key];

	bool taken = listed_as_listening("/proc/net/tcp", port) ||
	    listed_as_listening("/proc/net/tcp6", port);

	if (taken && service_runs(a))
		audit_say(a, AUDIT_NOTE, key, "port %ld is in use, as the service runs", port);
	else if (taken)
		audit_say(a, AUDIT_ERROR, key, "expected a free port, got %ld, on which another "
					       "program listens", port);
	if (port < 1024 && geteuid() != 0)
		audit_say(a, AUDIT_WARNING, key, "port %ld is privileged: the service has to be "
						 "started by root or by systemd", port);
}

void
audit_ports(struct audit *a)
{
	bool tls = a->conf.text[CONF_TLS_CERTIFICATE][0];

	check_port(a, CONF_PORT);
	if (!tls)
		return;
	check_port(a, CONF_TLS_PORT);
	if (a->conf.number[CONF_PORT] == a->conf.number[CONF_TLS_PORT])
		audit_say(a, AUDIT_ERROR, CONF_TLS_PORT, "expected another port than PORT, got %ld",
		    a->conf.number[CONF_PORT]);
}

/* Whoever may write to a folder above may put another one in its place. */
static void
check_above(struct audit *a, int key)
{
	char path[4200];
	struct stat st;
	char *slash;

	snprintf(path, sizeof(path), "%s", a->conf.text[key]);
	while ((slash = strrchr(path, '/')) && slash != path) {
		*slash = '\0';
		if (stat(path, &st) == 0 && (st.st_mode & S_IWOTH) && !(st.st_mode & S_ISVTX))
			audit_say(a, AUDIT_ERROR, key, "%s: any user of this machine may write "
						       "there: chmod o-w", path);
	}
}

static void
check_folder(struct audit *a, int key, bool readable)
{
	const char *path = a->conf.text[key];
	struct stat st;

	if (path[0] != '/') {
		audit_say(a, AUDIT_ERROR, key, "expected a path from the root on, got \"%s\"",
		    path);
		return;
	}
	check_above(a, key);
	if (stat(path, &st) != 0) {
		if (errno == ENOENT)
			audit_say(a, AUDIT_NOTE, key, "%s is not there; it is made at the start",
			    path);
		else
			audit_say(a, AUDIT_ERROR, key, "%s: %s", path, strerror(errno));
		return;
	}
	if (!S_ISDIR(st.st_mode))
		audit_say(a, AUDIT_ERROR, key, "expected a folder, got %s, which is none", path);
	else if (st.st_mode & S_IWOTH)
		audit_say(a, AUDIT_ERROR, key, "%s: any user of this machine may write there: "
					       "chmod o-w", path);
	else if (readable && (st.st_mode & S_IROTH))
		audit_say(a, AUDIT_WARNING, key, "%s: any user of this machine may look into it, "
						 "and it has chat: chmod o-rx", path);
}

void
audit_folders(struct audit *a)
{
	check_folder(a, CONF_RUN_DIR, false);
	check_folder(a, CONF_DATA_DIR, true);
}

void
audit_users(struct audit *a)
{
	const char *user = a->conf.text[CONF_GATEWAY_USER];
	const char *group = a->conf.text[CONF_OPERATORS];

	if (user[0] && !getpwnam(user))
		audit_say(a, AUDIT_ERROR, CONF_GATEWAY_USER, "expected a user's name, got \"%s\"",
		    user);
	if (group[0] && !getgrnam(group))
		audit_say(a, AUDIT_ERROR, CONF_OPERATORS, "expected a group's name, got \"%s\"",
		    group);
}
