/* log – one line, one event, to stderr: `connection-id event key=value …`.
 *
 * Lines stay under LOG_LINE_MAX bytes; whatever is not printable ASCII is escaped, so that no
 * foreign text can forge a line or reach a terminal. Writing never blocks: on a full pipe the line
 * is dropped and counted. Where the configuration says so a line is a JSON object (log_json.h).
 * It refuses to know tokens and message text: callers never pass them.
 * The only module with state of its own, as stderr is one too. In broker/common/log.c. */
#ifndef BECKON_LOG_H
#define BECKON_LOG_H

#include <stdbool.h>

enum log_level { LOG_ERROR, LOG_INFO, LOG_DEBUG };

/* Names the program in each line and sets stderr non-blocking where it is a pipe. The connection id
 * is "-" until log_name. Level LOG_INFO until log_set_level. */
void log_open(const char *program);
void log_set_level(enum log_level level);

/* LOG_TEXT until then. */
enum log_format { LOG_TEXT, LOG_JSON };
void log_set_format(enum log_format format);

/* Sets the connection id of all further lines (copied, cut at CONNECTION_ID_MAX). */
void log_name(const char *connection);

/* One line with this process's connection id. */
void log_line(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* One line about a connection that is not this process's own: for broker and authorizer. */
void log_about(const char *connection, enum log_level level, const char *event,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A complaint for people, as it is; as JSON, an error without a connection. */
void log_complain(const char *text);

/* Waits until whoever reads stderr has taken all of it, where it is a pipe, LOG_PATIENCE at most:
 * for one who is about to end, and whose reader looks at no pipe of somebody who has. */
void log_settle(void);

bool log_wants(enum log_level level);

#endif
