/* log – lines to stderr: `program[pid]: connection-id event key=value …`, or as JSON. */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bounds.h"
#include "clock.h"
#include "log_json.h"
#include "quote.h"

static struct {
	char program[32];
	char name[CONNECTION_ID_MAX + 1];
	_Atomic int level, format;
	bool is_pipe;
	bool is_socket;	      /* systemd's: its flags are shared, so MSG_DONTWAIT instead */
	atomic_ulong dropped; /* since the last line that went out; NNG's threads may log too */
} state = { .program = "beckon", .name = "-", .level = LOG_INFO };

void
log_open(const char *program)
{
	struct stat st;

	snprintf(state.program, sizeof(state.program), "%s", program);
	if (fstat(STDERR_FILENO, &st) != 0)
		return;
	state.is_socket = S_ISSOCK(st.st_mode);
	state.is_pipe = S_ISFIFO(st.st_mode);
	if (state.is_pipe)
		fcntl(STDERR_FILENO, F_SETFL, fcntl(STDERR_FILENO, F_GETFL) | O_NONBLOCK);
}

void
log_set_level(enum log_level level)
{
	state.level = (int)level;
}

void
log_set_format(enum log_format format)
{
	state.format = (int)format;
}

void
log_name(const char *connection)
{
	snprintf(state.name, sizeof(state.name), "%s", connection);
}

bool
log_wants(enum log_level level)
{
	return (int)level <= state.level;
}

void
log_settle(void)
{
	struct pollfd reader = { .fd = STDERR_FILENO };
	int unread;

	for (int ms = 0; state.is_pipe && ms < LOG_PATIENCE; ms++)
		if (ioctl(STDERR_FILENO, FIONREAD, &unread) < 0 || unread == 0 ||
		    poll(&reader, 1, 1) != 0) /* it has gone */
			return;
}

/* Writes one whole line or drops it. */
static void
emit(const char *line, size_t len, unsigned long dropped_before)
{
	ssize_t n = state.is_socket ? send(STDERR_FILENO, line, len, MSG_DONTWAIT | MSG_NOSIGNAL)
				    : write(STDERR_FILENO, line, len);

	if (n < 0)
		atomic_fetch_add(&state.dropped, dropped_before + 1);
}

static void
object_va(const char *connection, enum log_level level, const char *event, const char *format,
    va_list args)
{
	static const char *const levels[] = { "error", "info", "debug" };
	char line[LOG_JSON_MAX];
	const struct log_facts facts = { .at = wall_ms(), .level = levels[level],
		.program = state.program, .pid = getpid(), .connection = connection,
		.event = event, .dropped = atomic_exchange(&state.dropped, 0) };

	emit(line, log_json(line, sizeof(line), &facts, format, args), facts.dropped);
}

static void
text_va(const char *connection, const char *event, const char *format, va_list args)
{
	char raw[LOG_LINE_MAX], tail[32] = "";
	char line[LOG_LINE_MAX];
	unsigned long dropped;
	size_t len;

	len = (size_t)snprintf(raw, sizeof(raw), "%s[%d]: %.*s %s ", state.program, (int)getpid(),
	    CONNECTION_ID_MAX, connection, event);
	if (len < sizeof(raw))
		vsnprintf(raw + len, sizeof(raw) - len, format, args);
	dropped = atomic_exchange(&state.dropped, 0);
	if (dropped > 0)
		snprintf(tail, sizeof(tail), " dropped=%lu", dropped);

	len = quote_bytes(line, sizeof(line) - strlen(tail) - 1, raw, strlen(raw));
	while (len > 0 && line[len - 1] == ' ') /* an event without a word about it */
		len--;
	len += (size_t)sprintf(line + len, "%s\n", tail);
	emit(line, len, dropped);
}

static void
line_va(const char *connection, enum log_level level, const char *event, const char *format,
    va_list args)
{
	int saved = errno;

	if (!log_wants(level))
		return;
	if (state.format == LOG_JSON)
		object_va(connection, level, event, format, args);
	else
		text_va(connection, event, format, args);
	errno = saved;
}

void
log_line(enum log_level level, const char *event, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line_va(state.name, level, event, format, args);
	va_end(args);
}

void
log_about(const char *connection, enum log_level level, const char *event, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line_va(connection, level, event, format, args);
	va_end(args);
}

void
log_complain(const char *text)
{
	if (state.format == LOG_JSON)
		log_about("-", LOG_ERROR, "complaint", "%s", text);
	else
		fprintf(stderr, "%s\n", text);
}
