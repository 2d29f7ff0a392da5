/* What stands in homebridge's config.json for a Tasmota device: accessory blocks of the
 * plugin homebridge-mqttthing. JSON only, no files; what is not ours stays as it is. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_HOMEBRIDGE_CONFIG_H
#define FLEET_HOMEBRIDGE_CONFIG_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "wire/tasmota_discovery.h"

/* How the plugin gets to the broker. */
struct homebridge_account {
	const char *host;
	unsigned port;
	const char *user, *password; /* NULL: what stands in the file stays */
	const char *ca_file; /* NULL: plain MQTT */
};

enum homebridge_what {
	HOMEBRIDGE_SAME,
	HOMEBRIDGE_ADDED,
	HOMEBRIDGE_CHANGED,
	HOMEBRIDGE_REMOVED
};

/* One accessory; strings are borrowed during the call. */
struct homebridge_change {
	enum homebridge_what what;
	const char *name; /* as Apple Home shows it */
	const char *type; /* switch, outlet, lightbulb */
	const char *topic; /* that switches it */
	const char *mac; /* "" when the block has none */
};
typedef void homebridge_tell(void *context, const struct homebridge_change *change);

/* "kept", "added", "changed", "removed" */
const char *homebridge_what_name(enum homebridge_what what);

/* The plugin's word for a kind of accessory. */
bool homebridge_is_type(const char *type);

/* Puts one block per output of the device into `config`, or brings those up to date that
 * are there: same serial number (the MAC) and relay, or same topic. Their names, and keys
 * this program does not know, stay. `type` NULL: light bulbs for lights, else switches.
 * E-HOMEBRIDGE-CONFIG when the file's own form is wrong, E-HANDOVER-OUTPUTS when the
 * device has nothing to switch. */
bool homebridge_put(json_t *config, const struct tasmota_discovery *device,
	const struct homebridge_account *account, const char *type, homebridge_tell *tell,
	void *context, struct err *err);

/* Takes out the blocks of a device, named by topic or MAC; NULL: all whose serial number
 * is a MAC. */
bool homebridge_take(json_t *config, const char *device, homebridge_tell *tell,
	void *context, struct err *err);

#endif
