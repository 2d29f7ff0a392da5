/* Multicast DNS on the wire: one UDP socket for each interface, on port 5353 beside other
 * responders (avahi-daemon), or on any port where 5353 can not be had. Needs no root. */
/* SPDX-License-Identifier: MIT */
#ifndef NET_MULTICAST_H
#define NET_MULTICAST_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/memory.h"

/* An interface as multicast needs it. */
struct multicast_link {
	unsigned index;
	struct in_addr address; /* this computer's */
	struct in_addr netmask;
};

struct multicast;

#define MULTICAST_LINKS_MOST 32

struct multicast *multicast_new(void);
void multicast_free(struct multicast *multicast);
DEFINE_OWN(multicast)

/* Opens a socket on one more interface. E-MULTICAST. */
bool multicast_add(
	struct multicast *multicast, const struct multicast_link *link, struct err *err);

/* How many interfaces are open. */
size_t multicast_count(const struct multicast *multicast);

/* Whether interface number `at` could have port 5353. Without it only answers to our own
 * questions arrive, and only when they are sent to us alone. */
bool multicast_is_shared(const struct multicast *multicast, size_t at);

/* Sends to the mDNS group on interface number `at`; false when this computer refuses. */
bool multicast_send(
	struct multicast *multicast, size_t at, const uint8_t *bytes, size_t len);

/* Waits for one packet from any interface. Returns its length (0 is possible) and where it
 * came in and from; -1 when nothing came until the deadline or the cancel. Packets sent to
 * this computer alone from beyond the interface's own network are dropped. */
ssize_t multicast_receive(struct multicast *multicast, uint8_t *bytes, size_t size,
	struct multicast_link *link, struct sockaddr_in *from, struct deadline until,
	const struct cancel *cancel);

#endif
