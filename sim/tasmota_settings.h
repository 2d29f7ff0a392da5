/* What Tasmota keeps in flash: texts in a pool of limited size, numbers, options, the
 * template. A plain struct, so that saving and losing it is an assignment. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_TASMOTA_SETTINGS_H
#define SIM_TASMOTA_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/tasmota_firmware.h"

enum tasmota_text {
	TEXT_SSID1,
	TEXT_SSID2,
	TEXT_PASSWORD1,
	TEXT_PASSWORD2,
	TEXT_HOSTNAME, /* may be a pattern */
	TEXT_DEVICE_NAME,
	TEXT_FRIENDLY_NAME1,
	TEXT_FRIENDLY_NAME8 = TEXT_FRIENDLY_NAME1 + 7,
	TEXT_MQTT_HOST,
	TEXT_MQTT_USER,
	TEXT_MQTT_PASSWORD,
	TEXT_MQTT_CLIENT, /* may be a pattern */
	TEXT_TOPIC, /* may be a pattern */
	TEXT_FULL_TOPIC,
	TEXT_GROUP_TOPIC1,
	TEXT_GROUP_TOPIC4 = TEXT_GROUP_TOPIC1 + 3,
	TEXT_PREFIX1,
	TEXT_PREFIX2,
	TEXT_PREFIX3,
	TEXT_NTP1,
	TEXT_NTP2,
	TEXT_NTP3,
	TEXT_WEB_PASSWORD,
	TEXT_OTA_URL,
	TEXTS
};

enum tasmota_number {
	NUMBER_WIFI_CONFIG,
	NUMBER_MQTT_PORT,
	NUMBER_POWER_RETAIN,
	NUMBER_POWER_ON_STATE,
	NUMBER_TELE_PERIOD,
	NUMBER_LED_STATE,
	NUMBER_TIMEZONE, /* minutes, or TIMEZONE_RULES */
	NUMBER_WEB_SERVER,
	NUMBER_MODULE,
	NUMBER_SSID_SLOT, /* 0 or 1 */
	NUMBER_SERIAL_LOG,
	NUMBER_WEB_LOG,
	NUMBER_MQTT_LOG,
	NUMBER_SYS_LOG,
	NUMBER_MQTT_RETRY,
	NUMBER_LATITUDE, /* millionths of a degree */
	NUMBER_LONGITUDE,
	NUMBER_SWITCH_MODE,
	NUMBERS
};

#define TIMEZONE_RULES 99

#define TASMOTA_TEXT_SIZE     129
#define TASMOTA_TEXT_POOL     699 /* all texts, each with its NUL */
#define TASMOTA_OPTIONS	      160
#define TASMOTA_TEMPLATE_PINS 14
#define TASMOTA_RELAYS_MOST   4

struct tasmota_template {
	char name[61];
	uint16_t gpio[TASMOTA_TEMPLATE_PINS];
	int64_t flag, base;
};

struct tasmota_settings {
	char text[TEXTS][TASMOTA_TEXT_SIZE];
	int64_t number[NUMBERS];
	uint8_t option[TASMOTA_OPTIONS];
	uint8_t address[5][4]; /* IPAddress1..5 */
	uint16_t gpio[18]; /* set by Gpio<n>, by pin */
	struct tasmota_template template;
	bool power[TASMOTA_RELAYS_MOST];
	uint32_t save_count, boot_count;
};

/* The compiled-in text of one setting for this build; patterns not expanded. */
const char *tasmota_default_text(
	const struct tasmota_firmware *firmware, enum tasmota_text which);

/* A fresh device. */
void tasmota_settings_init(
	struct tasmota_settings *settings, const struct tasmota_firmware *firmware);

/* False, and nothing changed, when the pool would overflow. */
bool tasmota_settings_text(
	struct tasmota_settings *settings, enum tasmota_text which, const char *value);

#endif
