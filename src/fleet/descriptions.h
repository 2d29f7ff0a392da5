/* Which Tasmota devices the broker knows, in full: from their retained descriptions, or by
 * asking one that has none. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_DESCRIPTIONS_H
#define FLEET_DESCRIPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "net/mqtt.h"
#include "wire/tasmota_discovery.h"

#define DESCRIPTIONS_MOST 1000 /* further devices are not seen */

struct descriptions {
	struct tasmota_discovery **list; /* owned; sorted by topic */
	size_t count;
	char **silent; /* topics that are online and have no description; owned */
	size_t silent_count;
};
void descriptions_clear(struct descriptions *descriptions);

/* Collects what the broker keeps, until it has nothing more to say. False only when
 * cancelled or the connection can not subscribe. */
bool descriptions_gather(struct mqtt *mqtt, const struct cancel *cancel,
	struct descriptions *out, struct err *err);

/* The parts of it: takes in one message (a description, its removal, or a last will), and
 * brings all into order at the end. */
void descriptions_hear(struct descriptions *out, const struct mqtt_message *message);
void descriptions_sort(struct descriptions *out);

/* By topic or MAC; NULL when there is none. */
const struct tasmota_discovery *descriptions_find(
	const struct descriptions *descriptions, const char *device);

extern const struct err_code err_name_ambiguous;

/* By topic or MAC, else by host name, device name or friendly name, of which several
 * devices may have the same: E-NAME-AMBIGUOUS. *out is NULL when there is none. */
bool descriptions_choose(const struct descriptions *descriptions, const char *device,
	const struct tasmota_discovery **out, struct err *err);

/* Asks the device for Status 0 on the usual forms of topics. E-HANDOVER-SILENT when
 * nobody answers, E-USAGE when the topic can not be one. */
bool description_ask(struct mqtt *mqtt, const char *topic, struct deadline until,
	const struct cancel *cancel, struct tasmota_discovery *out, struct err *err);

/* The same with several topics at once; out[i].mac is "" where nobody has answered, or
 * where the topic can not be one. False when cancelled or when the connection fails. */
bool descriptions_ask(struct mqtt *mqtt, const char *const *topics, size_t count,
	struct deadline until, const struct cancel *cancel, struct tasmota_discovery *out,
	struct err *err);

/* Takes in one answer of the device with this topic, when it is one. */
void description_hear_answer(struct tasmota_discovery *out, const char *topic,
	const struct mqtt_message *message);

/* Waits until the broker keeps a description of `mac`: true with *out, false when `until`
 * came first. With `gone` it waits for its removal instead. */
bool description_await(struct mqtt *mqtt, const char *mac, bool gone,
	struct deadline until, const struct cancel *cancel,
	struct tasmota_discovery *out);

#endif
