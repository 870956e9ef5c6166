/* beckonctl's commands, each called as main calls it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl.h"
#include "forge.h"

static char folder[] = "/tmp/bk.ctl.XXXXXX";
static char issuer[] = "JWT_ISSUER=me", admin[] = "ADMIN_AUDIENCE=api";
static char keys_at_folder[64], run_dir[64];
static char *environment[] = { issuer, admin, keys_at_folder, run_dir, NULL };
static struct conf conf;
static char printed[20000]; /* what the last command wrote to stdout */

static int
start(void **state)
{
	char why[200];

	(void)state;
	assert_non_null(mkdtemp(folder));
	forge_file(folder, "dev.HS256.secret", "a secret of at least 32 bytes...", 32);
	snprintf(keys_at_folder, sizeof(keys_at_folder), "JWT_KEYS=%s", folder);
	snprintf(run_dir, sizeof(run_dir), "RUN_DIR=%s", folder);
	return conf_load(&conf, NULL, environment, why, sizeof(why));
}

static int
stop(void **state)
{
	(void)state;
	conf_free(&conf);
	forge_remove(folder, "dev.HS256.secret");
	return rmdir(folder);
}

/* Runs a command whose arguments are words between spaces; stderr is not looked at. */
static int
run(int (*command)(const struct ctl *, int, char **), const char *words)
{
	FILE *to = tmpfile();
	int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO), argc = 0, status;
	char *copy = strdup(words), *rest = copy, *argv[40];
	size_t n;

	while ((argv[argc] = strsep(&rest, " ")))
		argc++;
	fflush(stdout);
	dup2(fileno(to), STDOUT_FILENO);
	assert_non_null(freopen("/dev/null", "w", stderr));
	status = command(&(struct ctl){ .conf = &conf }, argc, argv);
	fflush(stdout);
	fflush(stderr);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	close(out);
	close(err);
	rewind(to);
	n = fread(printed, 1, sizeof(printed) - 1, to);
	printed[n] = '\0';
	fclose(to);
	free(copy);
	return status;
}

/* Checks the token that was printed last. */
static int
check(const char *more)
{
	char words[sizeof(printed) + 100];

	printed[strcspn(printed, "\n")] = '\0';
	snprintf(words, sizeof(words), "check-token %s%s", printed, more);
	return run(ctl_check_token, words);
}

static void
token_prints_one_line_that_check_token_accepts(void **state)
{
	(void)state;
	assert_int_equal(run(ctl_token, "token --sub ann"), EXIT_NORMAL);
	assert_ptr_equal(strchr(printed, '\n'), printed + strlen(printed) - 1);
	assert_int_equal(check(""), EXIT_NORMAL);
	assert_non_null(strstr(printed, "\naccepted\n"));
	assert_non_null(strstr(printed, "iss        ok       as expected\n"));
}

static void
rooms_and_role_reach_the_token(void **state)
{
	(void)state;
	assert_int_equal(
	    run(ctl_token, "token --sub ann --room r1 --rooms a,b* --role host"), EXIT_NORMAL);
	assert_int_equal(check(" --room zoom/b9"), EXIT_NORMAL);
	assert_non_null(strstr(printed, "grants     ok       3 named rooms, host\n"));
	assert_int_equal(run(ctl_token, "token --sub ann --room r1"), EXIT_NORMAL);
	assert_int_equal(check(" --room chat/r2"), EXIT_REFUSED);
	assert_non_null(strstr(printed, "\nroom_forbidden: "));
}

/* The audience of the API is in the token by itself, and whose door it is, is not confused. */
static void
an_application_s_token_is_checked_as_one(void **state)
{
	(void)state;
	assert_int_equal(run(ctl_token, "token --sub shop --scope beckon:read"), EXIT_NORMAL);
	assert_int_equal(check(" --api"), EXIT_NORMAL);
	assert_non_null(strstr(printed, "scope      ok       beckon:read\n"));
	assert_int_equal(run(ctl_token, "token --sub shop --scope beckon:read"), EXIT_NORMAL);
	assert_int_equal(check(""), EXIT_REFUSED);
	assert_non_null(strstr(printed, "aud        refused  "));
	assert_int_equal(run(ctl_token, "token --sub ann"), EXIT_NORMAL);
	assert_int_equal(check(" --api"), EXIT_REFUSED);
	assert_int_equal(run(ctl_token, "token --sub shop --scope x"), EXIT_NORMAL);
	assert_int_equal(check(" --api"), EXIT_REFUSED);
	assert_non_null(strstr(printed, "scope      refused  expected beckon:read or "));
}

static void
expiry_takes_units_and_may_lie_in_the_past(void **state)
{
	static const char *const good[] = { "3600", "90s", "15m", "2h", "7d" };
	char words[100];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		snprintf(words, sizeof(words), "token --sub ann --expires-in %s", good[i]);
		assert_int_equal(run(ctl_token, words), EXIT_NORMAL);
		assert_int_equal(check(""), EXIT_NORMAL);
	}
	assert_int_equal(run(ctl_token, "token --sub ann --expires-in -5"), EXIT_NORMAL);
	assert_int_equal(check(""), EXIT_REFUSED);
	assert_non_null(strstr(printed, "\ntoken_expired: "));
}

static void
a_refused_token_is_explained_by_the_check_that_failed(void **state)
{
	(void)state;
	assert_int_equal(run(ctl_token, "token --sub ann --iss you"), EXIT_NORMAL);
	assert_int_equal(check(""), EXIT_REFUSED);
	assert_non_null(strstr(printed, "iss        refused  "));
	assert_non_null(strstr(printed, "\ntoken_invalid: "));
	assert_non_null(strstr(printed, "expected here: iss me, "));
}

/* What check-token prints ends up in tickets and chats. */
static void
an_explanation_does_not_show_the_signature(void **state)
{
	char signature[100];

	(void)state;
	assert_int_equal(run(ctl_token, "token --sub ann"), EXIT_NORMAL);
	snprintf(signature, sizeof(signature), "%s", strrchr(printed, '.') + 1);
	signature[strcspn(signature, "\n")] = '\0';
	assert_int_equal(check(""), EXIT_NORMAL);
	assert_null(strstr(printed, signature));
}

static void
mistakes_on_the_command_line_are_usage_errors(void **state)
{
	static const struct {
		int (*command)(const struct ctl *, int, char **);
		const char *words;
	} bad[] = {
		{ ctl_token, "token" },
		{ ctl_token, "token --sub" },
		{ ctl_token, "token --sub ann bob" },
		{ ctl_token, "token --sub ann --nome x" },
		{ ctl_token, "token --sub ann --role king" },
		{ ctl_token, "token --sub ann --expires-in soon" },
		{ ctl_token, "token --sub ann --expires-in 2w" },
		{ ctl_token, "token --sub ann --expires-in 99999d" },
		{ ctl_check_token, "check-token" },
		{ ctl_check_token, "check-token a b" },
		{ ctl_check_token, "check-token a.b.c --api --room zoom/r1" },
		{ ctl_check_token, "check-token a.b.c --room r1" },
		{ ctl_check_token, "check-token a.b.c --room movie/r1" },
		{ ctl_check_token, "check-token a.b.c --room zoom/" },
		{ ctl_rooms, "rooms all" },
		{ ctl_config, "config x" },
		{ ctl_keys, "keys x" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (run(bad[i].command, bad[i].words) != EXIT_USAGE)
			fail_msg("%s was taken for a good command", bad[i].words);
		assert_string_equal(printed, "");
	}
}

static void
an_unknown_kid_cannot_sign(void **state)
{
	(void)state;
	assert_int_equal(run(ctl_token, "token --sub ann --kid nobody"), EXIT_REFUSED);
	assert_string_equal(printed, "");
}

static void
keys_are_listed_without_their_secrets(void **state)
{
	(void)state;
	assert_int_equal(run(ctl_keys, "keys"), EXIT_NORMAL);
	assert_string_equal(printed, "HS256\tsecret, 32 bytes\tdev\n");
	forge_file(folder, "bad.HS256.secret", "short", 5);
	assert_int_equal(run(ctl_keys, "keys"), EXIT_REFUSED);
	forge_remove(folder, "bad.HS256.secret");
}

static void
config_tells_where_each_value_is_from(void **state)
{
	(void)state;
	assert_int_equal(run(ctl_config, "config"), EXIT_NORMAL);
	assert_non_null(strstr(printed, "\nJWT_ISSUER=me\t(environment)\n"));
	assert_non_null(strstr(printed, "PORT=8080\t(default)\n"));
}

static void
without_a_broker_rooms_is_a_failure_of_the_system(void **state)
{
	(void)state;
	assert_int_equal(run(ctl_rooms, "rooms"), EXIT_SYSTEM);
	assert_string_equal(printed, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(token_prints_one_line_that_check_token_accepts),
		cmocka_unit_test(rooms_and_role_reach_the_token),
		cmocka_unit_test(an_application_s_token_is_checked_as_one),
		cmocka_unit_test(expiry_takes_units_and_may_lie_in_the_past),
		cmocka_unit_test(a_refused_token_is_explained_by_the_check_that_failed),
		cmocka_unit_test(an_explanation_does_not_show_the_signature),
		cmocka_unit_test(mistakes_on_the_command_line_are_usage_errors),
		cmocka_unit_test(an_unknown_kid_cannot_sign),
		cmocka_unit_test(keys_are_listed_without_their_secrets),
		cmocka_unit_test(config_tells_where_each_value_is_from),
		cmocka_unit_test(without_a_broker_rooms_is_a_failure_of_the_system),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
