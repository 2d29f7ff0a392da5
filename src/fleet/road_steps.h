/* The road's own steps, besides those of the methods it is made of. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_ROAD_STEPS_H
#define FLEET_ROAD_STEPS_H

#include "fleet/road.h"

enum { ROAD_STEPS_MOST = 24, ROAD_LEGS_MOST = 4 };

struct road_leg {
	const struct flash_method *method;
	unsigned share; /* of the whole road's progress */
	void *wishes, *own; /* what the method finds in its job */
};

struct road {
	const struct road_plan *plan;
	struct recalled known;
	struct err why_not;
	struct flash_method method;
	struct flash_step steps[ROAD_STEPS_MOST + 1];
	const struct flash_step *origin[ROAD_STEPS_MOST];
	struct road_leg *leg_of[ROAD_STEPS_MOST];
	struct road_leg legs[ROAD_LEGS_MOST];
	unsigned step_count, leg_count;
	bool is_flashing; /* the first leg is a flash */
	bool was_flashed; /* and that is over, well */
	struct setup_wishes wishes;
	struct home_names names;
	char *host; /* the broker, as this device is told */
};

/* Their jobs' wishes are the struct road. */
extern const struct flash_method road_look; /* finds a device that runs Tasmota */
extern const struct flash_method road_meet; /* learns its MAC, decides on its names */
extern const struct flash_method road_hand_over; /* as the profile says */

/* Does the profile want a handover? */
bool road_wants_handover(const struct profile *profile);

#endif
