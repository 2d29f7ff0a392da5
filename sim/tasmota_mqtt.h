/* A simulated Tasmota at a real broker. libmosquitto without a thread of its own: the
 * device's loop feeds it. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_TASMOTA_MQTT_H
#define SIM_TASMOTA_MQTT_H

#include <poll.h>

#include "sim/tasmota.h"

/* Timers: connects, when there is a broker to connect to; keeps the connection alive. */
void tasmota_mqtt_connect(struct tasmota *t);
void tasmota_mqtt_tick(struct tasmota *t);

/* What the loop waits for, and what it does when that happens. */
struct pollfd tasmota_mqtt_poll(const struct tasmota *t);
void tasmota_mqtt_ready(struct tasmota *t, short events);

/* The connection is gone without a DISCONNECT, as in a restart. */
void tasmota_mqtt_drop(struct tasmota *t);

/* Publishes to PREFIX/TOPIC/LEAF; prefix 0 is cmnd, 1 stat, 2 tele. Nothing while
 * offline. */
void tasmota_mqtt_publish(struct tasmota *t, unsigned prefix, const char *leaf,
	const char *payload, bool retain);

/* tasmota/discovery/...: on a timer, and when a name has changed. */
void tasmota_mqtt_discovery(struct tasmota *t);
void tasmota_mqtt_discovery_soon(struct tasmota *t);

#endif
