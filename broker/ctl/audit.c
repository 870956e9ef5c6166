/* audit – findings, and what the file itself says. See audit.h.
 *
 * The programs stop at the first mistake (conf.h), and what a line means is theirs to say. So the
 * line that they complain of is taken out, and they are asked again. */
#include "audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "slurp.h"

enum {
	TEXT_MAX = 65536, /* bytes of a file that are looked at, as conf.c does */
	ENTRIES_MAX = 4096, /* of an environment */
	MESSAGE_SIZE = 700,
};

static const char *const levels[] = { "error", "warning", "note" };

static cJSON *
add(struct audit *a, enum audit_level level, const char *key, const char *message)
{
	cJSON *one = cJSON_CreateObject();

	cJSON_AddStringToObject(one, "level", levels[level]);
	if (key)
		cJSON_AddStringToObject(one, "key", key);
	cJSON_AddStringToObject(one, "message", message);
	cJSON_AddItemToArray(a->findings, one);
	a->count[level]++;
	return one;
}

static void
add_place(const struct audit *a, cJSON *one, int line)
{
	cJSON_AddStringToObject(one, "file", a->path);
	cJSON_AddNumberToObject(one, "line", line);
}

/* The line in which a key is set; 0: none. */
static int
line_of(const struct audit *a, const char *key)
{
	size_t n = strlen(key);
	int line = 1;

	for (const char *at = a->text; at && *at; line++) {
		const char *word = at + strspn(at, " \t");

		if (strncmp(word, key, n) == 0 && strchr(" \t=:", word[n]))
			return line;
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	return 0;
}

void
audit_say(struct audit *a, enum audit_level level, int key, const char *format, ...)
{
	const char *name = key >= 0 ? conf_table[key].name : NULL;
	char message[MESSAGE_SIZE];
	va_list args;
	cJSON *one;
	int line;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	one = add(a, level, name, message);
	line = name && strcmp(a->conf.from[key], "file") == 0 ? line_of(a, name) : 0;
	if (line > 0)
		add_place(a, one, line);
}

/* ---- the file ---- */

static void
blank_line(char *text, int line)
{
	while (--line > 0 && text)
		text = (text = strchr(text, '\n')) ? text + 1 : NULL;
	if (text)
		memset(text, ' ', strcspn(text, "\n"));
}

/* `PATH:LINE: KEY: …`, where PATH is what we had it read. -1: it is about something else. */
static int
take_line(struct audit *a, const char *path, const char *why, char *rest)
{
	size_t n = strlen(path);
	char key[64] = "", *end;
	long line;

	if (strncmp(why, path, n) != 0 || why[n] != ':')
		return -1;
	line = strtol(why + n + 1, &end, 10);
	if (line < 1 || strncmp(end, ": ", 2) != 0)
		return -1;
	end += 2;
	n = strspn(end, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
	if (n > 0 && n < sizeof(key) && end[n] == ':') {
		memcpy(key, end, n);
		end += n + 2;
	}
	add_place(a, add(a, AUDIT_ERROR, key[0] ? key : NULL, end), (int)line);
	blank_line(rest, (int)line);
	return 0;
}

/* `environment: KEY: …`: goes on without that one. */
static int
take_variable(struct audit *a, const char *why, char **environment)
{
	static const char begin[] = "environment: ";
	const char *key = why + sizeof(begin) - 1;
	size_t n;

	if (strncmp(why, begin, sizeof(begin) - 1) != 0)
		return -1;
	n = strcspn(key, ":");
	for (char **from = environment, **to = environment;; from++) {
		if (!*from || strncmp(*from, key, n) != 0 || (*from)[n] != '=')
			*to++ = *from;
		if (!*from)
			break;
	}
	audit_say(a, AUDIT_ERROR, -1, "%s", why);
	return 0;
}

static int
write_file(int fd, const char *text)
{
	size_t n = strlen(text);

	return ftruncate(fd, 0) < 0 || pwrite(fd, text, n, 0) != (ssize_t)n ? -1 : 0;
}

/* Until nothing is complained of, or of something that cannot be left out. */
static void
load(struct audit *a, char *rest, char **environment)
{
	int fd = memfd_create("beckon.conf", MFD_CLOEXEC);
	char path[32], why[600];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (;;) {
		if (fd < 0 || write_file(fd, rest) < 0) {
			audit_say(a, AUDIT_ERROR, -1, "cannot be checked: %s", strerror(errno));
			break;
		}
		if (conf_load(&a->conf, path, environment, why, sizeof(why)) == 0)
			break;
		if (take_line(a, path, why, rest) != 0 && take_variable(a, why, environment) != 0) {
			audit_say(a, AUDIT_ERROR, -1, "%s", why);
			break;
		}
		conf_free(&a->conf);
	}
	if (fd >= 0)
		close(fd);
}

/* A NUL would hide what comes after it from us, and not from the programs. */
static int
read_text(struct audit *a)
{
	ssize_t n = 0;

	a->text = calloc(1, TEXT_MAX + 1);
	if (a->text && a->path)
		n = slurp(AT_FDCWD, a->path, a->text, TEXT_MAX);
	if (!a->text || n < 0) {
		audit_say(a, AUDIT_ERROR, -1, "%s: cannot be read: %s", a->path, strerror(errno));
		return -1;
	}
	for (ssize_t i = 0; i < n; i++)
		if (a->text[i] == '\0')
			a->text[i] = '\1';
	return 0;
}

void
audit_init(struct audit *a, const char *path, char *const *environment)
{
	char *variables[ENTRIES_MAX + 1], *rest;
	size_t n = 0;

	*a = (struct audit){ .path = path, .findings = cJSON_CreateArray() };
	while (environment[n] && n < ENTRIES_MAX) {
		variables[n] = environment[n];
		n++;
	}
	variables[n] = NULL;
	rest = read_text(a) == 0 ? strdup(a->text) : NULL;
	if (rest)
		load(a, rest, variables);
	free(rest);
}

void
audit_fini(struct audit *a)
{
	conf_free(&a->conf);
	cJSON_Delete(a->findings);
	free(a->text);
}
