/* Proof that a Tasmota is online under its topic: the broker says so, and the device
 * itself answers there with its MAC. */
/* SPDX-License-Identifier: MIT */
#ifndef FLASH_ONLINE_H
#define FLASH_ONLINE_H

#include "device/tasmota_client.h"
#include "net/mqtt.h"
#include "wire/tasmota_topic.h"

#define ONLINE_MS 60000 /* it tries every 10 s and more */

struct online_order {
	const struct mqtt_broker *broker; /* as this computer reaches it */
	const char *mac; /* 12 upper-case digits: whose answer counts */
	struct deadline until;
	const struct cancel *cancel;
};

/* How a device's topics are made; the strings are asked from it, or the usual ones. */
struct online_topics {
	char full_topic[101];
	char command[33], answer[33], telemetry[33]; /* Prefix1, 2 and 3 */
	char hostname[65];
};
void online_ask_topics(struct tasmota_client *client, const struct tasmota_state *state,
	struct online_topics *topics);

/* Asks under `topic` who is there, before it is given to a device. E-TOPIC-TAKEN when
 * another device answers; silence is fine. */
bool online_topic_is_free(const struct online_order *order,
	const struct online_topics *topics, const char *topic, struct err *err);

/* Waits until the device with the MAC is online under `topic`, then removes what the
 * broker has kept of it under `old_topic` ("": there is none). E-NOT-ONLINE,
 * E-TOPIC-TAKEN, E-MQTT-..., E-CANCELLED. */
bool online_prove(const struct online_order *order, const struct online_topics *topics,
	const char *topic, const char *old_topic, struct err *err);

#endif
