/* Passwords in what Tasmota devices and their users say over MQTT: commands such as Password1
 * and MqttPassword are answered with the password in clear (doc/protocol/tasmota.md). */
/* SPDX-License-Identifier: MIT */
#ifndef WIRE_TASMOTA_SECRET_H
#define WIRE_TASMOTA_SECRET_H

#include "base/buf.h"

/* Appends the payload to *out with "****" where a password stands: the whole of it when the
 * topic ends with such a command; the value of a JSON member with such a name, be it text, a
 * number (what is typed as digits comes back as one), an array or an object; in other text
 * all behind such a word. `own`, unless NULL or very short, is hidden wherever it stands,
 * also as JSON would write it. */
void tasmota_hide_secrets(
	struct buf *out, const char *topic, const char *payload, const char *own);

#endif
