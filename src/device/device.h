/* One device as far as it is known: what discovery, probes and the catalog found out.
 * A plain value; copying it is fine. All text has passed text_printable(). */
/* SPDX-License-Identifier: MIT */
#ifndef DEVICE_DEVICE_H
#define DEVICE_DEVICE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct diy_state; /* wire/diy.h */

enum device_kind {
	DEVICE_UNKNOWN,
	DEVICE_DIY, /* plain LAN API: DIY mode */
	DEVICE_EWELINK, /* encrypted LAN mode: still the vendor's */
	DEVICE_TASMOTA,
	DEVICE_PAIRING, /* in its own access point, not in a network yet */
	DEVICE_FOREIGN /* shares the service type, is something else: bridges, hubs */
};

enum device_lock {
	LOCK_UNKNOWN, /* only `info` tells, and 3.0-3.1 do not have it */
	LOCK_CLOSED,
	LOCK_OPEN
};

/* The dialect of the DIY API; see doc/protocol/diy.md. */
enum device_dialect {
	DIALECT_UNKNOWN,
	DIALECT_OBJECT, /* firmware 3.3 and later: data is an object */
	DIALECT_STRING /* firmware 3.0 and 3.1: data is a string, selfApikey required */
};

#define DEVICE_ID_SIZE	     33
#define DEVICE_TYPE_SIZE     33
#define DEVICE_FIRMWARE_SIZE 33
#define DEVICE_MODEL_SIZE    65

struct device {
	char id[DEVICE_ID_SIZE]; /* "1000a1b2c3"; "" when unknown */
	char mac[13]; /* 12 upper-case digits, the same under any firmware; "" when unknown */
	struct sockaddr_in address; /* sin_port 0: not known yet */
	char interface[16]; /* where it was heard; "" for --address */
	enum device_kind kind;
	enum device_lock lock;
	enum device_dialect dialect;
	char type[DEVICE_TYPE_SIZE]; /* TXT type: "diy_plug" */
	char firmware[DEVICE_FIRMWARE_SIZE]; /* "3.6.0"; "" when it does not say */
	char model[DEVICE_MODEL_SIZE]; /* catalog name, "" when unknown */
	bool has_signal;
	int signal_dbm;
	bool many_outlets; /* `switches` list instead of `switch` */
	bool dimmable; /* has brightness */
	char switch_state[5]; /* "on", "off", "" */
	char startup[5]; /* "on", "off", "stay", "" */
	bool answered; /* it has answered `info`, not only announced itself */
	int64_t seen_ms; /* steady clock, last sign of life */
};

/* "1000a1b2c3", the address where the id is unknown, or "unknown" where both are: for
 * people and journals. */
const char *device_name(const struct device *device, char out[DEVICE_ID_SIZE]);

/* Is it an id as the vendor gives them: ten hexadecimal digits? No address, MAC or name. */
bool device_is_id(const char *name);

/* "192.0.2.7:8081"; without the port while it is not known */
#define DEVICE_ADDRESS_SIZE 24
const char *device_address(const struct device *device, char out[DEVICE_ADDRESS_SIZE]);

/* Takes over what the device said about itself, in an answer or a TXT record. What it
 * did not say stays as it was; so does an id that is known already. */
void device_learn(struct device *device, const struct diy_state *state);

#endif
