/* ctl_ask – a command for the broker that runs, and its answer. See ctl.h. */
#include "ctl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "argv.h"
#include "ask.h"
#include "bounds.h"
#include "buf.h"
#include "frame.h"
#include "places.h"

enum {
	PATIENCE = 2000, /* ms that the broker has for an answer */
	WRAPPING = 4,	 /* bytes in front of the frame on the wire */
};

/* What the broker's word for no is to a shell; others are EXIT_REFUSED. */
static const struct {
	const char *word;
	int status;
} statuses[] = {
	{ "usage", EXIT_USAGE },
	{ "not_found", EXIT_NOT_FOUND },
	{ "unavailable", EXIT_SYSTEM },
};

static int
status_of(const char *word)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++)
		if (strcmp(statuses[i].word, word) == 0)
			return statuses[i].status;
	return EXIT_REFUSED;
}

static int __attribute__((format(printf, 3, 4)))
fail(char *why, int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, CTL_WHY_SIZE, format, args);
	va_end(args);
	return status;
}

/* The answer is a no. EXIT_NORMAL: it is none. */
static int
read_no(const char *command, const char *text, char *why)
{
	int status = EXIT_NORMAL;
	const char *word;
	cJSON *answer;

	if (strncmp(text, "{\"error\":", 9) != 0)
		return EXIT_NORMAL;
	answer = cJSON_Parse(text);
	word = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(answer, "error"));
	if (word)
		status = fail(why, status_of(word), "%s: %s", command, ctl_text(answer, "message"));
	cJSON_Delete(answer);
	return status;
}

/* Takes the answer out of its frame. */
static int
read_answer(const char *path, const char *command, const uint8_t *answer, size_t len, char **text,
    char *why)
{
	struct frame f;
	int status;

	if (frame_next(&answer, &len, &f) != 1 || f.kind != FRAME_CTL)
		return fail(why, EXIT_SYSTEM, "what listens at %s is not this version's broker",
		    path);
	*text = strndup(f.body, f.len);
	if (!*text)
		return fail(why, EXIT_SYSTEM, "out of memory");
	status = read_no(command, *text, why);
	if (status != EXIT_NORMAL) {
		free(*text);
		*text = NULL;
	}
	return status;
}

int
ctl_try_broker(const struct ctl *ctl, const char *const words[], char **text, char *why)
{
	char path[SOCKET_PATH_MAX + 1];
	struct buf question = BUF_INIT;
	const uint8_t *answer;
	struct ask ask;
	size_t len, begin;
	int status;

	*text = NULL;
	snprintf(path, sizeof(path), "%s/" PLACE_OPERATORS, ctl->conf->text[CONF_RUN_DIR]);
	ask_init(&ask, path);
	ask.sp.message_max = BUS_MESSAGE_MAX; /* many rooms are a long answer */
	begin = frame_begin(&question, &(struct frame){ .kind = FRAME_CTL });
	argv_put(&question, words);
	frame_end(&question, begin);
	if (question.len + WRAPPING > CTL_MAX)
		status = fail(why, EXIT_USAGE, "%s: that is too long", words[0]);
	else if (ask_question(&ask, question.at, question.len, PATIENCE, &answer, &len) == 0)
		status = read_answer(path, words[0], answer, len, text, why);
	else
		status = fail(why, EXIT_SYSTEM, "no answer from the broker at %s: %s%s", path,
		    strerror(errno), errno == EACCES ? "; it answers root, the service's user, and "
		    "the group that OPERATORS names" : "");
	ask_fini(&ask);
	buf_fini(&question);
	return status;
}

int
ctl_ask_broker(const struct ctl *ctl, const char *const words[], char **text)
{
	char why[CTL_WHY_SIZE];
	int status = ctl_try_broker(ctl, words, text, why);

	return status == EXIT_NORMAL ? status : ctl_complain(status, "%s", why);
}
