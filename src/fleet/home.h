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

/* The hardware of a device: the id of a model in the catalog that has the same. Older
 * journals have Tasmota's module number, or its template as JSON. */
#define HOME_HARDWARE_SIZE 200

/* The id of one model when all that the device may be have the same hardware; "" when they
 * differ or nothing is said of it. */
void home_hardware(const struct catalog *catalog, const struct device *device,
	char out[HOME_HARDWARE_SIZE]);

/* One word for the model, as {model} in patterns has it: its id in the catalog, or the
 * maker where several models look alike. */
void home_model(const struct catalog *catalog, const struct device *device,
	char out[DEVICE_MODEL_SIZE]);

/* What the catalog has of a model, by its id or name; false when it does not know it. The
 * strings are the catalog's. */
bool home_model_hardware(const struct catalog *catalog, const char *model,
	struct settings_hardware *hardware);

/* Fills in what `settings` leaves open. Of `facts` id, mac and model are read; `hardware`
 * is what home_hardware() said of it, or NULL. Settings borrow from `names`, the profile,
 * the catalog and `hardware`. */
void home_fill(const struct home *home, const struct profile_facts *facts,
	const char *hardware, struct home_names *names, struct settings *settings);

#endif
