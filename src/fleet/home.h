/* What one device of the home is to be told: what holds for all, filled in from the
 * profile's entry for the device, its patterns, and what the catalog knows of the model. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_HOME_H
#define FLEET_HOME_H

#include "device/catalog.h"
#include "flash/settings.h"
#include "fleet/profile.h"

/* Everything is borrowed; the profile may be NULL. */
struct home {
	const struct profile *profile;
	const struct catalog *catalog;
};

/* Where the texts of one device's settings are kept. */
struct home_names {
	char topic[PROFILE_NAME_SIZE], name[PROFILE_NAME_SIZE],
		hostname[PROFILE_NAME_SIZE];
};

/* The hardware of a device: Tasmota's module number, or its template as JSON. Room for
 * what the catalog has. */
#define HOME_HARDWARE_SIZE 200

/* What the catalog says of all models the device may be; "" when they differ or nothing
 * is said. */
void home_hardware(const struct catalog *catalog, const struct device *device,
	char out[HOME_HARDWARE_SIZE]);

/* One word for the model, as {model} in patterns has it: its id in the catalog, or the
 * maker where several models look alike. */
void home_model(const struct catalog *catalog, const struct device *device,
	char out[DEVICE_MODEL_SIZE]);

/* Fills in what `settings` leaves open. Of `facts` id, mac and model are read; `hardware`
 * is what home_hardware() said of it, or NULL. Settings borrow from `names`, the profile
 * and `hardware`. */
void home_fill(const struct home *home, const struct profile_facts *facts,
	const char *hardware, struct home_names *names, struct settings *settings);

#endif
