/* A device by the name it has in the profile. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_DEVICE_NAMES_H
#define CMD_DEVICE_NAMES_H

#include "base/memory.h"
#include "cmd/app.h"

/* What stands for each name that was typed, in the same order. */
struct device_names {
	char **all;
	size_t count;
};
void device_names_clear(struct device_names *names);

enum device_names_of {
	NAMES_OF_VENDOR, /* devices that run the vendor's firmware */
	NAMES_TO_FREE, /* and those that the journal knows as Tasmotas */
	NAMES_OF_ANY, /* Tasmotas as well: a name that is not in the profile may be one's */
	NAMES_OF_TASMOTA /* only these: where no MAC is known, the name may be a topic */
};

/* Looks names up in the profile, if there is one: the device's id stands for a name, the
 * MAC (the entry's, else the journal's) where the journal knows the device as Tasmota, the
 * address where the entry has only a MAC and the vendor's firmware answers there. Ids,
 * addresses and MACs stay as they are. False, before anything is asked:
 * E-NAME-NOT-IN-PROFILE, E-NAME-WITHOUT-ID, E-PROFILE-NAME-TWICE, or as profile_read(). */
bool device_names_read(const struct app *app, const struct options *options,
	enum device_names_of which, char *const *typed, size_t count,
	struct device_names *out, struct err *err);

/* Nothing to look up: an address, an id of the vendor's or a MAC. */
bool device_name_is_plain(const char *name);

/* False, with E-NAME-NOT-IN-PROFILE. */
bool device_name_not_there(const char *path, const char *name, struct err *err);

#endif
