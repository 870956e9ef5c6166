/* ctl_check_config – `beckonctl check-config`: all that is wrong with a configuration, at once. */
#include "ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "audit.h"

extern char **environ;

/* The launcher is where it is installed beside us, or in the tree that we were built in. */
static int
find_launcher(char *to, size_t size, char *programs, size_t programs_size)
{
	static const char *const places[] = { "/beckon", "/../../gateway-conf/beckon" };
	ssize_t n = readlink("/proc/self/exe", programs, programs_size - 1);

	if (n < 0)
		return -1;
	programs[n] = '\0';
	*strrchr(programs, '/') = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		snprintf(to, size, "%s%s", programs, places[i]);
		if (access(to, X_OK) == 0)
			return (int)i;
	}
	return -1;
}

/* What it says, on both of its outputs, goes to a pipe. */
static FILE *
start_launcher(const struct audit *a, pid_t *child)
{
	char launcher[4200], programs[4096];
	int place = find_launcher(launcher, sizeof(launcher), programs, sizeof(programs));
	int ends[2];

	if (place < 0 || pipe(ends) < 0)
		return NULL;
	*child = fork();
	if (*child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		if (place == 1)
			setenv("PROGRAMS", programs, 1);
		execl(launcher, launcher, "-c", a->path, "-t", (char *)NULL);
		_exit(EXIT_SYSTEM);
	}
	close(ends[1]);
	return *child < 0 ? NULL : fdopen(ends[0], "r");
}

/* nginx's own opinion of the configuration that would be made for it. */
static void
audit_nginx(struct audit *a)
{
	char line[600], last[600] = "nobody knows why";
	int status = 0;
	pid_t child;
	FILE *said;

	if (!a->path || a->count[AUDIT_ERROR] > 0)
		return; /* none would be made */
	said = start_launcher(a, &child);
	if (!said) {
		audit_say(a, AUDIT_NOTE, -1, "nginx's configuration is not checked: found no "
					     "`beckon`, which makes it");
		return;
	}
	while (fgets(line, sizeof(line), said)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strstr(line, "does not like") && !strstr(line, " test failed"))
			snprintf(last, sizeof(last), "%s", line);
	}
	fclose(said);
	waitpid(child, &status, 0);
	if (status != 0)
		audit_say(a, strstr(last, "is not installed") ? AUDIT_NOTE : AUDIT_ERROR, -1,
		    "nginx -t: %s", last);
}

static void
print_finding(const cJSON *one)
{
	printf("%s: ", ctl_text(one, "level"));
	if (ctl_number(one, "line") > 0) {
		ctl_print(ctl_text(one, "file"));
		printf(":%.0f: ", ctl_number(one, "line"));
	}
	if (ctl_text(one, "key")[0])
		printf("%s: ", ctl_text(one, "key"));
	ctl_print(ctl_text(one, "message"));
	putchar('\n');
}

static void
print_findings(const struct audit *a)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, a->findings)
		print_finding(one);
	printf("%s: %d errors, %d warnings\n", a->path ? a->path : "no file",
	    a->count[AUDIT_ERROR], a->count[AUDIT_WARNING]);
}

/* {"file":"…","errors":1,"warnings":0,"findings":[…]} */
static int
put_findings(struct audit *a)
{
	cJSON *answer = cJSON_CreateObject();

	if (a->path)
		cJSON_AddStringToObject(answer, "file", a->path);
	cJSON_AddNumberToObject(answer, "errors", a->count[AUDIT_ERROR]);
	cJSON_AddNumberToObject(answer, "warnings", a->count[AUDIT_WARNING]);
	cJSON_AddItemToObject(answer, "findings", a->findings);
	a->findings = NULL;
	return ctl_put_json(answer);
}

static void (*const audits[])(struct audit *) = {
	audit_sense, audit_ports, audit_folders, audit_users, audit_keys, audit_tls, audit_nginx,
};

int
ctl_check_config(const struct ctl *ctl, int argc, char **argv)
{
	int status = EXIT_NORMAL;
	struct audit a;

	if (argc > 2 || (argc == 2 && argv[1][0] == '-'))
		return ctl_complain(EXIT_USAGE, "check-config: expected a file, or nothing");
	audit_init(&a, argc == 2 ? argv[1] : ctl->conf_path, environ);
	for (size_t i = 0; a.conf.text[0] && i < sizeof(audits) / sizeof(*audits); i++)
		audits[i](&a);
	if (a.count[AUDIT_ERROR] > 0)
		status = EXIT_USAGE;
	if (!ctl->json)
		print_findings(&a);
	else if (put_findings(&a) != EXIT_NORMAL)
		status = EXIT_SYSTEM;
	audit_fini(&a);
	return status;
}
