/* metrics – the labels of the figures, each from the table that has the words. See metrics.h. */
#include "metrics.h"

static bool
put_word(struct buf *to, const char *label, const char *word)
{
	if (word[0] == '\0')
		return false;
	figures_label(to, label, word);
	return true;
}

static bool
label_version(struct buf *to, unsigned index)
{
	(void)index;
	return put_word(to, "version", BECKON_VERSION);
}

static bool
label_endpoint(struct buf *to, unsigned index)
{
	return put_word(to, "endpoint", endpoint_name((enum endpoint)index));
}

static bool
label_result(struct buf *to, unsigned index)
{
	return put_word(to, "result",
	    index == REFUSED_NOT ? "accepted" : refusal_table[index].word);
}

static bool
label_bye(struct buf *to, unsigned index)
{
	return put_word(to, "reason", bye_table[index].word);
}

static bool
label_event(struct buf *to, unsigned index)
{
	return put_word(to, "event", index < EVENTS ? event_table[index].name : "unknown");
}

static bool
label_message(struct buf *to, unsigned index)
{
	return put_word(to, "event", message_table[index].name);
}

static bool
label_problem(struct buf *to, unsigned index)
{
	return put_word(to, "code", problem_table[index].word);
}

static bool
label_resume(struct buf *to, unsigned index)
{
	static const char *const words[RESUMES] = { [RESUME_RECOVERED] = "recovered",
		[RESUME_ANEW] = "anew" };

	return put_word(to, "result", words[index]);
}

static bool
label_rejoin(struct buf *to, unsigned index)
{
	static const char *const words[REJOINS] = { [REJOIN_ACCEPTED] = "accepted",
		[REJOIN_REFUSED] = "refused" };

	return put_word(to, "result", words[index]);
}

static bool
label_close(struct buf *to, unsigned index)
{
	static const char *const words[CLOSES] = { [CLOSE_CLOSED] = "closed",
		[CLOSE_NOT_BACK] = "not_back" };

	return put_word(to, "reason", words[index]);
}

static bool
label_replay(struct buf *to, unsigned index)
{
	static const char *const words[REPLAYS] = { [REPLAY_SERVED] = "served",
		[REPLAY_LOST] = "lost", [REPLAY_NOTHING] = "nothing" };

	return put_word(to, "result", words[index]);
}

static bool
label_limit(struct buf *to, unsigned index)
{
	static const char *const words[LIMITS] = { [LIMIT_CHAT] = "chat", [LIMIT_QUOTA] = "quota",
		[LIMIT_MAIL] = "mail", [LIMIT_REPEATS] = "repeats",
		[LIMIT_CONNECTIONS] = "connections", [LIMIT_FILES] = "files" };

	return put_word(to, "limit", words[index]);
}

static const struct figure_row rows[] = {
#define FIGURE(...) FIGURE_ROW(struct metrics, __VA_ARGS__)
#include "metrics.def"
#undef FIGURE
};

void
metrics_put(struct buf *to, const struct metrics *m)
{
	figures_put(to, rows, sizeof rows / sizeof *rows, m);
}
