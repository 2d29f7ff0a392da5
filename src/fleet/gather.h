/* Finds the devices a command is about: by id, by address, or all there are. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_GATHER_H
#define FLEET_GATHER_H

#include "base/clock.h"
#include "base/err.h"
#include "device/catalog.h"
#include "device/device.h"

struct gather_order {
	const struct catalog *catalog;
	char **names; /* ids, IP or IP:PORT */
	size_t name_count;
	bool all; /* every device there is, besides those named */
	const struct sockaddr_in *addresses; /* asked directly; port 0: the usual one */
	size_t address_count;
	const char *interface; /* NULL: all */
	int64_t wait_ms; /* how long to listen */
	const struct cancel *cancel;
};

/* One device: what it said of itself, or why it is not there. */
struct gathered {
	struct device device; /* id or address as far as known */
	struct err err; /* set: not found, takes no calls, or does not answer */
};

/* Fills *out (the caller frees it) with each device once, the named ones in their order;
 * a name that was not found is a row with E-DEVICE-NOT-FOUND. With `all`, devices that do
 * not answer are rows as well. False when nothing could be asked, or on an interrupt. */
bool gather(const struct gather_order *order, struct gathered **out, size_t *count,
	struct err *err);

#endif
