/* How the ESP8266 updater asks for a file: HTTP/1.0, its own headers in their order, no
 * redirects, a length or nothing. Source: doc/protocol/simulator-tasmota.md. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_TASMOTA_FETCH_H
#define SIM_TASMOTA_FETCH_H

#include "sim/tasmota.h"

enum tasmota_fetched {
	FETCHED, /* the file is whole and may be stored */
	FETCHED_NOTHING_NEW, /* 304 */
	FETCHED_TOO_LARGE, /* for the room there is, or made for a larger chip */
	FETCHED_FAILED
};

struct tasmota_file {
	uint8_t *bytes; /* owned by the caller after FETCHED */
	size_t len;
	const char *why; /* what the device says of a failure */
};

/* Blocks, and with it the device. */
enum tasmota_fetched tasmota_fetch(
	struct tasmota *t, const char *url, struct tasmota_file *out);

#endif
