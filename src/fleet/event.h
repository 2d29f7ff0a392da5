/* JSON events: one object per line on standard output, for --json. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_EVENT_H
#define FLEET_EVENT_H

#include "base/json.h"

/* Prints {"event":KIND,"device":DEVICE,"at":"<UTC>", ...fields} and flushes, whole lines
 * also when several threads print. Kinds: device verdict step progress outcome error
 * message (doc/events.schema.json). DEVICE may be NULL and is left out then; `fields` is taken, may be NULL.
 * Text that is not UTF-8 must have gone through text_printable(). */
void event_print(const char *kind, const char *device, json_t *fields);

#endif
