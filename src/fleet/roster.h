/* Who is on the broker and how they are: one row per Tasmota topic, made from what was
 * said. Used by one thread. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_ROSTER_H
#define FLEET_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "wire/tasmota_mqtt.h"

struct roster;

enum roster_presence {
	PRESENCE_UNKNOWN, /* heard of, but no last will seen */
	PRESENCE_ONLINE,
	PRESENCE_OFFLINE
};

struct roster_row {
	char topic[TASMOTA_TEXT_SIZE];
	char name[TASMOTA_TEXT_SIZE];
	char address[TASMOTA_TEXT_SIZE];
	char mac[TASMOTA_TEXT_SIZE];
	char version[TASMOTA_TEXT_SIZE];
	char power[TASMOTA_TEXT_SIZE];
	enum roster_presence presence;
	bool has_signal;
	int signal_percent;
	int64_t heard_ms; /* wall clock; 0: only old, retained messages so far */
};

#define ROSTER_MOST 1000 /* further topics are not shown */

struct roster *roster_new(void);
void roster_free(struct roster *roster);
DEFINE_OWN(roster)

/* Takes one message in. The row it changed, borrowed until the next call; NULL when it
 * changed nothing a person would see. */
const struct roster_row *roster_hear(struct roster *roster,
	const struct tasmota_message *message, bool retained, int64_t at_ms);

size_t roster_count(const struct roster *roster);
const struct roster_row *roster_row(const struct roster *roster, size_t index);

/* "online", "offline", "unknown" */
const char *roster_presence_name(enum roster_presence presence);

#endif
