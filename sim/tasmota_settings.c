/* Tasmota's settings and their defaults. */
/* SPDX-License-Identifier: MIT */
#include "sim/tasmota_settings.h"

#include <string.h>

#include "base/text.h"

enum { OPTION_HTTP_API = 128, OPTION_MQTT = 3, OPTION_DISCOVERY_OFF = 19 };

/* Where 5.x and 6.x said otherwise, `old` is set. */
static const struct {
	const char *text, *old;
} texts[TEXTS] = {
	[TEXT_HOSTNAME] = { "%s-%04d", NULL },
	[TEXT_DEVICE_NAME] = { "Tasmota", "" },
	[TEXT_FRIENDLY_NAME1] = { "Tasmota", "Sonoff" },
	[TEXT_FRIENDLY_NAME1 + 1] = { "Tasmota2", "Sonoff2" },
	[TEXT_FRIENDLY_NAME1 + 2] = { "Tasmota3", "Sonoff3" },
	[TEXT_FRIENDLY_NAME1 + 3] = { "Tasmota4", "Sonoff4" },
	[TEXT_MQTT_HOST] = { "", NULL },
	[TEXT_MQTT_USER] = { "DVES_USER", NULL },
	[TEXT_MQTT_PASSWORD] = { "DVES_PASS", NULL },
	[TEXT_MQTT_CLIENT] = { "DVES_%06X", NULL },
	[TEXT_TOPIC] = { "tasmota", "sonoff" },
	[TEXT_FULL_TOPIC] = { "%prefix%/%topic%/", NULL },
	[TEXT_GROUP_TOPIC1] = { "tasmotas", "sonoffs" },
	[TEXT_PREFIX1] = { "cmnd", NULL },
	[TEXT_PREFIX2] = { "stat", NULL },
	[TEXT_PREFIX3] = { "tele", NULL },
	[TEXT_NTP1] = { "pool.ntp.org", NULL },
	[TEXT_NTP2] = { "nl.pool.ntp.org", NULL },
	[TEXT_NTP3] = { "0.nl.pool.ntp.org", NULL },
	[TEXT_OTA_URL] = { "http://ota.tasmota.com/tasmota/release/tasmota.bin.gz",
		"http://thehackbox.org/tasmota/release/sonoff.bin" },
};

static const int64_t numbers[NUMBERS] = {
	[NUMBER_WIFI_CONFIG] = 4,
	[NUMBER_MQTT_PORT] = 1883,
	[NUMBER_POWER_ON_STATE] = 3,
	[NUMBER_TELE_PERIOD] = 300,
	[NUMBER_LED_STATE] = 1,
	[NUMBER_TIMEZONE] = 60,
	[NUMBER_WEB_SERVER] = 2,
	[NUMBER_MODULE] = 1,
	[NUMBER_SERIAL_LOG] = 2,
	[NUMBER_WEB_LOG] = 2,
	[NUMBER_MQTT_RETRY] = 10,
};

static const struct tasmota_template generic = {
	.name = "Generic",
	.gpio = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 },
	.base = 18,
};

const char *
tasmota_default_text(const struct tasmota_firmware *firmware, enum tasmota_text which)
{
	bool old = firmware->version < TASMOTA_VERSION(7, 0, 0, 0);

	if (which == TEXT_TOPIC && tasmota_has(firmware, TRAIT_TOPIC_WITH_MAC))
		return "tasmota_%06X";
	if (old && texts[which].old != NULL)
		return texts[which].old;
	return texts[which].text != NULL ? texts[which].text : "";
}

void
tasmota_settings_init(
	struct tasmota_settings *settings, const struct tasmota_firmware *firmware)
{
	*settings = (struct tasmota_settings){ .template = generic };
	for (unsigned i = 0; i < TEXTS; i++)
		text_copy(settings->text[i], TASMOTA_TEXT_SIZE,
			tasmota_default_text(firmware, (enum tasmota_text)i));
	memcpy(settings->number, numbers, sizeof settings->number);
	settings->option[OPTION_MQTT] = 1;
	settings->option[OPTION_HTTP_API] = !tasmota_has(firmware, TRAIT_API_OFF);
	/* In 9.x discovery had to be asked for. */
	settings->option[OPTION_DISCOVERY_OFF] = firmware->version >=
			TASMOTA_VERSION(9, 3, 1, 2) &&
		firmware->version < TASMOTA_VERSION(10, 0, 0, 0);
}

bool
tasmota_settings_text(
	struct tasmota_settings *settings, enum tasmota_text which, const char *value)
{
	size_t used = strlen(value) + 1;

	for (unsigned i = 0; i < TEXTS; i++)
		if (i != which)
			used += strlen(settings->text[i]) + 1;
	return used <= TASMOTA_TEXT_POOL && strlen(value) < TASMOTA_TEXT_SIZE &&
		text_copy(settings->text[which], TASMOTA_TEXT_SIZE, value);
}
