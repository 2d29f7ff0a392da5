/* Accepts connections on several ports and tells TLS from plain text by the first byte,
 * so that either works on any of them; then hands each to one of two HTTP servers. */
/* SPDX-License-Identifier: MIT */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "net/http_server.h"
#include "net/tls.h"

struct listener;

#define LISTENER_PORTS_MOST	 4
#define LISTENER_GUESTS_MOST	 512
#define LISTENER_GUESTS_PER_PEER 16

struct listener_options {
	struct in_addr address; /* INADDR_ANY: all of this computer */
	uint16_t ports[LISTENER_PORTS_MOST]; /* 0: any free one */
	size_t port_count;
	const struct tls_identity *identity; /* borrowed */
	struct http_server *plain, *secure; /* borrowed; made with `only_taken` */
	void *context;
	/* A handshake did not end well. From the connection's own thread; must not
	 * block. May be NULL. */
	void (*turned_away)(
		void *context, struct in_addr peer, const struct tls_story *story);
};

/* E-PORT-BUSY, E-PORT-DENIED, E-SYSTEM. */
struct listener *listener_new(const struct listener_options *options, struct err *err);
uint16_t listener_port(const struct listener *listener, size_t index);

/* Closes what is still being received; returns when no thread of its own is left. */
void listener_free(struct listener *listener);
DEFINE_OWN(listener)

#endif
