/* ctl_reload – `beckonctl reload`: has the running service take up keys and configuration, and
 * tells what of it was.
 *
 * Whoever started the broker reads the configuration again (systemd's unit, or the launcher), keeps
 * what may not change while it runs, and tells the programs; the broker says what it took. */
#include "ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "clock.h"
#include "slurp.h"

enum {
	PATIENCE = 30000, /* ms until the broker has taken it up */
	LOOK_INTERVAL = 50,
	TEXT_SIZE = 65536, /* of a settled configuration, as conf.c reads */
};

/* Of /proc/PID; "" where it cannot be read. */
static const char *
read_proc(char *to, size_t size, long pid, const char *name)
{
	char path[64];
	FILE *f;
	size_t n = 0;

	snprintf(path, sizeof(path), "/proc/%ld/%s", pid, name);
	f = fopen(path, "re");
	if (f) {
		n = fread(to, 1, size - 1, f);
		fclose(f);
	}
	to[n] = '\0';
	return to;
}

static long
parent_of(long pid)
{
	char text[1024];
	const char *at = strrchr(read_proc(text, sizeof(text), pid, "stat"), ')');
	long parent = 0;

	return at && sscanf(at + 1, " %*c %ld", &parent) == 1 ? parent : 0;
}

/* Its words are a shell's, and then the script. */
static bool
is_launcher(long pid)
{
	char words[4096], *script;

	if (pid < 2)
		return false;
	read_proc(words, sizeof(words), pid, "cmdline");
	script = words + strlen(words) + 1;
	script = script < words + sizeof(words) - 8 ? strrchr(script, '/') : NULL;
	return script && strcmp(script, "/beckon") == 0;
}

static int
run_systemctl(void)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		execlp("systemctl", "systemctl", "reload", "beckon.target", (char *)NULL);
		_exit(EXIT_SYSTEM);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0)
		return ctl_complain(EXIT_SYSTEM, "reload: systemctl reload beckon.target failed");
	return EXIT_NORMAL;
}

static int
trigger(long broker)
{
	char group[1024];
	long parent = parent_of(broker);
	int rc;

	if (strstr(read_proc(group, sizeof(group), broker, "cgroup"), "beckon-broker.service"))
		return run_systemctl();
	rc = is_launcher(parent) ? kill((pid_t)parent, SIGUSR1) : kill((pid_t)broker, SIGHUP);
	if (rc == 0)
		return EXIT_NORMAL;
	return ctl_complain(EXIT_SYSTEM, "reload: %s: it is for root and the service's own user",
	    strerror(errno));
}

static int
ask(const struct ctl *ctl, cJSON **answer)
{
	char *text = NULL;
	int status = ctl_ask_broker(ctl, (const char *[]){ "reload", NULL }, &text);

	*answer = text ? cJSON_Parse(text) : NULL;
	free(text);
	return status;
}

static int
wait_for(const struct ctl *ctl, double number, cJSON **answer)
{
	int64_t end = now_ms() + PATIENCE;
	int status;

	while (now_ms() < end) {
		status = ask(ctl, answer);
		if (status != EXIT_NORMAL || ctl_number(*answer, "number") != number)
			return status;
		cJSON_Delete(*answer);
		*answer = NULL;
		poll(NULL, 0, LOOK_INTERVAL);
	}
	return ctl_complain(EXIT_SYSTEM, "reload: the broker was not told within %d s; the log of "
					 "what started it says why", PATIENCE / 1000);
}

/* What was put off: `#restart KEY` in the file that the broker has its settings from. */
static void
add_restarts(cJSON *answer)
{
	cJSON *list = cJSON_GetObjectItemCaseSensitive(answer, "restart");
	const char *file = ctl_text(answer, "file");
	char *text = calloc(1, TEXT_SIZE + 1), *rest = text, *line;

	if (!list)
		list = cJSON_AddArrayToObject(answer, "restart");
	if (text && file[0] && slurp(AT_FDCWD, file, text, TEXT_SIZE) > 0)
		while ((line = strsep(&rest, "\n")))
			if (strncmp(line, "#restart ", 9) == 0)
				cJSON_AddItemToArray(list, cJSON_CreateString(line + 9));
	free(text);
}

/* What the launcher did not accept: the broker was not shown it. */
static void
add_refusal(cJSON *answer)
{
	const char *file = ctl_text(answer, "file"), *slash = strrchr(file, '/');
	char path[4200], text[1001] = "";

	if (ctl_text(answer, "refused")[0] || !slash)
		return;
	snprintf(path, sizeof(path), "%.*s/refused", (int)(slash - file), file);
	if (slurp(AT_FDCWD, path, text, sizeof(text) - 1) <= 0)
		return;
	text[strcspn(text, "\n")] = '\0';
	cJSON_AddStringToObject(answer, "refused", text);
}

static void
print_list(const cJSON *answer, const char *name, const char *title)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(answer, name), *one;

	if (cJSON_GetArraySize(list) == 0)
		return;
	fputs(title, stdout);
	cJSON_ArrayForEach(one, list) {
		putchar(' ');
		ctl_print(cJSON_GetStringValue(one));
	}
	putchar('\n');
}

static int
tell(const struct ctl *ctl, cJSON *answer)
{
	bool refused = ctl_text(answer, "refused")[0];

	if (refused)
		ctl_complain(0, "reload: the old configuration holds: %s",
		    ctl_text(answer, "refused"));
	if (ctl->json) {
		ctl_put_json(answer);
	} else {
		printf("keys: %.0f\n", ctl_number(answer, "keys"));
		print_list(answer, "taken", "taken up:");
		print_list(answer, "restart", "needs a restart:");
		cJSON_Delete(answer);
	}
	return refused ? EXIT_REFUSED : EXIT_NORMAL;
}

int
ctl_reload(const struct ctl *ctl, int argc, char **argv)
{
	cJSON *answer = NULL;
	double number;
	long broker;
	int status;

	(void)argv;
	if (argc > 1)
		return ctl_complain(EXIT_USAGE, "reload: it takes no arguments");
	status = ask(ctl, &answer);
	number = ctl_number(answer, "number");
	broker = (long)ctl_number(answer, "pid");
	cJSON_Delete(answer);
	answer = NULL;
	if (status == EXIT_NORMAL)
		status = trigger(broker);
	if (status == EXIT_NORMAL)
		status = wait_for(ctl, number, &answer);
	if (status != EXIT_NORMAL) {
		cJSON_Delete(answer);
		return status;
	}
	add_restarts(answer);
	add_refusal(answer);
	return tell(ctl, answer);
}
