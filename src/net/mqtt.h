/* One connection to an MQTT broker: libmosquitto runs its own network thread and
 * reconnects; the caller takes messages out of a bounded queue, blocking with a
 * deadline. One thread takes, any thread publishes. */
/* SPDX-License-Identifier: MIT */
#ifndef NET_MQTT_H
#define NET_MQTT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/memory.h"

struct mqtt;

struct mqtt_broker {
	const char *host; /* name or address */
	uint16_t port; /* usually 1883, with TLS 8883 */
	const char *user; /* NULL: anonymous */
	const char *password; /* NULL: none */
	const char *ca_file; /* TLS with this authority; NULL: plain MQTT */
};

#define MQTT_TOPIC_MOST	  1024
#define MQTT_PAYLOAD_MOST (64 * 1024) /* longer messages are dropped and counted */
#define MQTT_QUEUE_MOST	  4096 /* messages waiting; the oldest makes room */

struct mqtt_message {
	char *topic; /* owned, NUL-terminated */
	char *payload; /* owned, NUL behind its end */
	size_t len;
	bool retained; /* an old message the broker kept */
	int64_t at_ms; /* wall clock of its arrival */
};
void mqtt_message_clear(struct mqtt_message *message);

/* Connects and waits until the broker said yes. E-MQTT-UNREACHABLE, E-MQTT-REFUSED (user
 * or password), E-MQTT-TLS, E-CANCELLED. Later losses are mended by itself. */
struct mqtt *mqtt_connect(const struct mqtt_broker *broker, struct deadline until,
	const struct cancel *cancel, struct err *err);
void mqtt_free(struct mqtt *mqtt);
DEFINE_OWN(mqtt)

/* Subscriptions survive reconnects. At most 16 different ones; asking for one again makes
 * the broker hand out once more what it keeps. */
bool mqtt_subscribe(struct mqtt *mqtt, const char *pattern, struct err *err);

/* Queues a message with QoS 1; waits until the broker has it or `until`. */
bool mqtt_publish(struct mqtt *mqtt, const char *topic, const char *payload, bool retain,
	struct deadline until, struct err *err);

/* Takes the oldest message; false when none came. */
bool mqtt_next(struct mqtt *mqtt, struct mqtt_message *message, struct deadline until,
	const struct cancel *cancel);

/* False while the connection is lost and being mended. */
bool mqtt_is_connected(struct mqtt *mqtt);

/* Does TOPIC match a subscription pattern with + and #? */
bool mqtt_matches(const char *pattern, const char *topic);

#endif
