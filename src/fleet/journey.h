/* Which devices take the road together, and where each of them begins: decided from what
 * they say of themselves and what the journal remembers. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_JOURNEY_H
#define FLEET_JOURNEY_H

#include "fleet/gather.h"
#include "fleet/road.h"

struct journey {
	/* To be filled in first; all is borrowed. */
	const struct road_plan *plan;
	struct verdict_overrides overrides;
	const struct cancel *cancel;
	/* For run_jobs(). */
	struct job *jobs;
	struct road **roads; /* NULL for a refused device */
	size_t count;
	size_t flashing; /* so many need an image */
};
void journey_clear(struct journey *journey);

/* A device that was asked. One that does not answer may be one an earlier run has flashed:
 * its new firmware is looked for. False with the journal's error. */
bool journey_add(struct journey *journey, const struct gathered *found, struct err *err);

/* A name that needs no asking: a MAC, or a device the journal has met as Tasmota. *added
 * says whether it is one. */
bool journey_add_known(
	struct journey *journey, const char *name, bool *added, struct err *err);

/* A device with old vendor firmware, in pairing mode at `access_point` or about to call. One
 * that an earlier run has told where to call is waited for as well. */
bool journey_add_takeover(
	struct journey *journey, struct sockaddr_in access_point, struct err *err);

/* Devices whose road broke off after the flash: those that answer now where they were last,
 * and the one the run before this was stopped at. Says which are left out. */
bool journey_add_unfinished(struct journey *journey, struct err *err);

/* The device in whose access point this computer is, if there is one. */
bool journey_add_waiting(struct journey *journey, bool *added, struct err *err);

/* True when at least one device was changed. */
bool journey_has_changed(const struct journey *journey);

#endif
