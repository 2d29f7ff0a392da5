/* The messages by which Home Assistant learns of a switch. */
/* SPDX-License-Identifier: MIT */
#include "fleet/homeassistant_message.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"

#define ORIGIN "airlift"

static const char *
component(const struct tasmota_discovery *device, unsigned relay)
{
	return device->output[relay - 1] == TASMOTA_OUTPUT_LIGHT ? "light" : "switch";
}

void
homeassistant_topic(const struct tasmota_discovery *device, unsigned relay,
	char out[TASMOTA_MQTT_TOPIC_SIZE])
{
	snprintf(out, TASMOTA_MQTT_TOPIC_SIZE, "homeassistant/%s/%s_%u/config",
		component(device, relay), device->mac, relay);
}

static const char *
either(const char *first, const char *second)
{
	return *first != '\0' ? first : second;
}

/* What belongs to the device as a whole: Home Assistant joins its switches by it. */
static json_t *
describe_device(const struct tasmota_discovery *device)
{
	const char *name = either(device->device_name, device->topic);
	json_t *object = json_pack("{s:[s], s:s, s:s, s:s, s:s}", "identifiers",
		device->mac, "name", name, "manufacturer", "Tasmota", "model",
		either(device->module, "Sonoff"), "sw_version", device->version);
	const char *m = device->mac;
	OWN_STR mac = xasprintf(
		"%.2s:%.2s:%.2s:%.2s:%.2s:%.2s", m, m + 2, m + 4, m + 6, m + 8, m + 10);

	json_object_set_new(object, "connections", json_pack("[[s,s]]", "mac", mac));
	if (*device->address != '\0') {
		OWN_STR page = xasprintf("http://%s/", device->address);

		json_object_set_new(object, "configuration_url", json_string(page));
	}
	return object;
}

char *
homeassistant_payload(const struct tasmota_discovery *device, unsigned relay)
{
	char power[TASMOTA_POWER_SIZE], state[TASMOTA_MQTT_TOPIC_SIZE];
	char command[TASMOTA_MQTT_TOPIC_SIZE], will[TASMOTA_MQTT_TOPIC_SIZE];
	OWN_STR id = xasprintf("%s_%u", device->mac, relay);
	OWN_JSON object = NULL;

	tasmota_discovery_power(device, relay, power);
	tasmota_discovery_topic(device, TASMOTA_STAT, power, state);
	tasmota_discovery_topic(device, TASMOTA_CMND, power, command);
	tasmota_discovery_topic(device, TASMOTA_TELE, "LWT", will);
	object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "name",
		either(device->friendly[relay - 1],
			either(device->device_name, device->topic)),
		"unique_id", id, "state_topic", state, "command_topic", command,
		"payload_on", device->on, "payload_off", device->off,
		"availability_topic", will, "payload_available", device->online,
		"payload_not_available", device->offline);
	json_object_set_new(object, "device", describe_device(device));
	json_object_set_new(object, "origin", json_pack("{s:s}", "name", ORIGIN));
	return json_dumps(object, JSON_COMPACT);
}

static bool
has_word(const char *topic, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = topic; len > 0 && (at = strstr(at, word)) != NULL; at++)
		if ((at == topic || at[-1] == '/') && at[len] == '/')
			return true;
	return false;
}

bool
homeassistant_is_ours(const char *payload, size_t len, const char *device)
{
	OWN_JSON object = json_read(payload, len, TASMOTA_JSON_MOST);
	const char *origin = json_text(json_object_get(object, "origin"), "name");
	const char *command = json_text(object, "command_topic");
	const char *id = json_text(object, "unique_id");

	if (origin == NULL || strcmp(origin, ORIGIN) != 0 || command == NULL ||
		id == NULL)
		return false;
	return has_word(command, device) ||
		(strlen(device) == TASMOTA_MAC_SIZE - 1 && text_starts_with(id, device));
}
