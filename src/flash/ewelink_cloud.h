/* Plays the vendor's cloud for the devices that have a seat, and is nothing to anybody
 * else: dispatch, websocket, and the images of the image server within, on a TLS and a
 * plain port. One door, one lock; all functions may be called from any thread.
 * What devices need: doc/protocol/ewelink.md. */
/* SPDX-License-Identifier: MIT */
#ifndef FLASH_EWELINK_CLOUD_H
#define FLASH_EWELINK_CLOUD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/memory.h"
#include "wire/ewelink.h"

struct ewelink_cloud;
struct cloud_seat;
struct image_server;

struct ewelink_cloud_options {
	struct in_addr told; /* this computer, as devices are told */
	uint16_t cloud_port; /* where devices with TLS are sent; never 0 */
	uint16_t plain_port; /* devices without TLS always call 8081 */
	const char *state_directory; /* holds the certificate */
};

/* Starts to listen. E-PORT-BUSY, E-PORT-DENIED, E-TLS-OLD, E-TLS-KEY, E-SYSTEM. */
struct ewelink_cloud *ewelink_cloud_new(
	const struct ewelink_cloud_options *options, struct err *err);

/* Where images are offered that the cloud's devices are to fetch. Borrowed. */
struct image_server *ewelink_cloud_images(const struct ewelink_cloud *cloud);

/* No seat is left, no offer is open. */
void ewelink_cloud_free(struct ewelink_cloud *cloud);
DEFINE_OWN(ewelink_cloud)

/* What a device has done so far. */
struct cloud_view {
	uint64_t version; /* grows with every change */
	bool called; /* asked dispatch where to go */
	bool is_secure; /* came with TLS */
	bool registered;
	bool updated; /* has a date and has told its state: ready for requests */
	bool queried; /* the last thing a device asks by itself */
	bool connected; /* its websocket stands */
	unsigned registrations;
	char id[EWELINK_ID_SIZE];
	char model[EWELINK_MODEL_SIZE];
	char firmware[EWELINK_VERSION_SIZE];
	char mac[EWELINK_MAC_SIZE];
	struct in_addr address;
	int acknowledged; /* answer to the last upgrade, or EWELINK_NO_RESULT */
	int64_t acknowledged_ms; /* steady clock of it */
	int upgrade_state; /* what late firmware reports, or EWELINK_NO_RESULT */
	/* A peer that hung up on our certificate, and can only be this device. */
	unsigned hang_ups;
	struct in_addr hung_up;
};

/* A seat for the device with this id, or, with "", for the first that calls and has none.
 * `factory_key` is what GET /device told, "" when it is not known: a device with another
 * key is not let in. */
struct cloud_seat *cloud_sit(
	struct ewelink_cloud *cloud, const char *id, const char *factory_key);
void cloud_leave(struct cloud_seat *seat); /* its websocket is closed; NULL is fine */

void cloud_look(struct cloud_seat *seat, struct cloud_view *out);

/* Blocks until something changes after *seen (all zero at first), the deadline passes or
 * the job is cancelled; then fills *seen anew. False when nothing changed. */
bool cloud_wait(struct cloud_seat *seat, struct cloud_view *seen, struct deadline until,
	const struct cancel *cancel);

/* Sends `upgrade`; the sequence is made here. Earlier results are forgotten. False when
 * the websocket is gone: the device will register again. */
bool cloud_send_upgrade(
	struct cloud_seat *seat, const char *const url[2], const char *const digest[2]);

#endif
