/* Knocks at one port of many addresses, a few at a time. */
/* SPDX-License-Identifier: MIT */
#include "net/sweep.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { AT_ONCE = 32 };

struct knocks {
	struct pollfd waiting[AT_ONCE];
	uint32_t hosts[AT_ONCE];
	size_t count;
	struct in_addr *found;
	size_t found_count;
};

static void
note(struct knocks *knocks, uint32_t host)
{
	if (knocks->found_count < SWEEP_FOUND_MOST)
		knocks->found[knocks->found_count++].s_addr = htonl(host);
}

/* On loopback the answer is there at once. */
static void
knock(struct knocks *knocks, uint32_t host, uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	to.sin_addr.s_addr = htonl(host);
	if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0) {
		note(knocks, host);
		close(fd);
	} else if (errno == EINPROGRESS) {
		knocks->waiting[knocks->count] = (struct pollfd){ .fd = fd,
			.events = POLLOUT };
		knocks->hosts[knocks->count++] = host;
	} else {
		close(fd);
	}
}

static void
hear(struct knocks *knocks, size_t i)
{
	int error = 0;
	socklen_t size = sizeof error;

	if (knocks->waiting[i].revents == 0)
		return;
	getsockopt(knocks->waiting[i].fd, SOL_SOCKET, SO_ERROR, &error, &size);
	if (error == 0)
		note(knocks, knocks->hosts[i]);
	close(knocks->waiting[i].fd);
	knocks->waiting[i].fd = -1;
}

/* Waits for those that were knocked at, then hangs up on the silent ones. */
static void
await(struct knocks *knocks, struct deadline until, const struct cancel *cancel)
{
	size_t open = knocks->count;

	while (open > 0 && !deadline_passed(until) && !cancel_asked(cancel)) {
		poll(knocks->waiting, knocks->count, CANCEL_SLICE_MS);
		open = 0;
		for (size_t i = 0; i < knocks->count; i++) {
			hear(knocks, i);
			open += knocks->waiting[i].fd >= 0;
		}
	}
	for (size_t i = 0; i < knocks->count; i++)
		if (knocks->waiting[i].fd >= 0)
			close(knocks->waiting[i].fd);
	knocks->count = 0;
}

size_t
sweep(uint32_t first, uint32_t last, uint16_t port, struct deadline until,
	const struct cancel *cancel, struct in_addr out[SWEEP_FOUND_MOST])
{
	struct knocks knocks = { .found = out };
	uint64_t host = first;

	while (host <= last && !deadline_passed(until) && !cancel_asked(cancel)) {
		for (; host <= last && knocks.count < AT_ONCE; host++)
			knock(&knocks, (uint32_t)host, port);
		await(&knocks, deadline_sooner(until, deadline_in(SWEEP_PATIENCE_MS)),
			cancel);
	}
	return knocks.found_count;
}
