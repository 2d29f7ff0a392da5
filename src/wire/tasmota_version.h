/* Which Tasmota, and what that version can do. */
/* SPDX-License-Identifier: MIT */
#ifndef WIRE_TASMOTA_VERSION_H
#define WIRE_TASMOTA_VERSION_H

#include <stdbool.h>
#include <stdint.h>

struct tasmota_version {
	uint32_t number; /* 0x0903010A: 9.3.1.10; ordered like the versions */
	char variant[33]; /* "lite", "tasmota", "minimal"; "" when it does not say */
};

#define TASMOTA_VERSION(a, b, c, d) \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

/* Reads "15.2.0(release-lite)", "9.3.1.10", "5.14.0b". False when it does not begin with
 * a version, *out zeroed. */
bool tasmota_read_version(const char *text, struct tasmota_version *out);

/* What came with some version; doc/protocol/tasmota.md names the sources. */
enum tasmota_feature {
	TASMOTA_SAVES_AT_WI, /* the Wi-Fi form is saved at /wi, before at /sv */
	TASMOTA_STAR_IN_PASSWORD, /* its form takes a password with an asterisk */
	TASMOTA_TEMPLATE, /* the command Template */
	TASMOTA_LONG_COMMANDS, /* 1200 bytes; before 250 are safe */
	TASMOTA_DEVICE_NAME,
	TASMOTA_GZIP, /* takes compressed images */
	TASMOTA_JUMPS, /* may be upgraded to current releases at once */
	TASMOTA_PINS_14, /* templates of 14 numbers in place of 13 */
	TASMOTA_TESTED_FORM, /* the access point's form tries the credentials */
	TASMOTA_HIDDEN_PASSWORD, /* Password3 does not echo */
	TASMOTA_WIFI_TEST, /* the command WifiTest */
	TASMOTA_FEATURES /* how many */
};
bool tasmota_has(const struct tasmota_version *version, enum tasmota_feature feature);

/* The longest command that is safe to send, in bytes. */
unsigned tasmota_command_most(const struct tasmota_version *version);

#endif
