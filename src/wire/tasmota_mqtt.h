/* What Tasmota says over MQTT: topic and payload to facts (doc/protocol/tasmota.md).
 * Any FullTopic with %prefix% and %topic% in any order is understood; the device's topic
 * is what is left when the prefix and the last word are taken away. */
/* SPDX-License-Identifier: MIT */
#ifndef WIRE_TASMOTA_MQTT_H
#define WIRE_TASMOTA_MQTT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tasmota_news {
	TASMOTA_OTHER, /* nothing this program knows */
	TASMOTA_ONLINE, /* last will: Online */
	TASMOTA_OFFLINE, /* last will: Offline */
	TASMOTA_POWER, /* a relay is on or off */
	TASMOTA_STATE, /* periodic telemetry */
	TASMOTA_INFO, /* said once after each start */
	TASMOTA_DISCOVERY, /* retained description, by MAC */
	TASMOTA_RESULT, /* answer to a command */
	TASMOTA_SENSOR
};

#define TASMOTA_TEXT_SIZE 65
#define TASMOTA_JSON_MOST (16 * 1024)

/* Every text is printable; "" where the message does not say. */
struct tasmota_message {
	enum tasmota_news news;
	char topic[TASMOTA_TEXT_SIZE]; /* the device's: "lamp1"; discovery: its `t` */
	char last[TASMOTA_TEXT_SIZE]; /* last word of the MQTT topic: "POWER1" */
	char name[TASMOTA_TEXT_SIZE]; /* DeviceName */
	char address[TASMOTA_TEXT_SIZE];
	char mac[TASMOTA_TEXT_SIZE]; /* 12 upper-case digits */
	char version[TASMOTA_TEXT_SIZE]; /* "15.2.0(release-tasmota)" */
	char power[TASMOTA_TEXT_SIZE]; /* "ON", "OFF", "ON OFF" for several relays */
	unsigned relay; /* of TASMOTA_POWER, from 1 */
	bool has_signal;
	int signal_percent;
};

/* Always fills *out; unknown or broken payloads leave TASMOTA_OTHER or empty fields. */
void tasmota_read_message(
	const char *topic, const char *payload, size_t len, struct tasmota_message *out);

/* Where the device whose last will stands at `will` ("tele/lamp1/LWT") hears `command`:
 * "cmnd/lamp1/<command>". False when the prefixes are not the usual ones, or it does not
 * fit. */
bool tasmota_command_topic(const char *will, const char *command, char *out, size_t size);

#endif
