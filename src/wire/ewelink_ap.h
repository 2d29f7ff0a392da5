/* Pairing: what a device in its own access point is told, and what it answers. Its reader
 * of JSON knows a backslash only in front of a quote or another backslash. */
/* SPDX-License-Identifier: MIT */
#ifndef WIRE_EWELINK_AP_H
#define WIRE_EWELINK_AP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "wire/ewelink.h"

#define EWELINK_AP_SSID_MOST	 31 /* a 32nd byte is cut off in the device */
#define EWELINK_AP_PASSWORD_MOST 63
#define EWELINK_AP_SERVER_MOST	 50
#define EWELINK_AP_ANSWER_MOST	 2048 /* body of what it answers */

#define EWELINK_AP_PATH_DEVICE "/device" /* GET */
#define EWELINK_AP_PATH_AP     "/ap" /* POST */

/* What the device is told: where its network is and where its server is. All borrowed;
 * `password` is a secret. */
struct ewelink_ap_settings {
	const char *ssid;
	const char *password; /* "" for an open network */
	const char *server; /* address or name */
	uint16_t port;
};

/* Whether a device can hold these, with what to do about it: E-WIFI-NAME, E-WIFI-PASSWORD,
 * E-SERVER-NAME. */
bool ewelink_ap_check(const struct ewelink_ap_settings *settings, struct err *err);

/* The body of POST /ap; the caller frees. NULL where a text is not UTF-8. */
char *ewelink_ap_write_settings(const struct ewelink_ap_settings *settings);

struct ewelink_ap_device {
	char id[EWELINK_ID_SIZE];
	char factory_key[EWELINK_KEY_SIZE]; /* a secret: never printed */
	char chip[EWELINK_VERSION_SIZE]; /* "" up to 2018 */
};

/* Bodies of the answers. False when they are something else. */
bool ewelink_ap_read_device(const char *bytes, size_t len, struct ewelink_ap_device *out);
bool ewelink_ap_read_result(const char *bytes, size_t len, int *error);

#endif
