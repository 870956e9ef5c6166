/* ctl_main – beckonctl, the operator's tool: a table of commands. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"
#include "dump.h"
#include "log.h"

static int help(const struct conf *conf, int argc, char **argv);

/* clang-format off */
static const struct ctl_command commands[] = {
	{ "token",
	  "--sub WHO [--name NAME] [--room ROOM] [--rooms A,B*] [--role host|participant]\n"
	  "        [--expires-in 3600|90s|2h|7d] [--iss ISSUER] [--aud AUDIENCE] [--kid KID]\n"
	  "        [--scope SCOPES, for the API: then AUDIENCE is ADMIN_AUDIENCE]",
	  "makes a token, signed with a secret among the keys, and prints it", ctl_token },
	{ "check-token", "TOKEN|- [--room ENDPOINT/ROOM]",
	  "tells check by check if a token is good here; - reads it from stdin", ctl_check_token },
	{ "rooms", "[--json]",
	  "lists the rooms and who is in them; * marks hosts", ctl_rooms },
	{ "status", "[--json]",
	  "tells how many are connected, how many may be, and whether the service is drained",
	  ctl_status },
	{ "drain", "[--no-wait | --off] [--json]",
	  "lets nobody in, sends everybody away within DRAIN_SECONDS, and waits for their\n"
	  "        leaving; --off lets people in again", ctl_drain },
	{ "config", "",
	  "prints the configuration in effect and where each value is from", ctl_config },
	{ "keys", "",
	  "lists the verification keys", ctl_keys },
	{ "help", "",
	  "prints this", help },
};
/* clang-format on */

enum { COMMANDS = sizeof(commands) / sizeof(*commands) };

static const char usage[] =
    "usage: beckonctl [-c FILE] [-n] [-V] [-h] COMMAND …\n"
    "  -c FILE   the configuration; without it /etc/beckon/beckon.conf, if there is one\n"
    "  -n        check the configuration and stop\n"
    "  -V, -h    version, this help; `beckonctl help` lists the commands\n";

static int
help(const struct conf *conf, int argc, char **argv)
{
	(void)conf, (void)argc, (void)argv;
	fputs(usage, stdout);
	for (int i = 0; i < COMMANDS; i++)
		printf("\nbeckonctl %s %s\n        %s\n", commands[i].name, commands[i].usage,
		    commands[i].help);
	return EXIT_NORMAL;
}

static const struct ctl_command *
find(const char *name)
{
	for (int i = 0; name && i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int
run(const struct ctl_command *command, const struct conf *conf, int argc, char **argv)
{
	int status = command->run(conf, argc, argv);

	if (status == EXIT_USAGE)
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
	status = options_conf(&o, &conf, environ);
	if (status == OPTIONS_GO_ON)
		status = run(command, &conf, argc - o.rest, argv + o.rest);
	conf_free(&conf);
	return status;
}
