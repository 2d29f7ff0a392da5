/* Listens for the devices a command is about. Addresses need no listening: the caller asks
 * them directly. */
/* SPDX-License-Identifier: MIT */
#ifndef DEVICE_TARGET_H
#define DEVICE_TARGET_H

#include "base/clock.h"
#include "base/err.h"
#include "device/device.h"

struct target_search {
	const char *interface; /* NULL: all */
	const char *const *ids; /* wanted; it ends when all have been heard */
	size_t id_count;
	bool all; /* listens to the end, whatever was heard */
	int64_t wait_ms;
	const struct cancel *cancel;
};

struct target_heard {
	struct device *devices; /* owned; those that left again are not among them */
	size_t count;
	char asked[160]; /* "eth0 (192.0.2.5), wlan0 (198.51.100.7)" */
	int64_t wait_ms;
};
void target_heard_clear(struct target_heard *heard);

/* False when nothing can be asked (E-NO-INTERFACE) or on an interrupt. Hearing nothing is
 * no error. */
bool target_listen(
	const struct target_search *search, struct target_heard *heard, struct err *err);

/* E-DEVICE-NOT-FOUND: names what was asked for, where, for how long, and what was heard
 * instead. Returns false. */
bool target_missing(const struct target_heard *heard, const char *id, struct err *err);

#endif
