/* The whole road of one device: flashed by the method that fits it, met again, given its
 * names, set up, handed over. A flash method made of others, so that it runs, is shown and
 * is journalled as one job. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_ROAD_H
#define FLEET_ROAD_H

#include "flash/setup.h"
#include "fleet/home.h"
#include "fleet/job.h"
#include "fleet/recall.h"

/* What all devices of a run share; borrowed. */
struct road_plan {
	struct home home;
	struct journal *journal;
	struct setup_wishes wishes; /* copied for each device */
	/* A new Tasmota's own network; INADDR_ANY: it is not looked for there. */
	struct sockaddr_in access_point;
	uint16_t web_port;
};

struct road;

/* `way_in`: the method that puts the new firmware on it. NULL: it has it already and is
 * only looked for, at its address, at those of `known`, in its access point, by its MAC;
 * `why_not` (may be NULL) is told when it is not found. `known` and `why_not` are copied.
 */
struct road *road_new(const struct road_plan *plan, const struct flash_method *way_in,
	const struct recalled *known, const struct err *why_not);
void road_free(struct road *road);

/* A job for run_jobs(), for the device; both must outlive it. */
struct job road_job(struct road *road, const struct device *device);

/* Does the road begin with new firmware? */
bool road_is_flashing(const struct road *road);

/* What the device would be told, as far as it can be said before it was met: "%id%" and
 * patterns that need the MAC stay as they are. *out borrows from the road. */
void road_foresee(struct road *road, const struct device *device, struct settings *out);

/* Afterwards: was anything changed on the device, or proven that an earlier run had left
 * unproven? */
bool road_has_changed(const struct road *road);

#endif
