/* A listening socket of our own, so that a refusal can be explained. */
/* SPDX-License-Identifier: MIT */
#include "net/listen.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTEN_BACKLOG 1024

const struct err_code err_port_busy = { "E-PORT-BUSY", ERR_SYSTEM,
	"Stop the program that uses the port, or choose another one with --port." };
static const struct err_code port_denied = { "E-PORT-DENIED", ERR_PERMISSION,
	"Choose a port from 1024 on; lower ones need administrator rights." };

static bool
explain(uint16_t port, struct err *err)
{
	switch (errno) {
	case EADDRINUSE:
		return err_set(err, &err_port_busy, "port %u is in use", port);
	case EACCES:
		return err_set(
			err, &port_denied, "port %u is not allowed to this user", port);
	default:
		return err_errno(err, &err_system, "cannot listen on port %u", port);
	}
}

static int
listen_at(struct in_addr address, uint16_t *port, bool is_to_come, struct err *err)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET, .sin_port = htons(*port), .sin_addr = address
	};
	socklen_t len = sizeof at;
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		err_errno(err, &err_system, "cannot open a socket");
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (is_to_come)
		setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 ||
		listen(fd, LISTEN_BACKLOG) != 0 ||
		getsockname(fd, (struct sockaddr *)&at, &len) != 0) {
		explain(*port, err);
		close(fd);
		return -1;
	}
	*port = ntohs(at.sin_port);
	return fd;
}

int
listen_on(struct in_addr address, uint16_t *port, struct err *err)
{
	return listen_at(address, port, false, err);
}

bool
listen_is_possible(struct in_addr address, uint16_t port, struct err *err)
{
	int fd = listen_at(address, &port, true, err);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}
