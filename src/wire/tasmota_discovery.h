/* What a Tasmota device tells about itself at the broker, in full: the retained message
 * tasmota/discovery/<MAC>/config of builds since 9.3, or the answers to Status of older
 * ones; and the topics that follow from it (doc/protocol/tasmota.md). */
/* SPDX-License-Identifier: MIT */
#ifndef WIRE_TASMOTA_DISCOVERY_H
#define WIRE_TASMOTA_DISCOVERY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "wire/tasmota_mqtt.h"

#define TASMOTA_DISCOVERY_PATTERN "tasmota/discovery/+/config"
#define TASMOTA_RELAYS_MOST	  32
#define TASMOTA_MAC_SIZE	  13
#define TASMOTA_FULL_TOPIC_SIZE	  129
#define TASMOTA_MQTT_TOPIC_SIZE	  512

enum tasmota_output {
	TASMOTA_OUTPUT_NONE,
	TASMOTA_OUTPUT_RELAY,
	TASMOTA_OUTPUT_LIGHT,
	TASMOTA_OUTPUT_SHUTTER
};

enum tasmota_prefix { TASMOTA_CMND, TASMOTA_STAT, TASMOTA_TELE, TASMOTA_PREFIXES };

/* Every text is printable; "" where the device does not say. */
struct tasmota_discovery {
	char mac[TASMOTA_MAC_SIZE]; /* 12 upper-case digits */
	char device_name[TASMOTA_TEXT_SIZE];
	char friendly[TASMOTA_RELAYS_MOST][TASMOTA_TEXT_SIZE]; /* per relay */
	char hostname[TASMOTA_TEXT_SIZE];
	char address[TASMOTA_TEXT_SIZE];
	char module[TASMOTA_TEXT_SIZE]; /* "Sonoff Basic" */
	char version[TASMOTA_TEXT_SIZE]; /* "15.2.0(release-tasmota)" */
	char topic[TASMOTA_TEXT_SIZE];
	char full_topic[TASMOTA_FULL_TOPIC_SIZE]; /* "%prefix%/%topic%/" */
	char prefix[TASMOTA_PREFIXES][TASMOTA_TEXT_SIZE];
	char online[TASMOTA_TEXT_SIZE], offline[TASMOTA_TEXT_SIZE]; /* the last will */
	char on[TASMOTA_TEXT_SIZE], off[TASMOTA_TEXT_SIZE]; /* what POWER says */
	enum tasmota_output output[TASMOTA_RELAYS_MOST];
	bool numbers_one; /* also a single relay is POWER1 */
};

/* Puts in what a device with untouched settings would say. */
void tasmota_discovery_init(struct tasmota_discovery *out);

/* Reads the retained message; `topic` must be tasmota/discovery/<MAC>/config.
 * E-TASMOTA-DISCOVERY when it is not one, or when its topics could not be used; out->mac is
 * filled in all the same where the topic has one. */
bool tasmota_read_discovery(const char *topic, const char *payload, size_t len,
	struct tasmota_discovery *out, struct err *err);

/* Adds what one answer to "Status 0" says; `last` is the last word of its topic: STATUS,
 * STATUS2, STATUS5, STATUS11. Others, and what can not be read, change nothing. */
void tasmota_read_status_part(const char *last, const char *payload, size_t len,
	struct tasmota_discovery *device);

/* How many outputs the device has. */
unsigned tasmota_discovery_outputs(const struct tasmota_discovery *device);

/* "POWER", or "POWER2" when there are several. `relay` counts from 1. */
#define TASMOTA_POWER_SIZE 16
void tasmota_discovery_power(const struct tasmota_discovery *device, unsigned relay,
	char out[TASMOTA_POWER_SIZE]);

/* The topic with this prefix and last word: "stat/lamp1/POWER". An empty string when it
 * would be too long. */
void tasmota_discovery_topic(const struct tasmota_discovery *device,
	enum tasmota_prefix prefix, const char *last, char out[TASMOTA_MQTT_TOPIC_SIZE]);

#endif
