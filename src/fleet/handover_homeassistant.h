/* Handing devices over to Home Assistant: by Tasmota's own descriptions where the build
 * has them, else by messages this program leaves at the broker. Either way it is read
 * back from the broker before it counts. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_HANDOVER_HOMEASSISTANT_H
#define FLEET_HANDOVER_HOMEASSISTANT_H

#include <stdbool.h>

#include "fleet/descriptions.h"

enum homeassistant_way {
	HOMEASSISTANT_NATIVE_BEFORE, /* the device describes itself already */
	HOMEASSISTANT_NATIVE, /* it does now */
	HOMEASSISTANT_MESSAGES_BEFORE, /* our messages stand there as they should */
	HOMEASSISTANT_MESSAGES, /* they do now */
	HOMEASSISTANT_NATIVE_OFF, /* taken back */
	HOMEASSISTANT_CLEARED, /* our messages were removed */
	HOMEASSISTANT_NOTHING /* there was nothing to take back */
};

/* One sentence without the device: "describes itself now (Tasmota's own discovery)". */
const char *homeassistant_way_text(enum homeassistant_way way);
/* One word for scripts: "native", "messages". */
const char *homeassistant_way_name(enum homeassistant_way way);
bool homeassistant_way_changed(enum homeassistant_way way);

struct homeassistant_order {
	struct mqtt *mqtt;
	const struct descriptions *known; /* as gathered from the same connection */
	int64_t wait_ms; /* how long a device may take to answer or to describe itself */
	bool dry_run; /* asks, changes nothing; the way is what would be done */
	const struct cancel *cancel;
};

/* One device, by topic, MAC or name. E-HANDOVER-SILENT when it does not answer,
 * E-HANDOVER-UNPROVEN when the broker does not show what it should. */
bool homeassistant_hand_over(const struct homeassistant_order *order, const char *device,
	enum homeassistant_way *way, struct err *err);

/* Takes both back. */
bool homeassistant_take_back(const struct homeassistant_order *order, const char *device,
	enum homeassistant_way *way, struct err *err);

#endif
