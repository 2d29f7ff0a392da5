/* The devices that flash is about, of both kinds. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_FLASH_FIND_H
#define CMD_FLASH_FIND_H

#include "cmd/app.h"
#include "fleet/upgrades.h"

/* Everything is borrowed. */
struct flash_search {
	const struct app *app;
	const struct options
		*options; /* operands: what stands for those that were typed */
	char *const *typed; /* the operands before names of the profile were replaced */
	const struct catalog *catalog;
	const struct upgrades_order *upgrades;
	struct err refusal; /* why the image is for Tasmota only, or no code */
	bool all, only_tasmotas;
};

/* Finds and asks the devices that are named, or all. *found is the caller's to free, also
 * after a failure; who is not there is a row with the reason. False with E-NO-DEVICE, when
 * the image is refused for what it is, as gather() and as upgrades_gather(). */
bool flash_find(const struct flash_search *search, struct gathered **found, size_t *count,
	struct err *err);

/* The vendor's ids have ten digits: such a name is listened for, as an address is asked;
 * others are looked up. */
bool flash_is_vendor_name(const char *name, uint16_t port);

#endif
