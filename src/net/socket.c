/* Waiting for sockets with a deadline and a cancel. */
/* SPDX-License-Identifier: MIT */
#include "net/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"

bool
socket_wait(int fd, short events, struct deadline until, const struct cancel *cancel)
{
	struct pollfd wanted = { .fd = fd, .events = events };

	while (!cancel_asked(cancel)) {
		int64_t left = deadline_left_ms(until);
		int64_t most = cancel != NULL ? CANCEL_SLICE_MS : INT_MAX;
		int slice = (int)(left < most ? left : most);

		if (poll(&wanted, 1, slice) > 0)
			return true;
		if (left == 0)
			return false;
	}
	return false;
}

static bool
finish_connect(int fd, struct deadline until, const struct cancel *cancel)
{
	int failure = -1;
	socklen_t size = sizeof failure;

	return socket_wait(fd, POLLOUT, until, cancel) &&
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) == 0 &&
		failure == 0;
}

bool
socket_takes_connections(const struct sockaddr_in *address, struct deadline until,
	const struct cancel *cancel)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	bool taken;

	if (fd < 0)
		return false;
	taken = connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 ||
		(errno == EINPROGRESS && finish_connect(fd, until, cancel));
	close(fd);
	return taken;
}

bool
socket_read_address(const char *text, uint16_t port, struct sockaddr_in *out)
{
	char host[INET_ADDRSTRLEN];
	size_t len = strcspn(text, ":");
	int64_t given = port;

	*out = (struct sockaddr_in){ .sin_family = AF_INET };
	if (!text_copy_bytes(host, sizeof host, text, len) ||
		inet_pton(AF_INET, host, &out->sin_addr) != 1)
		return false;
	if (text[len] == ':' && !text_to_number(text + len + 1, 1, 65535, &given))
		return false;
	out->sin_port = htons((uint16_t)given);
	return true;
}
