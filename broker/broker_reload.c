/* broker_reload – HUP: keys, and what of the configuration may change while it runs. See broker.h.
 *
 * What was taken up is kept for `reload`, the operators' question. A configuration that is refused
 * changes nothing, and keys are read all the same. */
#include "broker_ctl.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static void
adopt(struct broker *b, const struct broker_conf *next)
{
	b->conf = *next;
	if (!next->rooms)
		return;
	b->rooms = *next->rooms;
	core_configure(b->core, &b->rooms);
}

static size_t
count_keys(const struct broker *b)
{
	size_t n = 0;

	while (keys_at(b->keys, n))
		n++;
	return n;
}

void
broker_reload(struct broker *b)
{
	const struct broker_conf *next = NULL;
	int rc;

	buf_reset(&b->reload.report);
	if (b->conf.reread)
		next = b->conf.reread(b->conf.reread_context, &b->reload.report);
	if (next)
		adopt(b, next);
	rc = broker_load_keys(b);
	broker_load_turn(b);
	b->reload.number++;
	log_line(next || !b->conf.reread ? LOG_INFO : LOG_ERROR, "reloaded",
	    "configuration=%s keys=%s", next ? "read" : "kept", rc < 0 ? "kept" : "read");
}

void
command_reload(struct command_call *c)
{
	const struct broker *b = c->b;

	buf_fmt(c->to, "{\"pid\":%ld,\"number\":%u,\"keys\":%zu", (long)getpid(), b->reload.number,
	    count_keys(b));
	if (b->conf.file) {
		buf_str(c->to, ",\"file\":");
		buf_json(c->to, b->conf.file, strlen(b->conf.file));
	}
	if (b->reload.report.len > 0) {
		buf_char(c->to, ',');
		buf_add(c->to, b->reload.report.at, b->reload.report.len);
	}
	buf_char(c->to, '}');
}
