/* What is sent to Tasmota's /cm: escaping, several commands in one, credentials. */
/* SPDX-License-Identifier: MIT */
#ifndef WIRE_TASMOTA_COMMAND_H
#define WIRE_TASMOTA_COMMAND_H

#include "base/buf.h"

/* Percent-escapes everything but letters, digits and -._~: "+" would become a blank and
 * ";" ends an argument in some versions. */
bool tasmota_escape(struct buf *out, const char *text);

/* "/cm?cmnd=Status%202". A buffer of TASMOTA_TARGET_MOST has room for every command. */
#define TASMOTA_TARGET_MOST 4096
bool tasmota_command_target(struct buf *out, const char *command);

/* Whether a command may stand in a Backlog: a ";" outside braces would split it, and
 * Reset is dropped there. */
bool tasmota_can_queue(const char *command);

/* Appends to "Backlog A;B"; the buffer's limit is tasmota_command_most(). False when it
 * does not fit: nothing is changed then. */
bool tasmota_backlog_add(struct buf *backlog, const char *command);

/* "Authorization: Basic ...": a secret. */
bool tasmota_authorization(struct buf *out, const char *user, const char *password);

#define TASMOTA_USER "admin" /* there is no other */

#endif
