/* What a service's records say, made into a device. */
/* SPDX-License-Identifier: MIT */
#ifndef DEVICE_ANNOUNCED_H
#define DEVICE_ANNOUNCED_H

#include "device/device.h"
#include "wire/ewelink_txt.h"

struct announced {
	const char *instance; /* "eWeLink_1000a1b2c3" */
	const struct ewelink_txt *txt; /* NULL: not heard */
	struct in_addr address;
	uint16_t port; /* 0: not heard */
	const char *interface;
};

/* Fills *device but for seen_ms. What TXT says is a hint: it may be stale. */
void announced_device(const struct announced *said, struct device *device);

/* Whether something changed that people or programs would want to know. */
bool announced_differs(const struct device *a, const struct device *b);

#endif
