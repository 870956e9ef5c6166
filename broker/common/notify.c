/* notify – see include/notify.h. */
#include "notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int
notify_say(const char *socket_name, const char *state)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t n = socket_name ? strlen(socket_name) : 0;
	ssize_t sent;
	int fd;

	if (n == 0)
		return 0;
	if (n >= sizeof to.sun_path || (socket_name[0] != '/' && socket_name[0] != '@')) {
		errno = EINVAL;
		return -1;
	}
	memcpy(to.sun_path, socket_name, n);
	if (to.sun_path[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd);
	return sent < 0 ? -1 : 0;
}

int64_t
notify_interval(const char *usec, const char *pid, pid_t self)
{
	char *end;
	long long wanted = usec ? strtoll(usec, &end, 10) : 0;

	if (wanted <= 0 || *end != '\0' || (pid && atoll(pid) != (long long)self))
		return 0;
	return wanted / 2000 > 0 ? wanted / 2000 : 1;
}
