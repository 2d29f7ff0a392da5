/* A listening socket, and why there is none. */
/* SPDX-License-Identifier: MIT */
#ifndef NET_LISTEN_H
#define NET_LISTEN_H

#include <netinet/in.h>
#include <stdint.h>

#include "base/err.h"

extern const struct err_code err_port_busy; /* E-PORT-BUSY */

/* Listens on address:*port; 0 as port is replaced by the one that was free. The caller
 * closes the socket. -1 with E-PORT-BUSY, E-PORT-DENIED or E-SYSTEM. */
int listen_on(struct in_addr address, uint16_t *port, struct err *err);

/* Whether listen_on() would succeed, also for an address this computer does not have yet:
 * a program that listens at the port on all addresses is in the way of any. */
bool listen_is_possible(struct in_addr address, uint16_t port, struct err *err);

#endif
