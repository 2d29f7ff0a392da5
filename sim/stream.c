/* TCP with deadlines for simulated devices. */
/* SPDX-License-Identifier: MIT */
#include "sim/stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/socket.h"

/* lwIP on these devices holds only a few waiting connections, and four segments. */
enum { BACKLOG = 4, NARROW_BYTES = 5840 };

int
stream_listen(struct in_addr address, uint16_t port, struct err *err)
{
	struct sockaddr_in name = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = address
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1;
	char text[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &address, text, sizeof text);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof name) < 0 ||
		listen(fd, BACKLOG) < 0) {
		err_errno(err, &err_system, "can not listen on %s:%d", text, port);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

void
stream_reset(int fd)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	close(fd);
}

bool
stream_send(int fd, const void *bytes, size_t len, struct deadline until,
	const struct cancel *cancel)
{
	const char *at = bytes;

	while (len > 0) {
		ssize_t sent = send(fd, at, len, MSG_NOSIGNAL);

		if (sent > 0) {
			at += sent;
			len -= (size_t)sent;
		} else if (sent < 0 && errno != EAGAIN && errno != EINTR) {
			return false;
		} else if (!socket_wait(fd, POLLOUT, until, cancel)) {
			return false;
		}
	}
	return true;
}

/* `window`: what the receiver can hold; 0: as this computer likes. */
static int
connect_with(struct in_addr from, struct sockaddr_in to, int window,
	struct deadline until, const struct cancel *cancel)
{
	struct sockaddr_in own = { .sin_family = AF_INET, .sin_addr = from };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1, failed = 0;
	socklen_t size = sizeof failed;

	if (fd < 0)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
	if (window > 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof window);
	if (bind(fd, (struct sockaddr *)&own, sizeof own) == 0 &&
		(connect(fd, (struct sockaddr *)&to, sizeof to) == 0 ||
			(errno == EINPROGRESS &&
				socket_wait(fd, POLLOUT, until, cancel) &&
				getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &size) ==
					0 &&
				failed == 0)))
		return fd;
	close(fd);
	return -1;
}

int
stream_connect(struct in_addr from, struct sockaddr_in to, struct deadline until,
	const struct cancel *cancel)
{
	return connect_with(from, to, 0, until, cancel);
}

int
stream_connect_narrow(struct in_addr from, struct sockaddr_in to, struct deadline until,
	const struct cancel *cancel)
{
	return connect_with(from, to, NARROW_BYTES, until, cancel);
}
