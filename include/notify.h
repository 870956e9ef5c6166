/* notify – tells whoever started us how we fare, as systemd wants to hear it (sd_notify(3)).
 *
 * A datagram with a line or two to the socket in NOTIFY_SOCKET; where there is none, nothing. It is
 * the whole of what libsystemd would be linked for. The environment is an argument. Implemented in
 * broker/common/notify.c. Nothing here blocks. */
#ifndef BECKON_NOTIFY_H
#define BECKON_NOTIFY_H

#include <stdint.h>
#include <sys/types.h>

/* socket: NOTIFY_SOCKET, a path, or an abstract name behind `@`; or NULL. state: "READY=1",
 * "WATCHDOG=1", "STOPPING=1", … 0, also where nobody wants to hear; or -1 with errno. */
int notify_say(const char *socket, const char *state);

/* How often "WATCHDOG=1" is to be said, in ms: half of WATCHDOG_USEC, if WATCHDOG_PID is us or not
 * set; both may be NULL. 0: nobody watches. */
int64_t notify_interval(const char *usec, const char *pid, pid_t self);

#endif
