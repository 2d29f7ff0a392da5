/* A stock device's connection to its cloud: from its own address, in clear or with TLS. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_STOCK_LINK_H
#define SIM_STOCK_LINK_H

#include "sim/stock.h"
#include "sim/stock_tls.h"

struct stock_link {
	struct stock *stock;
	int fd; /* -1: closed */
	struct stock_tls *tls; /* NULL: in clear */
};

/* False and a sentence fragment in *why when there is no connection. stock_link_close()
 * afterwards in any case. */
bool stock_link_open(struct stock_link *link, struct stock *stock, const char *host,
	uint16_t port, struct deadline until, const char **why);

/* "TLSv1.1", "plain" */
const char *stock_link_kind(const struct stock_link *link);

bool stock_link_send(struct stock_link *link, const void *bytes, size_t len);

/* More than 0 bytes, 0 when the connection is over, -1 when the time is. */
int stock_link_receive(
	struct stock_link *link, void *bytes, size_t size, struct deadline until);

void stock_link_close(struct stock_link *link);

/* The device restarts: nobody tells the peer. */
void stock_link_abandon(struct stock_link *link);

#endif
