/* ctl_ask – a command line for the broker that runs, and its answer. See ctl.h. */
#include "ctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "bounds.h"
#include "buf.h"
#include "frame.h"
#include "places.h"

enum { PATIENCE = 2000 }; /* ms that the broker has for an answer */

int
ctl_ask_broker(const struct conf *conf, const char *command, char **text)
{
	char path[SOCKET_PATH_MAX + 1];
	struct buf question = BUF_INIT;
	int status = EXIT_SYSTEM;
	const uint8_t *answer;
	struct frame f;
	struct ask ask;
	size_t len;

	snprintf(path, sizeof(path), "%s/" PLACE_OPERATORS, conf->text[CONF_RUN_DIR]);
	ask_init(&ask, path);
	ask.sp.message_max = BUS_MESSAGE_MAX; /* many rooms are a long answer */
	frame_put(&question, &(struct frame){ .kind = FRAME_CTL, .body = command,
				 .len = strlen(command) });
	if (ask_question(&ask, question.at, question.len, PATIENCE, &answer, &len) != 0) {
		ctl_complain(0, "no answer from the broker at %s: %s%s", path, strerror(errno),
		    errno == EACCES ? "; it answers root, the service's user, and the group "
				      "that OPERATORS names" : "");
		goto out;
	}
	if (frame_next(&answer, &len, &f) != 1 || f.kind != FRAME_CTL) {
		ctl_complain(0, "what listens at %s is not this version's broker", path);
		goto out;
	}
	*text = strndup(f.body, f.len);
	if (*text)
		status = EXIT_NORMAL;
out:
	ask_fini(&ask);
	buf_fini(&question);
	return status;
}
