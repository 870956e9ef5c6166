/* ctl_main – beckonctl, the operator's tool: a table of commands. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "ctl.h"
#include "dump.h"
#include "log.h"

static int help(const struct ctl *ctl, int argc, char **argv);
static int completion(const struct ctl *ctl, int argc, char **argv);

/* clang-format off */
static const struct ctl_command commands[] = {
	{ "token",
	  "--sub WHO [--name NAME] [--room ROOMID] [--rooms A,B*] [--role host|participant]\n"
	  "        [--expires-in 3600|90s|2h|7d] [--iss ISSUER] [--aud AUDIENCE] [--kid KID]\n"
	  "        [--scope SCOPES]",
	  "makes a token, signed with a secret among the keys, and prints it; one with a scope is\n"
	  "        for the API, and AUDIENCE then ADMIN_AUDIENCE", ctl_token },
	{ "check-token", "TOKEN|- [--room ENDPOINT/ROOM] [--api]",
	  "tells check by check if a token is good here, or with --api if an application's is;\n"
	  "        - reads it from stdin", ctl_check_token },
	{ "rooms", "",
	  "lists the rooms and who is in them; * marks hosts", ctl_rooms },
	{ "room", "ENDPOINT/ROOM",
	  "shows one room: how it is set, and each connection of those in it", ctl_room },
	{ "who", "[SUB]",
	  "lists the connections of everybody, or of one person", ctl_who },
	{ "kick", "ENDPOINT/ROOM|--all SUB [--reason TEXT]",
	  "sends somebody away from a room, or from all; the kicked may come back", ctl_operate },
	{ "ban", "ENDPOINT/ROOM|--all SUB [--for 3600|90s|2h|7d] [--reason TEXT]",
	  "keeps somebody out of a room, or of all there will be, for a day unless it is said;\n"
	  "        who is banned again is banned as said last", ctl_operate },
	{ "bans", "[ENDPOINT/ROOM]",
	  "lists the bans in force, hosts' as well; * is all rooms", ctl_bans },
	{ "unban", "ENDPOINT/ROOM|--all SUB",
	  "lifts a ban, or all there are of somebody", ctl_operate },
	{ "say", "ENDPOINT/ROOM|--all TEXT",
	  "announces something to everybody in a room, or in all", ctl_operate },
	{ "close", "ENDPOINT/ROOM [--reason TEXT]",
	  "sends everybody in a room away and drops its chat", ctl_operate },
	{ "lobby", "[ENDPOINT/ROOM [accept|deny SUB|--all]]",
	  "lists who waits; or lets one in or all, or turns them away", ctl_lobby },
	{ "status", "",
	  "tells how many are connected, how many may be, and whether the service is drained",
	  ctl_status },
	{ "drain", "[--no-wait | --off]",
	  "lets nobody in, sends everybody away within DRAIN_SECONDS, and waits for their\n"
	  "        leaving; --off lets people in again", ctl_drain },
	{ "watch", "[ENDPOINT/ROOM] [--text]",
	  "follows a room, a line a message, without what it says unless there is --text; without\n"
	  "        a room, who comes and goes in all", ctl_watch },
	{ "top", "[--connections] [--interval SECONDS] [--once]\n"
	  "        [--sort connections|messages|bytes|slow|holes|name]",
	  "shows how busy rooms or connections are, over and over; its keys stand at its top.\n"
	  "        Without a terminal, with --once or --json it looks for one interval", ctl_top },
	{ "trace", "CONNECTION-ID|SUB",
	  "follows a connection through all programs: broker, handler, and what logs say of it",
	  ctl_trace },
	{ "reload", "",
	  "has the running service read keys and configuration again, and tells what it took up\n"
	  "        and what needs a restart; what is wrong changes nothing", ctl_reload },
	{ "config", "[--keeping FILE]",
	  "prints the configuration in effect and where each value is from; what may not change\n"
	  "        while the service runs as FILE has it", ctl_config },
	{ "check-config", "[FILE]",
	  "tells all that is wrong with a configuration and what it names, and what is unwise",
	  ctl_check_config },
	{ "keys", "",
	  "lists the verification keys", ctl_keys },
	{ "completion", "[rooms|subs]",
	  "prints what bash completes these commands by; or the rooms or people there are, for it",
	  completion },
	{ "help", "",
	  "prints this", help },
};

/* What scripts may rely on; the numbers are those of all programs (options.h). */
static const struct {
	int status;
	const char *meaning;
} statuses[] = {
	{ EXIT_NORMAL,  "done; of a question: yes" },
	{ EXIT_REFUSED, "the answer is no: a token is not good, or the broker refuses" },
	{ EXIT_NOT_FOUND, "what was named, a room or somebody in it, is not there" },
	{ EXIT_USAGE,   "the command line or the configuration is wrong; trying again does not "
			"help" },
	{ EXIT_BUG,     "a fault in the program" },
	{ EXIT_SYSTEM,  "the broker cannot be reached, or the system failed; trying again may "
			"help" },
};
/* clang-format on */

enum {
	COMMANDS = sizeof(commands) / sizeof(*commands),
	STATUSES = sizeof(statuses) / sizeof(*statuses),
};

static const char usage[] =
    "usage: beckonctl [-c FILE] [-n] [-V] [-h] COMMAND … [--json]\n"
    "  -c FILE   the configuration; without it /etc/beckon/beckon.conf, if there is one\n"
    "  -n        check the configuration and stop\n"
    "  -V, -h    version, this help; `beckonctl help` lists the commands\n"
    "  --json    the answer is JSON\n";

static int
put_help(void)
{
	cJSON *all = cJSON_CreateObject(), *list = cJSON_AddObjectToObject(all, "commands"), *one;
	char status[12];

	for (int i = 0; i < COMMANDS; i++) {
		one = cJSON_AddObjectToObject(list, commands[i].name);
		cJSON_AddStringToObject(one, "usage", commands[i].usage);
		cJSON_AddStringToObject(one, "help", commands[i].help);
	}
	list = cJSON_AddObjectToObject(all, "exit");
	for (int i = 0; i < STATUSES; i++) {
		snprintf(status, sizeof(status), "%d", statuses[i].status);
		cJSON_AddStringToObject(list, status, statuses[i].meaning);
	}
	return ctl_put_json(all);
}

static int
help(const struct ctl *ctl, int argc, char **argv)
{
	(void)argc, (void)argv;
	if (ctl->json)
		return put_help();
	fputs(usage, stdout);
	for (int i = 0; i < COMMANDS; i++)
		printf("\nbeckonctl %s %s\n        %s\n", commands[i].name, commands[i].usage,
		    commands[i].help);
	puts("\nexit status");
	for (int i = 0; i < STATUSES; i++)
		printf("%5d   %s\n", statuses[i].status, statuses[i].meaning);
	return EXIT_NORMAL;
}

static int
completion(const struct ctl *ctl, int argc, char **argv)
{
	return ctl_completion(ctl, argc, argv, commands, COMMANDS);
}

static const struct ctl_command *
find(const char *name)
{
	for (int i = 0; name && i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* Takes `--json` out, wherever it stands; behind `--` it is a word like others. */
static bool
take_json(int *argc, char **argv)
{
	bool found = false, words = false;
	int kept = 1;

	for (int i = 1; i < *argc; i++) {
		words = words || strcmp(argv[i], "--") == 0;
		if (!words && strcmp(argv[i], "--json") == 0)
			found = true;
		else
			argv[kept++] = argv[i];
	}
	argv[kept] = NULL;
	*argc = kept;
	return found;
}

/* Looks at the configuration by itself, as it may be wrong. */
static bool
is_bare(const struct ctl_command *command)
{
	return command && command->run == ctl_check_config;
}

static int
run(const struct ctl_command *command, struct ctl *ctl, int argc, char **argv)
{
	int status;

	ctl->json = take_json(&argc, argv);
	status = command->run(ctl, argc, argv);
	if (status == EXIT_USAGE && !is_bare(command))
		fprintf(stderr, "usage: beckonctl %s %s\n", command->name, command->usage);
	if (fflush(stdout) != 0)
		return ctl_complain(EXIT_SYSTEM, "cannot write what was asked for");
	return status;
}

int
main(int argc, char **argv)
{
	const struct ctl_command *command;
	struct conf conf = { 0 };
	struct options o;
	int status;

	log_open("beckonctl");
	dump_forbid();
	status = options_read(&o, argc, argv, "c:nVh", usage);
	if (status != OPTIONS_GO_ON)
		return status;
	command = find(argv[o.rest]);
	if (!command && !o.check) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (!is_bare(command))
		status = options_conf(&o, &conf, environ);
	if (status == OPTIONS_GO_ON) {
		struct ctl ctl = { .conf_path = o.conf_path };

		ctl.conf = is_bare(command) ? NULL : &conf;

		status = run(command, &ctl, argc - o.rest, argv + o.rest);
	}
	conf_free(&conf);
	return status;
}
