/* What an application sends, its token being good: three lines, method, path and type, then a body.
 * Whatever that is, the broker is asked what the path and the body say, in words that it takes; and
 * whatever an application is told has headers of ours alone. */
#include "fuzz.h"

#include "api_answer.h"
#include "api_judge.h"
#include "api_words.h"
#include "argv.h"

enum { NOW = 1000000, METHOD = 0, URI, TYPE, LINES };

static struct api_authority authority;
static char authorization[1024] = "Bearer ";

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char claims[] = "{\"sub\":\"app\",\"exp\":1000060,\"aud\":\"admin\","
				     "\"scope\":\"beckon:read beckon:moderate\"}";
	char why[160], *token;

	(void)argc, (void)argv;
	fuzz_make_folder();
	fuzz_file("dev.HS256.secret", "0123456789abcdef0123456789abcdef", 32);
	authority = (struct api_authority){ keys_open(fuzz_folder, NULL, NULL),
		{ "", "admin", 0, "people" } };
	token = token_mint(claims, authority.keys, NULL, why, sizeof(why));
	must(token != NULL);
	strcat(authorization, token);
	free(token);
	return 0;
}

static void
place_is_formed(const struct api_place *place)
{
	size_t n = strspn(place->room, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789_.~-/");

	must(place->room[n] == '\0' && n <= ROOM_KEY_MAX);
	must(strstr(place->room, "/../") == NULL && strlen(place->client) <= SUB_MAX);
}

static void
words_say_what_was_read(const struct api_judgement *j)
{
	struct buf words = BUF_INIT;
	struct argv argv;
	size_t n = strcspn(j->route->command, " ");

	if (api_words(&words, j) == NULL) {
		must(argv_read(&argv, words.at, words.len) == NULL);
		must(argv.argc <= 5 && strncmp(argv.word[0], j->route->command, n) == 0);
		must(argv.argc == 1 || strcmp(argv.word[1], j->place.room) == 0);
		must(j->place.client[0] == '\0' || strcmp(argv.word[2], j->place.client) == 0);
		must(j->route->body == NULL || argv.word[argv.argc] == NULL);
	}
	buf_fini(&words);
}

/* One empty line, and before it nothing that a stranger wrote: a line of his would have a line end
 * of its own. */
static void
answer_is_ours(struct api_judgement *j)
{
	struct buf b = BUF_INIT;
	const char *body;

	api_answer_fault(&b, j);
	buf_char(&b, '\0');
	must(!buf_failed(&b));
	body = strstr(b.at, "\r\n\r\n");
	must(body != NULL && strncmp(body + 4, "{\"error\":\"", 10) == 0);
	must(strchr(body + 4, '\n') == b.at + b.len - 2);
	must(json_valid(body + 4, strlen(body + 4)));
	buf_fini(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct input in = { at, len };
	struct api_judgement j;
	char *line[LINES];

	for (int i = 0; i < LINES; i++)
		line[i] = input_text(&in, '\n');
	api_judge(&authority,
	    &(struct api_call){ .method = line[METHOD], .uri = line[URI], .origin = "",
		.authorization = authorization, .type = line[TYPE], .body = (const char *)in.at,
		.len = in.left < API_BODY_MAX ? in.left : API_BODY_MAX },
	    (int64_t)NOW * 1000, &j);
	if (j.fault == FAULT_NONE) {
		must(strcmp(j.token.sub, "app") == 0);
		place_is_formed(&j.place);
		words_say_what_was_read(&j);
	} else {
		answer_is_ours(&j);
	}
	for (int i = 0; i < LINES; i++)
		free(line[i]);
	return 0;
}
