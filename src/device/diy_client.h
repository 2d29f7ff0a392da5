/* One device's DIY API over HTTP: one request at a time, at least 250 ms apart, with the
 * retries, dialects and deviceid rules of doc/protocol/diy.md. Used by one thread. */
/* SPDX-License-Identifier: MIT */
#ifndef DEVICE_DIY_CLIENT_H
#define DEVICE_DIY_CLIENT_H

#include "base/clock.h"
#include "base/err.h"
#include "base/memory.h"
#include "device/device.h"

struct diy_client;

/* Talks to device->address as device->id ("" where unknown). */
struct diy_client *diy_client_new(const struct device *device,
	const struct cancel *cancel);
void diy_client_free(struct diy_client *client);
DEFINE_OWN(diy_client)

/* Asks `info` and updates *device (lock, firmware, signal, states, dialect, id). On
 * firmware 3.0-3.1, which has no `info`, the dialect is found out by signal_strength. */
bool diy_ask_info(struct diy_client *client, struct device *device, struct err *err);
bool diy_ask_signal(struct diy_client *client, int *dbm, struct err *err);

bool diy_switch(struct diy_client *client, bool on, struct err *err);
bool diy_startup(struct diy_client *client, const char *state, struct err *err);
bool diy_pulse(struct diy_client *client, bool on, unsigned width_ms, struct err *err);
bool diy_wifi(struct diy_client *client, const char *ssid, const char *password,
	struct err *err);

/* What a device makes of a request whose answer does not tell the whole truth. */
enum diy_reply {
	DIY_ACCEPTED, /* error 0: for ota_flash only "I will try" */
	DIY_PERHAPS,  /* no answer, empty answer, reset: look at what it does */
	DIY_REFUSED   /* an error number with a meaning; *err says it in words */
};

/* Up to 30 s; the caller reads `info` again: only otaUnlock:true counts. */
enum diy_reply diy_unlock(struct diy_client *client, struct err *err);

/* Offers an image; the answer comes before the first byte is fetched. `*number` is the
 * device's error number when refused (403, 408, 413, 422, 424, 471, 500, 503). */
enum diy_reply diy_offer(struct diy_client *client, const char *url, const char *sha256,
	int *number, struct err *err);

#endif
