/* What Tasmota says about itself over HTTP: requests and answers, no sockets. */
/* SPDX-License-Identifier: MIT */
#ifndef WIRE_TASMOTA_H
#define WIRE_TASMOTA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Target of the question "which firmware are you"; it changes nothing. */
#define TASMOTA_STATUS_TARGET "/cm?cmnd=Status%202"

#define TASMOTA_TEXT_MOST 4096 /* of an answer */

struct tasmota_firmware {
	char version[64]; /* "14.1.0(lite)", printable */
	char hardware[32]; /* "ESP8285N08"; "" when it does not say */
};

extern const struct err_code err_tasmota_password; /* E-TASMOTA-PASSWORD */

/* Reads the answer to Status 2, alone or within Status 0. E-TASMOTA-PASSWORD when it
 * wants one, E-TASMOTA-GARBLED for anything else: `minimal` builds do not know Status. */
bool tasmota_read_firmware(
	const char *bytes, size_t len, struct tasmota_firmware *out, struct err *err);

/* The version without the image name: true when `version` ("15.2.0(release-lite)") is
 * exactly the release `number` ("15.2.0"). */
bool tasmota_is_version(const char *version, const char *number);

#endif
