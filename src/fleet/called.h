/* Devices that run Tasmota, by what people call them: topic, MAC, host name, device name or
 * friendly name. The broker's descriptions tell where they should be; only who answers
 * there with the right MAC (or host name) counts, because descriptions grow old. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_CALLED_H
#define FLEET_CALLED_H

#include <netinet/in.h>

#include "base/clock.h"
#include "base/err.h"
#include "fleet/descriptions.h"
#include "net/mqtt.h"

struct called_order {
	const struct mqtt_broker *broker; /* NULL: none is known */
	const char *web_password; /* or NULL */
	uint16_t web_port;
	const char *interface; /* searched when it has moved; NULL: all */
	int64_t wait_ms; /* for each device */
	const struct cancel *cancel;
};

struct called {
	const char *name; /* as typed, or the topic; borrowed */
	char topic[101]; /* "" unless the broker named it */
	char mac[13]; /* "": not known */
	struct in_addr told; /* where it should be; INADDR_ANY: not known */
	struct sockaddr_in address; /* where it is, with the web port */
	struct err err; /* why it is not known or not there */
};

/* Asks the broker about the rows whose address is not set yet: fills `mac` and `told`, or
 * `err` (E-NAME-UNKNOWN, E-NAME-AMBIGUOUS). Without a broker MACs and host names are left.
 * False when the broker does not take the connection, or on an interrupt. */
bool called_ask_broker(const struct called_order *order, struct called *rows,
	size_t count, struct err *err);

/* What needs no network of it: by description (`known` may be NULL), or the name is a MAC.
 * False when the row is still not known; an ambiguous name is its `err`. */
bool called_match(struct called *row, const struct descriptions *known);

/* All devices the broker knows; *rows is the caller's to free. */
bool called_list(const struct called_order *order, struct called **rows, size_t *count,
	struct err *err);

/* Looks where the row should be, for its MAC also in the rest of the network unless
 * `only_there`: fills `address`, or `err`. Safe in several threads for different rows. */
void called_locate(const struct called_order *order, struct called *row, bool only_there);

#endif
