/* ctl_complete – `beckonctl completion`: what bash completes the commands by.
 *
 * It is made of the commands' usage: `--switch` is one, the word behind it its value, WORD an
 * argument, lower|case are words to choose from. Rooms and people are those of the broker that
 * runs: the script asks for them, and says nothing where none does. */
#include "ctl.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

/* What stands for something that can be looked up, by what it ends in. */
static const struct kind {
	const char *word;
	const char *list; /* shell words that list it */
} kinds[] = {
	{ "ENDPOINT/ROOM", "$(_beckonctl_ask rooms)" },
	{ "SUB", "$(_beckonctl_ask subs)" },
	{ "WHO", "$(_beckonctl_ask subs)" },
	{ "FILE", "$(compgen -f -- \"$word\")" },
};

/* A word of a usage: up to a space or bracket. */
struct word {
	const char *at;
	size_t len;
};

static bool
next_word(const char **usage, struct word *w)
{
	*usage += strspn(*usage, " \n[]");
	w->at = *usage;
	w->len = strcspn(*usage, " \n[]");
	*usage += w->len;
	return w->len > 0;
}

static bool
is_switch(const struct word *w)
{
	return w->len > 2 && strncmp(w->at, "--", 2) == 0;
}

/* `host|participant`, but not `3600|90s` nor `TOKEN|-`. */
static void
print_choices(const struct word *w)
{
	for (size_t i = 0; i < w->len; i++)
		if (!islower((unsigned char)w->at[i]) && !strchr("|-", w->at[i]))
			return;
	for (size_t i = 0; i < w->len; i++)
		putchar(w->at[i] == '|' ? ' ' : w->at[i]);
	putchar(' ');
}

/* `ENDPOINT/ROOM|--all`. */
static void
print_switch_instead(const struct word *w)
{
	const char *found = memmem(w->at, w->len, "|--", 3);

	if (found)
		printf("%.*s ", (int)(w->at + w->len - found - 1), found + 1);
}

static void
print_values(const struct word *w)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const char *found = memmem(w->at, w->len, kinds[i].word, strlen(kinds[i].word));

		if (found) {
			printf("%s ", kinds[i].list);
			print_switch_instead(w);
			return;
		}
	}
	print_choices(w);
}

/* `--room) list=…;;` for each switch with a value. */
static void
print_switch_values(const char *usage)
{
	struct word w, name = { NULL, 0 };

	while (next_word(&usage, &w)) {
		if (name.len > 0 && !is_switch(&w) && w.at[0] != '|') {
			printf("    %.*s) list=\"", (int)name.len, name.at);
			print_values(&w);
			puts("\" ;;");
		}
		name = is_switch(&w) ? w : (struct word){ NULL, 0 };
	}
}

/* Everything that may stand where no switch wants a value. */
static void
print_words(const char *usage)
{
	bool value = false;
	struct word w;

	fputs("--json ", stdout);
	while (next_word(&usage, &w)) {
		if (is_switch(&w))
			printf("%.*s ", (int)w.len, w.at);
		else if (!value && w.at[0] != '|')
			print_values(&w);
		value = is_switch(&w);
	}
}

static void
print_command(const struct ctl_command *command)
{
	printf("  %s)\n    case $before in\n", command->name);
	print_switch_values(command->usage);
	fputs("    *) list=\"", stdout);
	print_words(command->usage);
	puts("\" ;;\n    esac ;;");
}

static const char head[] =
    "# bash completion of beckonctl; made by `beckonctl completion`.\n"
    "_beckonctl_ask() { \"${beckonctl[@]}\" completion \"$1\" 2>/dev/null; }\n"
    "\n"
    "_beckonctl() {\n"
    "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} list i command=\n"
    "  local beckonctl=(\"${COMP_WORDS[0]}\")\n"
    "  local -\n"
    "  set -f\n"
    "  COMPREPLY=()\n"
    "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "    case ${COMP_WORDS[i]} in\n"
    "    -c) beckonctl+=(-c \"${COMP_WORDS[++i]/#\\~/$HOME}\") ;;\n"
    "    -*) ;;\n"
    "    *) command=${COMP_WORDS[i]} && break ;;\n"
    "    esac\n"
    "  done\n"
    "  if [[ -z $command && $before == -c ]]; then\n"
    "    mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
    "    return\n"
    "  fi\n"
    "  case $command in\n";

/* A sub may hold what the shell would take for its own: it is neither expanded (set -f) nor left
 * unquoted. */
static const char tail[] =
    "  *) return ;;\n"
    "  esac\n"
    "  for i in $list; do\n"
    "    [[ $i != \"$word\"* ]] || COMPREPLY+=(\"$(printf %q \"$i\")\")\n"
    "  done\n"
    "}\n"
    "complete -F _beckonctl beckonctl\n";

static void
print_script(const struct ctl_command *commands, size_t count)
{
	fputs(head, stdout);
	fputs("  '') list=\"-c -n -V -h ", stdout);
	for (size_t i = 0; i < count; i++)
		printf("%s ", commands[i].name);
	puts("\" ;;");
	for (size_t i = 0; i < count; i++)
		print_command(&commands[i]);
	fputs(tail, stdout);
}

/* ---- what there is ---- */

static void
print_rooms(const cJSON *rooms)
{
	const cJSON *room;

	cJSON_ArrayForEach(room, rooms) {
		printf("%s/", ctl_text(room, "endpoint"));
		ctl_print(ctl_text(room, "room"));
		putchar('\n');
	}
}

/* Only what is one word. */
static void
print_subs(const cJSON *rooms)
{
	const cJSON *room, *member;

	cJSON_ArrayForEach(room, rooms) {
		cJSON_ArrayForEach(member, cJSON_GetObjectItemCaseSensitive(room, "members")) {
			const char *sub = ctl_text(member, "clientId");

			if (strpbrk(sub, " \t\n"))
				continue;
			ctl_print(sub);
			putchar('\n');
		}
	}
}

static int
print_list(const struct ctl *ctl, void print(const cJSON *))
{
	char *text = NULL;
	int status = ctl_ask_broker(ctl, (const char *[]){ "rooms", NULL }, &text);
	cJSON *rooms;

	if (status != EXIT_NORMAL)
		return status;
	rooms = cJSON_Parse(text);
	print(rooms);
	cJSON_Delete(rooms);
	free(text);
	return EXIT_NORMAL;
}

int
ctl_completion(const struct ctl *ctl, int argc, char **argv, const struct ctl_command *commands,
    size_t count)
{
	if (argc == 1) {
		print_script(commands, count);
		return EXIT_NORMAL;
	}
	if (argc == 2 && strcmp(argv[1], "rooms") == 0)
		return print_list(ctl, print_rooms);
	if (argc == 2 && strcmp(argv[1], "subs") == 0)
		return print_list(ctl, print_subs);
	return ctl_complain(EXIT_USAGE, "completion: expected rooms, subs or nothing");
}
