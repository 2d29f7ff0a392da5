/* Notices when this computer joins or leaves a network, by netlink. */
/* SPDX-License-Identifier: MIT */
#include "host/network_watch.h"

#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/socket.h"

struct network_watch {
	int fd; /* -1: no events */
};

struct network_watch *
network_watch_open(void)
{
	struct network_watch *watch = xcalloc(1, sizeof *watch);
	struct sockaddr_nl groups = { .nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE };

	watch->fd = socket(
		AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (watch->fd >= 0 &&
		bind(watch->fd, (struct sockaddr *)&groups, sizeof groups) != 0) {
		close(watch->fd);
		watch->fd = -1;
	}
	return watch;
}

void
network_watch_free(struct network_watch *watch)
{
	if (watch == NULL)
		return;
	if (watch->fd >= 0)
		close(watch->fd);
	free(watch);
}

/* What exactly has changed does not matter: whoever waits looks for himself. */
static void
drain(int fd)
{
	char events[8192];

	while (recv(fd, events, sizeof events, MSG_DONTWAIT) > 0)
		continue;
}

bool
network_watch_wait(
	struct network_watch *watch, struct deadline until, const struct cancel *cancel)
{
	struct deadline look = deadline_sooner(until, deadline_in(NETWORK_WATCH_MS));

	if (watch->fd < 0)
		clock_pause(deadline_left_ms(look), cancel);
	else if (socket_wait(watch->fd, POLLIN, look, cancel))
		drain(watch->fd);
	return !cancel_asked(cancel) && !deadline_passed(until);
}

bool
network_is_joined(struct in_addr peer, struct interface *out)
{
	struct interface all[INTERFACES_MOST];
	size_t count = interfaces_list(all);

	for (size_t i = 0; i < count; i++)
		if (interface_is_near(&all[i], peer)) {
			if (out != NULL)
				*out = all[i];
			return true;
		}
	return false;
}

bool
network_has_address(struct in_addr address)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = address };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ok = fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}
