/* listener – a TCP socket to accept clients on, that gives up those who do not answer.
 *
 * A client whose network is cut says nothing. What was sent to it is sent again, by Linux for a
 * quarter of an hour, and TCP keep-alive is of no use meanwhile: it is for connections on which
 * nothing is under way. TCP_USER_TIMEOUT (tcp(7)) bounds both, and a client that takes nothing any
 * more; connections inherit it from the socket they are accepted on. It refuses to know who
 * accepts. Implemented in gateway-conf/listener.c. */
#ifndef GATEWAY_LISTENER_H
#define GATEWAY_LISTENER_H

#include <stddef.h>

/* Listens on "127.0.0.1:8080", "[::1]:8080" or "name:8080"; an IPv6 socket takes no IPv4. patience:
 * ms that what was sent may wait for its acknowledgement. The descriptor is for a program to be
 * executed (no close-on-exec). -1 with errno, and one line in why. Blocks where a name has to be
 * looked up. */
int listener_open(const char *address, unsigned patience, char *why, size_t size);

#endif
