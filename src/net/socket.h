/* Waiting for sockets with a deadline and a cancel. */
/* SPDX-License-Identifier: MIT */
#ifndef NET_SOCKET_H
#define NET_SOCKET_H

#include <netinet/in.h>
#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"

/* Waits until fd is ready for `events` (POLLIN, POLLOUT); false when the deadline
 * passed or the wait was cancelled. An error or hang-up of the peer counts as ready. */
bool socket_wait(
	int fd, short events, struct deadline until, const struct cancel *cancel);

/* Connects and closes at once: true when somebody took the connection. */
bool socket_takes_connections(const struct sockaddr_in *address, struct deadline until,
	const struct cancel *cancel);

/* Reads "192.0.2.7" or "192.0.2.7:8081"; `port` is used where the text has none. */
bool socket_read_address(const char *text, uint16_t port, struct sockaddr_in *out);

#endif
