/* Names as the stock firmware resolves them: unicast DNS and IPv4 only. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_RESOLVE_H
#define SIM_RESOLVE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/* Names below .local are never found. */
bool resolve_unicast(const char *host, uint16_t port, struct sockaddr_in *out);

#endif
