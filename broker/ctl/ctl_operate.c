/* ctl_operate – `beckonctl kick`, `ban`, `unban`, `say`, `close`, `lobby`: what operators do. The
 * broker judges rooms, people and words; here they are put into its order. */
#include "ctl.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>

static const char everywhere[] = "*"; /* the broker's word for all rooms */

enum { ARGUMENTS_MAX = 3, BAN_SECONDS_MAX = 10 * 365 * 86400 };

static const struct option switches[] = {
	{ "all", no_argument, NULL, 'a' },
	{ "reason", required_argument, NULL, 'r' },
	{ "for", required_argument, NULL, 'f' },
	{ NULL, 0, NULL, 0 },
};

/* What was said behind a command. */
struct plea {
	const char *name;
	bool all;
	const char *reason, *time; /* NULL: nothing was said */
	const char *arguments[ARGUMENTS_MAX];
	int count;
};

/* letters: of the switches that it has. Words behind `--` are none. */
static int
read_plea(struct plea *p, const char *letters, int argc, char **argv)
{
	int letter;

	*p = (struct plea){ .name = argv[0] };
	opterr = 0;
	optind = 0; /* the switches before the command were read by the same getopt */
	while ((letter = getopt_long(argc, argv, "", switches, NULL)) != -1) {
		if (letter == '?' || !strchr(letters, letter))
			return ctl_complain(EXIT_USAGE, "%s: unknown switch, or no value", p->name);
		if (letter == 'a')
			p->all = true;
		else
			*(letter == 'r' ? &p->reason : &p->time) = optarg;
	}
	for (; optind < argc && p->count < ARGUMENTS_MAX; optind++)
		p->arguments[p->count++] = argv[optind];
	if (optind < argc)
		return ctl_complain(EXIT_USAGE, "%s: too many words", p->name);
	return EXIT_NORMAL;
}

/* The same, with so many arguments; --all stands for the first of them. */
static int
read_exactly(struct plea *p, const char *letters, int count, int argc, char **argv)
{
	int status = read_plea(p, letters, argc, argv);

	if (status != EXIT_NORMAL)
		return status;
	if (p->all && p->count < ARGUMENTS_MAX) {
		memmove(p->arguments + 1, p->arguments, sizeof(*p->arguments) * (size_t)p->count++);
		p->arguments[0] = everywhere;
	}
	if (p->count != count)
		return ctl_complain(EXIT_USAGE, "%s: expected other words", p->name);
	return EXIT_NORMAL;
}

static void
print_count(double n, const char *one, const char *many)
{
	printf("%.0f %s", n, n == 1 ? one : many);
}

static void
print_people(const cJSON *did)
{
	print_count(ctl_number(did, "people"), "person", "people");
	fputs(" in ", stdout);
	print_count(ctl_number(did, "rooms"), "room", "rooms");
}

static void
print_until(const cJSON *did)
{
	time_t seconds = (time_t)(ctl_number(did, "until") / 1000);
	struct tm local;
	char text[32] = "?";

	if (localtime_r(&seconds, &local))
		strftime(text, sizeof(text), "%F %T", &local);
	printf("banned until %s; ", text);
	print_count(ctl_number(did, "connections"), "connection has", "connections have");
	puts(" ended");
}

static void
print_done(const char *command, const cJSON *did)
{
	if (strcmp(command, "ban") == 0) {
		print_until(did);
		return;
	}
	if (strcmp(command, "unban") == 0) {
		print_count(ctl_number(did, "rooms"), "ban is lifted", "bans are lifted");
		putchar('\n');
		return;
	}
	printf("%s: ", command);
	print_people(did);
	putchar('\n');
}

/* words: of the broker's command, NULL at the end. */
static int
operate(const struct ctl *ctl, const char *const words[])
{
	char *text = NULL;
	int status = ctl_ask_broker(ctl, words, &text);
	cJSON *did;

	if (status != EXIT_NORMAL)
		return status;
	did = cJSON_Parse(text);
	if (!did)
		status = ctl_complain(EXIT_SYSTEM, "%s: the answer is no JSON", words[0]);
	else if (ctl->json)
		ctl_print_json(text);
	else
		print_done(words[0], did);
	cJSON_Delete(did);
	free(text);
	return status;
}

/* Nothing where nothing was said; the broker knows how long a ban is then. */
static int
read_time(const struct plea *p, char digits[24])
{
	long seconds;

	digits[0] = '\0';
	if (!p->time)
		return EXIT_NORMAL;
	if (ctl_read_duration(p->time, BAN_SECONDS_MAX, &seconds) != 0 || seconds < 1)
		return ctl_complain(EXIT_USAGE, "%s: --for: expected seconds, or a number with s, "
						"m, h or d, up to ten years", p->name);
	snprintf(digits, 24, "%ld", seconds);
	return EXIT_NORMAL;
}

/* The switches that a command has, and how many arguments. */
static const struct form {
	const char *name, *letters;
	int arguments;
} forms[] = {
	{ "kick", "ar", 2 },
	{ "ban", "arf", 2 },
	{ "unban", "a", 2 },
	{ "say", "a", 2 },
	{ "close", "r", 1 },
};

int
ctl_operate(const struct ctl *ctl, int argc, char **argv)
{
	const struct form *f = forms;
	const char *words[ARGUMENTS_MAX + 4] = { argv[0] };
	char digits[24];
	int n = 1, status;
	struct plea p;

	while (strcmp(f->name, argv[0]) != 0)
		f++;
	status = read_exactly(&p, f->letters, f->arguments, argc, argv);
	if (status == EXIT_NORMAL)
		status = read_time(&p, digits);
	if (status != EXIT_NORMAL)
		return status;
	for (int i = 0; i < p.count; i++)
		words[n++] = p.arguments[i];
	if (strchr(f->letters, 'f'))
		words[n++] = digits;
	words[n] = p.reason;
	return operate(ctl, words);
}

/* A list, or `accept` and `deny` of one or of all. */
int
ctl_lobby(const struct ctl *ctl, int argc, char **argv)
{
	struct plea p;
	int status = read_plea(&p, "a", argc, argv);
	const char *what = p.arguments[1], *sub = p.arguments[2];

	if (status != EXIT_NORMAL)
		return status;
	if (p.count <= 1 && !p.all)
		return ctl_look_lobby(ctl, p.arguments[0]);
	if (p.count < 2 || (strcmp(what, "accept") != 0 && strcmp(what, "deny") != 0))
		return ctl_complain(EXIT_USAGE, "lobby: expected accept or deny");
	if ((sub != NULL) == p.all)
		return ctl_complain(EXIT_USAGE, "lobby: expected somebody who waits, or --all");
	return operate(ctl, (const char *[]){ what, p.arguments[0], sub, NULL });
}
