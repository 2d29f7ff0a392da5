/* The messages by which Home Assistant learns of a switch (its MQTT discovery), for
 * devices that can not describe themselves. JSON only, no connection. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_HOMEASSISTANT_MESSAGE_H
#define FLEET_HOMEASSISTANT_MESSAGE_H

#include <stdbool.h>

#include "wire/tasmota_discovery.h"

#define HOMEASSISTANT_PATTERN "homeassistant/+/+/config"

/* homeassistant/switch/<mac>_<n>/config, or light. */
void homeassistant_topic(const struct tasmota_discovery *device, unsigned relay,
	char out[TASMOTA_MQTT_TOPIC_SIZE]);

/* The payload for one output, counted from 1; the caller frees it. */
char *homeassistant_payload(const struct tasmota_discovery *device, unsigned relay);

/* Did this program write it, for this device (topic or 12-digit MAC)? */
bool homeassistant_is_ours(const char *payload, size_t len, const char *device);

#endif
