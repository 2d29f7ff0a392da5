/* Names of hosts, asked with a bound: the system's resolver has none. */
/* SPDX-License-Identifier: MIT */
#ifndef NET_RESOLVE_H
#define NET_RESOLVE_H

#include <netinet/in.h>

#include "base/clock.h"

enum resolve_result { RESOLVE_YES, RESOLVE_NO, RESOLVE_UNKNOWN /* no verdict in time */ };

/* Asks for an IPv4 address of HOST. The question goes on in a thread of its own when the
 * deadline passes or the wait is cancelled; nobody hears its answer then. */
enum resolve_result resolve_name(
	const char *host, struct deadline until, const struct cancel *cancel);

/* The same; *address is the first one, as it was unless RESOLVE_YES. */
enum resolve_result resolve_address(const char *host, struct deadline until,
	const struct cancel *cancel, struct in_addr *address);

#endif
