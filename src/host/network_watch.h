/* Notices when this computer joins or leaves a network: by the kernel's events, so that
 * nobody sleeps and hopes. */
/* SPDX-License-Identifier: MIT */
#ifndef HOST_NETWORK_WATCH_H
#define HOST_NETWORK_WATCH_H

#include <netinet/in.h>
#include <stdbool.h>

#include "base/clock.h"
#include "base/memory.h"
#include "host/interfaces.h"

/* Looks by itself at least this often, should events be missing. */
#define NETWORK_WATCH_MS 2000

struct network_watch;

/* Never fails: without events it looks every NETWORK_WATCH_MS. */
struct network_watch *network_watch_open(void);
void network_watch_free(struct network_watch *watch);
DEFINE_OWN(network_watch)

/* Blocks until addresses or routes may have changed; false when the deadline has passed or
 * the wait is cancelled. One thread waits. */
bool network_watch_wait(
	struct network_watch *watch, struct deadline until, const struct cancel *cancel);

/* Whether an interface of this computer is in the same network as `peer`; *out (may be
 * NULL) is that interface. */
bool network_is_joined(struct in_addr peer, struct interface *out);

/* Whether `address` is this computer's own. */
bool network_has_address(struct in_addr address);

#endif
