/* ctl_trace – `beckonctl trace`: one connection through all programs.
 *
 * What the broker knows of it now, what the kernel knows of its handler, and what the programs'
 * logs say: from the folder that the launcher writes them to, or from systemd's journal. */
#include "ctl.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "bounds.h"
#include "trail.h"

/* nginx's are there, the others' in the journal. */
static const char systemd_logs[] = "/var/log/beckon";

/* ---- logs ---- */

static void
read_file(struct trail *t, const char *folder, const char *name, const char *id)
{
	char path[4300], source[24];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	snprintf(source, sizeof(source), "%.*s", (int)strcspn(name, "."), name);
	f = fopen(path, "re");
	if (!f) {
		ctl_complain(0, "%s: cannot be read", path);
		return;
	}
	trail_read(t, f, source, id);
	fclose(f);
}

/* 0, or -1: there is no such folder. The one that was rotated last is read as well. */
static int
read_folder(struct trail *t, const char *folder, const char *id)
{
	DIR *d = opendir(folder);
	struct dirent *entry;

	if (!d)
		return -1;
	while ((entry = readdir(d))) {
		const char *end = strstr(entry->d_name, ".log");

		if (end && (strcmp(end, ".log") == 0 || strcmp(end, ".log.1") == 0))
			read_file(t, folder, entry->d_name, id);
	}
	closedir(d);
	return 0;
}

static void
read_journal(struct trail *t, const char *id)
{
	int ends[2], status;
	pid_t child;
	FILE *f;

	if (pipe(ends) < 0 || (child = fork()) < 0)
		return;
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execlp("journalctl", "journalctl", "--no-pager", "--quiet", "--output=short-unix",
		    "--unit=beckon-*", "--grep", id, (char *)NULL);
		_exit(EXIT_SYSTEM);
	}
	close(ends[1]);
	f = fdopen(ends[0], "r");
	if (f) {
		trail_read(t, f, "journal", id);
		fclose(f);
	}
	waitpid(child, &status, 0);
}

/* The launcher's configuration is STATE/conf/beckon.conf, and its logs are STATE/log. */
static void
read_logs(struct trail *t, const char *conf_path, const char *id)
{
	char folder[4200];

	snprintf(folder, sizeof(folder), "%s", conf_path ? conf_path : "");
	for (int up = 0; up < 2; up++)
		folder[strrchr(folder, '/') ? strrchr(folder, '/') - folder : 0] = '\0';
	strcat(folder, "/log");
	if (read_folder(t, folder, id) < 0) {
		read_folder(t, systemd_logs, id);
		read_journal(t, id);
	}
	trail_sort(t);
}

/* ---- the handler's process ---- */

static int
count_files(long pid)
{
	char path[64];
	DIR *d;
	int n = 0;

	snprintf(path, sizeof(path), "/proc/%ld/fd", pid);
	d = opendir(path);
	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n > 2 ? n - 2 : n; /* not . and .. */
}

/* Of /proc/PID/status; 0: it does not say. */
static long
status_number(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtol(at + strlen(name), NULL, 10) : 0;
}

/* What the kernel knows: NULL where it is gone. */
static cJSON *
look_at_process(long pid)
{
	char path[64], text[4096];
	struct stat st;
	cJSON *process;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/status", pid);
	f = pid > 0 ? fopen(path, "re") : NULL;
	if (!f)
		return NULL;
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	process = cJSON_CreateObject();
	cJSON_AddNumberToObject(process, "pid", (double)pid);
	snprintf(path, sizeof(path), "/proc/%ld", pid);
	if (stat(path, &st) == 0)
		cJSON_AddNumberToObject(process, "started", (double)st.st_ctime * 1000);
	cJSON_AddNumberToObject(process, "memory", (double)status_number(text, "VmRSS:") * 1024);
	cJSON_AddNumberToObject(process, "threads", (double)status_number(text, "Threads:"));
	cJSON_AddNumberToObject(process, "uid", (double)status_number(text, "Uid:"));
	cJSON_AddNumberToObject(process, "files", count_files(pid));
	return process;
}

/* ---- telling ---- */

static void
print_time(double ms)
{
	time_t seconds = (time_t)(ms / 1000);
	char text[40];

	strftime(text, sizeof(text), "%F %T", localtime(&seconds));
	fputs(text, stdout);
}

static void
print_broker(const cJSON *peer)
{
	if (!peer) {
		puts("  the broker does not know it (any more)");
		return;
	}
	fputs("  ", stdout);
	ctl_print(ctl_text(peer, "sub"));
	fputs(" in ", stdout);
	ctl_print(ctl_text(peer, "room"));
	printf(" as %s, room at %.0f; sent %.0f events, %.0f bytes; asked for %.0f holes\n",
	    ctl_text(peer, "role"), ctl_number(peer, "seq"), ctl_number(peer, "events"),
	    ctl_number(peer, "bytes"), ctl_number(peer, "holes"));
	printf("  %.0f bytes of mail wait; heard %.1f s ago; token until ",
	    ctl_number(peer, "mailBytes"), ctl_number(peer, "silentMs") / 1000);
	print_time(ctl_number(peer, "expires"));
	puts(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(peer, "away"))
		 ? "\n  its handler has not come back to this broker yet" : "");
}

static void
print_process(const cJSON *process)
{
	if (!process)
		return;
	printf("  handler %.0f since ", ctl_number(process, "pid"));
	print_time(ctl_number(process, "started"));
	printf(", user %.0f: %.0f kB, %.0f descriptors, %.0f thread\n", ctl_number(process, "uid"),
	    ctl_number(process, "memory") / 1024, ctl_number(process, "files"),
	    ctl_number(process, "threads"));
}

static void
print_trail(const struct trail *t)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct trail_line *l = &t->lines[i];

		fputs("  ", stdout);
		if (l->dated)
			print_time((double)l->time);
		else
			fputs("                   ", stdout);
		printf(" %-10s ", l->source);
		ctl_print(l->text);
		putchar('\n');
	}
}

static cJSON *
trail_json(const struct trail *t)
{
	cJSON *list = cJSON_CreateArray(), *one;

	for (size_t i = 0; i < t->count; i++) {
		one = cJSON_CreateObject();
		if (t->lines[i].dated)
			cJSON_AddNumberToObject(one, "time", (double)t->lines[i].time);
		cJSON_AddStringToObject(one, "source", t->lines[i].source);
		cJSON_AddStringToObject(one, "line", t->lines[i].text);
		cJSON_AddItemToArray(list, one);
	}
	return list;
}

/* One connection; peer: what the broker said of it, or NULL. false: nothing is known of it. */
static bool
trace(const struct ctl *ctl, const char *id, const cJSON *peer)
{
	struct trail t = { .lines = NULL };
	cJSON *process = peer ? look_at_process((long)ctl_number(peer, "pid")) : NULL, *answer;
	bool known;

	read_logs(&t, ctl->conf_path, id);
	known = peer || t.count > 0;
	if (known && ctl->json) {
		answer = cJSON_CreateObject();
		cJSON_AddStringToObject(answer, "connection", id);
		cJSON_AddItemToObject(answer, "broker",
		    peer ? cJSON_Duplicate(peer, true) : cJSON_CreateNull());
		cJSON_AddItemToObject(answer, "process",
		    process ? process : cJSON_CreateNull());
		process = NULL;
		cJSON_AddItemToObject(answer, "log", trail_json(&t));
		ctl_put_json(answer);
	} else if (known) {
		printf("connection %s\n", id);
		print_broker(peer);
		print_process(process);
		print_trail(&t);
	}
	cJSON_Delete(process);
	trail_fini(&t);
	return known;
}

/* It goes to journalctl as a pattern. */
static bool
may_be_id(const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)word[i]))
			return false;
	return n >= 8 && n <= CONNECTION_ID_MAX;
}

int
ctl_trace(const struct ctl *ctl, int argc, char **argv)
{
	char why[CTL_WHY_SIZE], *text = NULL;
	const cJSON *peer;
	cJSON *answer;
	bool known = false;

	if (argc != 2 || strchr(argv[1], '/'))
		return ctl_complain(EXIT_USAGE, "trace: expected a connection's id, or a sub");
	/* Logs can be looked at without a broker. */
	if (ctl_try_broker(ctl, (const char *[]){ "connections", argv[1], NULL }, &text, why) !=
	    EXIT_NORMAL)
		ctl_complain(0, "%s", why);
	answer = text ? cJSON_Parse(text) : NULL;
	free(text);
	cJSON_ArrayForEach(peer, cJSON_GetObjectItemCaseSensitive(answer, "list"))
		known |= trace(ctl, ctl_text(peer, "connection"), peer);
	cJSON_Delete(answer);
	if (!known && may_be_id(argv[1]))
		known = trace(ctl, argv[1], NULL);
	return known ? EXIT_NORMAL
		     : ctl_complain(EXIT_NOT_FOUND, "trace: neither the broker nor the logs know "
						    "%s", argv[1]);
}
