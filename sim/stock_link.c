/* A stock device's connection to its cloud. */
/* SPDX-License-Identifier: MIT */
#include "sim/stock_link.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/socket.h"
#include "sim/resolve.h"
#include "sim/stream.h"

/* A real device needs this long for its half of a handshake. */
enum { HANDSHAKE_MS = 160, SEND_MS = 10000 };

static const struct cancel *
cancel_of(const struct stock_link *link)
{
	return &link->stock->world->cancel;
}

bool
stock_link_open(struct stock_link *link, struct stock *stock, const char *host,
	uint16_t port, struct deadline until, const char **why)
{
	struct sockaddr_in server;

	*link = (struct stock_link){ .stock = stock, .fd = -1 };
	*why = "the name can not be resolved";
	if (!resolve_unicast(host, port, &server))
		return false;
	*why = "no connection";
	link->fd = stream_connect(stock->address, server, until, cancel_of(link));
	if (link->fd < 0)
		return false;
	*why = NULL;
	if (stock->personality->transport == TRANSPORT_PLAIN)
		return true;
	stock_pause(stock, HANDSHAKE_MS);
	link->tls = stock_tls_new(
		link->fd, stock->personality, until, cancel_of(link), why);
	return link->tls != NULL;
}

const char *
stock_link_kind(const struct stock_link *link)
{
	return link->tls != NULL ? stock_tls_version(link->tls) : "plain";
}

bool
stock_link_send(struct stock_link *link, const void *bytes, size_t len)
{
	struct deadline until = deadline_in(SEND_MS);

	return link->tls != NULL
		? stock_tls_send(link->tls, bytes, len, until, cancel_of(link))
		: stream_send(link->fd, bytes, len, until, cancel_of(link));
}

int
stock_link_receive(
	struct stock_link *link, void *bytes, size_t size, struct deadline until)
{
	ssize_t got;

	if (link->tls != NULL)
		return stock_tls_receive(link->tls, bytes, size, until, cancel_of(link));
	if (!socket_wait(link->fd, POLLIN, until, cancel_of(link)))
		return -1;
	got = recv(link->fd, bytes, size, 0);
	return got > 0 ? (int)got : 0;
}

void
stock_link_close(struct stock_link *link)
{
	stock_tls_free(link->tls, true);
	link->tls = NULL;
	if (link->fd >= 0)
		close(link->fd);
	link->fd = -1;
}

void
stock_link_abandon(struct stock_link *link)
{
	stock_tls_free(link->tls, false);
	link->tls = NULL;
	stock_abandon(link->stock, link->fd);
	link->fd = -1;
}
