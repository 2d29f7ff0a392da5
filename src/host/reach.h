/* Can a device on the network reach a port of this computer? Proved as far as it can be
 * done from here, and explained when it did not happen. */
/* SPDX-License-Identifier: MIT */
#ifndef HOST_REACH_H
#define HOST_REACH_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define REACH_TEXT_SIZE 384

/* The address `peer` has to be told: the one the kernel would use towards it. Refuses
 * one that is useless to the peer. E-NO-ROUTE, E-OWN-ADDRESS. */
bool reach_own_address(struct in_addr peer, struct in_addr *own, struct err *err);

/* Connects to own:port and fetches the first bytes of `path` the way a device does; the
 * server must answer 206. E-SELF-TEST. */
bool reach_fetch(struct in_addr own, uint16_t port, const char *path, struct err *err);

/* A sentence about a firewall of this computer that may keep `peer` from own:port, with
 * the command that opens it; "" when none is in the way as far as can be seen. */
void reach_warn(struct in_addr peer, struct in_addr own, uint16_t port,
	char warning[REACH_TEXT_SIZE]);

/* Why a device that has accepted an offer does not fetch: names own:port and the command
 * that opens the firewall. Always false, with E-NO-FETCH of kind ERR_UNREACHABLE. */
bool reach_explain_silence(
	struct in_addr peer, struct in_addr own, uint16_t port, struct err *err);

#endif
