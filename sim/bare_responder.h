/* A minimal mDNS responder for one device that does not answer as it should: without its
 * address, or not at first. Its packets come from the device's own address. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_BARE_RESPONDER_H
#define SIM_BARE_RESPONDER_H

#include "base/err.h"
#include "sim/plug.h"

struct bare_responder;

/* Speaks on the interface of that index. The plug is borrowed. */
struct bare_responder *bare_responder_new(
	struct plug *plug, unsigned interface, struct err *err);

/* Announces the device's data as they are now. Any thread. */
void bare_responder_renew(struct bare_responder *responder);

/* Falls silent; no goodbye. */
void bare_responder_free(struct bare_responder *responder);

#endif
