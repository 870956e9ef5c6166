/* listener – see listener.h. */
#include "listener.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BACKLOG = 4096, /* connections that wait to be accepted; the kernel has a say, too */
	HOST_MAX = 255,
};

/* Splits at the last colon; the brackets around an IPv6 address are not part of it. */
static int
split(const char *address, char host[HOST_MAX + 1], const char **port)
{
	const char *colon = strrchr(address, ':');
	size_t len = colon ? (size_t)(colon - address) : 0;

	if (len > 2 && address[0] == '[' && address[len - 1] == ']') {
		address++;
		len -= 2;
	}
	if (len == 0 || len > HOST_MAX || colon[1] == '\0')
		return -1;
	memcpy(host, address, len);
	host[len] = '\0';
	*port = colon + 1;
	return 0;
}

/* The first address of the name. */
static int
look_up(const char *address, struct addrinfo **found, char *why, size_t size)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	char host[HOST_MAX + 1];
	const char *port;
	int error;

	if (split(address, host, &port) < 0) {
		snprintf(why, size, "%s: expected ADDRESS:PORT", address);
		errno = EINVAL;
		return -1;
	}
	if ((error = getaddrinfo(host, port, &hints, found)) == 0)
		return 0;
	snprintf(why, size, "%s: %s", address, gai_strerror(error));
	errno = EINVAL;
	return -1;
}

static int
listen_on(const struct addrinfo *a, unsigned patience)
{
	static const int yes = 1;
	/* nginx takes a socket as it finds it: a worker whose neighbour was quicker to accept would
	 * wait in accept, and all of its clients with it. */
	int saved, fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
	    (a->ai_family != AF_INET6 ||
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) == 0) &&
	    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, sizeof patience) == 0 &&
	    bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

int
listener_open(const char *address, unsigned patience, char *why, size_t size)
{
	struct addrinfo *found;
	int fd, saved;

	if (look_up(address, &found, why, size) < 0)
		return -1;
	fd = listen_on(found, patience);
	saved = errno;
	freeaddrinfo(found);
	if (fd < 0)
		snprintf(why, size, "%s: %s", address, strerror(saved));
	errno = saved;
	return fd;
}
