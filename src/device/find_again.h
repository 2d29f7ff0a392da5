/* Finds a Tasmota whose address is not known (any more): where it said it would be, at
 * the broker, in the ARP table, and by a bounded sweep of the network. Whoever is found
 * is asked for its MAC: only the right one counts. */
/* SPDX-License-Identifier: MIT */
#ifndef DEVICE_FIND_AGAIN_H
#define DEVICE_FIND_AGAIN_H

#include <netinet/in.h>

#include "base/clock.h"
#include "base/err.h"
#include "host/neighbours.h"
#include "net/mqtt.h"

#define FIND_AGAIN_MS 90000 /* DHCP takes its time after a change of network */

struct find_order {
	const char *mac; /* 12 upper-case digits, or the last of them; "" with a topic */
	/* Looked for when there is no MAC: whoever has the one or the other; or NULL. */
	const char *topic, *topic_too;
	struct in_addr told; /* where it will be; INADDR_ANY: not told */
	uint16_t web_port;
	const char *web_password, *web_password_too; /* NULL: none known */
	const struct mqtt_broker *broker; /* NULL: none */
	const struct neighbourhood *network; /* sweep only this; NULL: by interface */
	const char *interface; /* NULL: all but loopback */
	struct deadline until;
	const struct cancel *cancel;
	void (*say)(void *context, const char *sentence); /* may be NULL */
	void *context;
};

/* Blocks until it is found: *found with the web port, and its MAC. E-NOT-ON-LAN when it
 * is not seen in time, E-CANCELLED. */
bool find_again(const struct find_order *order, struct sockaddr_in *found, char mac[13],
	struct err *err);

#endif
