/* The network interfaces of this computer that have an IPv4 address. */
/* SPDX-License-Identifier: MIT */
#ifndef HOST_INTERFACES_H
#define HOST_INTERFACES_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

struct interface {
	char name[16];
	struct in_addr address;
	bool is_loopback;
};

#define INTERFACES_MOST 32

/* Those that are up, loopback last. Returns how many, at most INTERFACES_MOST. */
size_t interfaces_list(struct interface out[INTERFACES_MOST]);

#endif
