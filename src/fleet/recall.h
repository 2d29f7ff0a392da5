/* What earlier runs have learned of a device and written into the journal, so that a later
 * one goes on where they stopped. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_RECALL_H
#define FLEET_RECALL_H

#include <netinet/in.h>

#include "fleet/home.h"
#include "fleet/journal.h"
#include "wire/tasmota_status.h"

struct recalled {
	char device
		[DEVICE_ID_SIZE]; /* its name in the journal; "" when it is new to it */
	char mac[13]; /* "" until its new firmware was met */
	/* As it had it under the vendor's firmware, seen from here: a repeater in between
	 * may have put its own there. "" when not known. */
	char vendor_mac[13];
	struct sockaddr_in address; /* where it was last; INADDR_ANY: not known */
	char model[DEVICE_MODEL_SIZE];
	char hardware[HOME_HARDWARE_SIZE];
	bool was_offered; /* it may have been flashed */
	bool was_told; /* where to call, in pairing mode */
	bool is_unfinished; /* its last job was a whole road that did not end well */
};

/* `name`: a device id or a MAC (12 upper-case digits). False with the journal's
 * error; a name that never occurred is none. */
bool recall(
	struct journal *journal, const char *name, struct recalled *out, struct err *err);

/* The MAC to look for it by, "" when none is known. */
const char *recall_mac(const struct recalled *known);

/* home_fill() with what is remembered. `id` is the device's own where the journal has none;
 * may be NULL. Settings borrow from `known` as well. */
void recall_fill(const struct recalled *known, const char *id, const char *mac,
	const struct home *home, struct home_names *names, struct settings *settings);

/* The same of the device whose last job began at this "IP:PORT". */
bool recall_at(struct journal *journal, const char *address, struct recalled *out,
	struct err *err);

/* May the Tasmota that told this be the device? By its MAC; where that is not known, by the
 * one the vendor's firmware had, or it has to be as new: nobody else of the journal, and
 * under the host name its firmware made up. */
bool recall_may_be(struct journal *journal, const struct recalled *known,
	const struct tasmota_state *state);

/* Devices whose last job was a whole road that did not end well, the one that began last
 * at the end. */
struct unfinished_roads {
	struct unfinished_road *all; /* owned */
	size_t count;
	int64_t last_job; /* of all, finished or not */
};
struct unfinished_road {
	char device[DEVICE_ID_SIZE];
	int64_t job;
	bool is_over; /* used while reading */
	bool was_broken_off; /* killed or interrupted; not: failed */
};
void unfinished_roads_clear(struct unfinished_roads *roads);
bool recall_unfinished(
	struct journal *journal, struct unfinished_roads *out, struct err *err);

/* Details of facts that recall() reads; people read them as well. */
#define RECALL_TEXT_SIZE 320
void recall_write_kind(
	const char *model, const char *hardware, char out[RECALL_TEXT_SIZE]);
void recall_write_place(
	const char *mac, const struct sockaddr_in *address, char out[RECALL_TEXT_SIZE]);
void recall_write_vendor_mac(const char *mac, char out[RECALL_TEXT_SIZE]);

#endif
