/* One thread accepts; each guest has a thread until it is handed over, or, with TLS, as
 * long as it stays. Silent guests may wait for minutes, but only so many of them. */
/* SPDX-License-Identifier: MIT */
#include "net/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/monitor.h"
#include "net/listen.h"
#include "net/socket.h"

#define FIRST_BYTE_MS (120 * 1000) /* devices hold connections they do not use yet */
#define HANDSHAKE_MS  15000 /* a device gives up after 10 s */
#define TLS_HANDSHAKE 0x16 /* first byte of every TLS connection */
#define NO_ROOM_MS    100

struct guest {
	struct listener *listener;
	struct in_addr peer;
	int fd; /* -1: handed over */
	int64_t since_ms;
	bool has_spoken;
	bool has_ended;
	pthread_t thread;
	struct guest *next;
};

struct listener {
	struct listener_options options;
	int sockets[LISTENER_PORTS_MOST];
	int wake[2]; /* a byte: a guest has ended, or it is time to stop */
	pthread_t thread;
	bool has_thread;
	struct monitor monitor; /* guards all below */
	bool stopping;
	struct guest *guests;
};

static void
wake(const struct listener *listener)
{
	char byte = 0;

	/* A full pipe wakes as well. */
	if (write(listener->wake[1], &byte, 1) < 0 && errno != EAGAIN)
		log_debug("listener: cannot wake the accepting thread");
}

/* Waits for a first byte without taking it. -1: none came. */
static int
first_byte(struct guest *guest)
{
	unsigned char byte;

	if (!socket_wait(guest->fd, POLLIN, deadline_in(FIRST_BYTE_MS), NULL) ||
		recv(guest->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 1)
		return -1;
	return byte;
}

static void
serve_secure(struct guest *guest)
{
	const struct listener_options *options = &guest->listener->options;
	struct tls_story story;
	struct tls *tls = tls_accept(
		options->identity, guest->fd, deadline_in(HANDSHAKE_MS), &story);
	int ends[2];

	if (tls == NULL) {
		if (options->turned_away != NULL)
			options->turned_away(options->context, guest->peer, &story);
		return;
	}
	log_debug("listener: a peer speaks %s", story.version);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) ==
		0) {
		if (http_server_take(options->secure, ends[0], guest->peer))
			tls_carry(tls, ends[1]);
		close(ends[1]);
	}
	tls_free(tls);
}

/* The socket belongs to the server from now on, whatever it does with it. */
static void
serve_plain(struct guest *guest)
{
	struct listener *listener = guest->listener;
	int fd;

	monitor_enter(&listener->monitor);
	fd = guest->fd;
	guest->fd = -1;
	monitor_leave(&listener->monitor);
	http_server_take(listener->options.plain, fd, guest->peer);
}

static void *
serve(void *context)
{
	struct guest *guest = context;
	struct listener *listener = guest->listener;
	int byte = first_byte(guest);

	monitor_enter(&listener->monitor);
	guest->has_spoken = true;
	monitor_leave(&listener->monitor);
	if (byte == TLS_HANDSHAKE)
		serve_secure(guest);
	else if (byte >= 0)
		serve_plain(guest);
	monitor_enter(&listener->monitor);
	if (guest->fd >= 0)
		close(guest->fd);
	guest->fd = -1;
	guest->has_ended = true;
	monitor_leave(&listener->monitor);
	wake(listener);
	return NULL;
}

/* Room for one more? The longest silent one goes when the house is full. */
static bool
make_room(struct listener *listener, struct in_addr peer)
{
	struct guest *silent = NULL;
	size_t all = 0, same = 0;

	for (struct guest *guest = listener->guests; guest != NULL; guest = guest->next) {
		if (guest->has_ended)
			continue;
		all++;
		same += guest->peer.s_addr == peer.s_addr;
		if (!guest->has_spoken &&
			(silent == NULL || guest->since_ms < silent->since_ms))
			silent = guest;
	}
	if (same >= LISTENER_GUESTS_PER_PEER)
		return false;
	if (all < LISTENER_GUESTS_MOST)
		return true;
	if (silent == NULL)
		return false;
	silent->has_spoken = true; /* not to be chosen twice */
	shutdown(silent->fd, SHUT_RDWR);
	return true;
}

static void
welcome(struct listener *listener, int fd, struct in_addr peer)
{
	struct guest *guest = xcalloc(1, sizeof *guest);
	bool ok;
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	guest->listener = listener;
	guest->fd = fd;
	guest->peer = peer;
	guest->since_ms = clock_steady_ms();
	monitor_enter(&listener->monitor);
	ok = make_room(listener, peer) && thread_start(&guest->thread, serve, guest);
	if (ok) {
		guest->next = listener->guests;
		listener->guests = guest;
	}
	monitor_leave(&listener->monitor);
	if (!ok) {
		close(fd);
		free(guest);
	}
}

/* Joins the threads of guests that have ended; all of them when `all` is set. */
static void
see_off(struct listener *listener, bool all)
{
	struct guest **at = &listener->guests;

	monitor_enter(&listener->monitor);
	while (*at != NULL) {
		struct guest *guest = *at;

		if (!all && !guest->has_ended) {
			at = &guest->next;
			continue;
		}
		*at = guest->next;
		monitor_leave(&listener->monitor);
		pthread_join(guest->thread, NULL);
		free(guest);
		monitor_enter(&listener->monitor);
		at = &listener->guests;
	}
	monitor_leave(&listener->monitor);
}

static void
accept_one(struct listener *listener, int from)
{
	struct sockaddr_in peer = { 0 };
	socklen_t len = sizeof peer;
	int fd = accept4(
		from, (struct sockaddr *)&peer, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0)
		welcome(listener, fd, peer.sin_addr);
	else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
		clock_pause(NO_ROOM_MS, NULL);
}

static bool
is_stopping(struct listener *listener)
{
	bool stopping;

	monitor_enter(&listener->monitor);
	stopping = listener->stopping;
	monitor_leave(&listener->monitor);
	return stopping;
}

static void *
accept_all(void *context)
{
	struct listener *listener = context;
	size_t count = listener->options.port_count;
	struct pollfd wanted[LISTENER_PORTS_MOST + 1];
	char drain[64];

	for (size_t i = 0; i < count; i++)
		wanted[i] = (struct pollfd){ .fd = listener->sockets[i],
			.events = POLLIN };
	wanted[count] = (struct pollfd){ .fd = listener->wake[0], .events = POLLIN };
	while (!is_stopping(listener)) {
		if (poll(wanted, (nfds_t)count + 1, -1) <= 0)
			continue;
		if (wanted[count].revents != 0 &&
			read(listener->wake[0], drain, sizeof drain) > 0)
			see_off(listener, false);
		for (size_t i = 0; i < count; i++)
			if (wanted[i].revents != 0)
				accept_one(listener, listener->sockets[i]);
	}
	return NULL;
}

static bool
open_all(struct listener *listener, struct err *err)
{
	for (size_t i = 0; i < listener->options.port_count; i++) {
		listener->sockets[i] = listen_on(
			listener->options.address, &listener->options.ports[i], err);
		if (listener->sockets[i] < 0)
			return false;
		fcntl(listener->sockets[i], F_SETFL, O_NONBLOCK);
	}
	if (pipe2(listener->wake, O_CLOEXEC | O_NONBLOCK) != 0)
		return err_errno(err, &err_system, "cannot make a pipe");
	listener->has_thread = thread_start(&listener->thread, accept_all, listener);
	return listener->has_thread ||
		err_set(err, &err_system, "cannot start a thread for connections");
}

struct listener *
listener_new(const struct listener_options *options, struct err *err)
{
	struct listener *listener = xcalloc(1, sizeof *listener);

	listener->options = *options;
	for (size_t i = 0; i < LISTENER_PORTS_MOST; i++)
		listener->sockets[i] = -1;
	listener->wake[0] = listener->wake[1] = -1;
	monitor_init(&listener->monitor);
	if (open_all(listener, err))
		return listener;
	listener_free(listener);
	return NULL;
}

uint16_t
listener_port(const struct listener *listener, size_t index)
{
	return listener->options.ports[index];
}

/* Ends every guest's waiting; its thread closes. */
static void
send_away_all(struct listener *listener)
{
	monitor_enter(&listener->monitor);
	for (struct guest *guest = listener->guests; guest != NULL; guest = guest->next)
		if (guest->fd >= 0)
			shutdown(guest->fd, SHUT_RDWR);
	monitor_leave(&listener->monitor);
}

void
listener_free(struct listener *listener)
{
	if (listener == NULL)
		return;
	monitor_enter(&listener->monitor);
	listener->stopping = true;
	monitor_leave(&listener->monitor);
	if (listener->has_thread) {
		wake(listener);
		pthread_join(listener->thread, NULL);
	}
	send_away_all(listener);
	see_off(listener, true);
	for (size_t i = 0; i < LISTENER_PORTS_MOST; i++)
		if (listener->sockets[i] >= 0)
			close(listener->sockets[i]);
	for (int i = 0; i < 2; i++)
		if (listener->wake[i] >= 0)
			close(listener->wake[i]);
	monitor_clear(&listener->monitor);
	free(listener);
}
