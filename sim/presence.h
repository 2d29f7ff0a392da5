/* How simulated devices are heard by mDNS: one embedded responder for all of them. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_PRESENCE_H
#define SIM_PRESENCE_H

#include <stdbool.h>

#include "base/err.h"

struct plug;
struct presence;
struct world;

/* Publishes on one interface ("lo") only. */
struct presence *presence_new(
	struct world *world, const char *interface, struct err *err);

/* Announces a device; prints its "ready" line when the network has heard it. The plug is
 * borrowed until it has left or the presence is freed. */
bool presence_enter(struct presence *presence, struct plug *plug, struct err *err);

/* The device's data or address has changed: seq + 1, and a new announcement by the world's
 * presence, if it has one. Any thread. */
void presence_changed(struct plug *plug);

/* The device is gone; with the goodbye fault it says so, else records run out. */
void presence_leave(struct presence *presence, struct plug *plug);

void presence_free(struct presence *presence);

#endif
