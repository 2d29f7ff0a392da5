/* The network interfaces of this computer that have an IPv4 address. */
/* SPDX-License-Identifier: MIT */
#ifndef HOST_INTERFACES_H
#define HOST_INTERFACES_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct interface {
	char name[16];
	unsigned index; /* the kernel's number */
	struct in_addr address;
	struct in_addr netmask;
	bool is_loopback;
	bool can_multicast;
};

#define INTERFACES_MOST 32

/* Those that are up, loopback last, a row for each address. Returns how many, at most
 * INTERFACES_MOST. */
size_t interfaces_list(struct interface out[INTERFACES_MOST]);

/* Whether the interface reaches `peer` without a router, by its own netmask. */
bool interface_is_near(const struct interface *interface, struct in_addr peer);

/* Those where devices can be looked for: up, multicast-capable, not the loopback; a row
 * for each interface. `name` limits it to one, which may also be the loopback. 0 with
 * E-NO-INTERFACE, which tells what there is. */
size_t interfaces_for_multicast(
	const char *name, struct interface out[INTERFACES_MOST], struct err *err);

#endif
