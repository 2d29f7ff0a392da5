/* TCP as a small device does it: one listening socket, blocking calls with deadlines. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_STREAM_H
#define SIM_STREAM_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/err.h"

/* -1 and *err (E-SYSTEM names address and port) when it can not be had. */
int stream_listen(struct in_addr address, uint16_t port, struct err *err);

/* Closes so that the other end sees a reset. */
void stream_reset(int fd);

/* Sends all; false when the peer is gone, the deadline passed or the world ends. */
bool stream_send(int fd, const void *bytes, size_t len, struct deadline until,
	const struct cancel *cancel);

/* Connects from one of this computer's addresses; -1 when that fails. */
int stream_connect(struct in_addr from, struct sockaddr_in to, struct deadline until,
	const struct cancel *cancel);

/* The same with a receive window as small as the chip's: a peer's bytes do not arrive while
 * nobody reads. */
int stream_connect_narrow(struct in_addr from, struct sockaddr_in to,
	struct deadline until, const struct cancel *cancel);

#endif
