/* Finds devices that announce _ewelink._tcp: asks on every interface once a second,
 * listens to announcements, decides what is new, what changed, what is gone.
 * One thread uses one discovery; it blocks only in discover_next(). */
/* SPDX-License-Identifier: MIT */
#ifndef DEVICE_DISCOVER_H
#define DEVICE_DISCOVER_H

#include "base/clock.h"
#include "base/err.h"
#include "base/memory.h"
#include "device/device.h"

struct discovery;

enum discover_change {
	DISCOVER_NEW, /* first seen */
	DISCOVER_CHANGED, /* another address, type, mode, state or signal */
	DISCOVER_GONE /* goodbye packet, or its records ran out */
};

/* Opens sockets on every up, multicast-capable IPv4 interface, or only on the one
 * named (also "lo"). E-NO-INTERFACE when none can be used; the error says what was
 * tried. Needs no root and tolerates a running avahi-daemon. Interfaces that come later
 * are asked as well. */
struct discovery *discover_start(const char *interface, struct err *err);

/* Blocks until something happens or the deadline passes or `cancel` is asked; asks
 * the question again every second meanwhile (after half a minute, every five). False:
 * nothing (more) happened. What a record says is a hint only: it may be stale. */
bool discover_next(struct discovery *discovery, struct device *device,
	enum discover_change *change, struct deadline until, const struct cancel *cancel);

/* "eth0 (192.0.2.5), wlan0 (198.51.100.7)": what was asked, for "not found" texts.
 * Borrowed until discover_free(). */
const char *discover_asked(const struct discovery *discovery);

void discover_free(struct discovery *discovery);

static inline void
own_discovery(struct discovery **owned)
{
	discover_free(*owned);
}

#endif
