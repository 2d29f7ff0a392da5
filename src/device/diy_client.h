/* One device's DIY API over HTTP: one request at a time, at least 250 ms apart, with the
 * retries, dialects and deviceid rules of doc/protocol/diy.md. Used by one thread. */
/* SPDX-License-Identifier: MIT */
#ifndef DEVICE_DIY_CLIENT_H
#define DEVICE_DIY_CLIENT_H

#include "base/clock.h"
#include "base/err.h"
#include "base/memory.h"
#include "device/device.h"
#include "wire/diy.h"

struct diy_client;

#define DIY_PORT      8081 /* where SRV says nothing else */
#define DIY_ANSWER_MS 10000 /* patience with one call, repetitions included */
#define DIY_UNLOCK_MS 30000 /* the device asks the vendor's service meanwhile */
#define DIY_GAP_MS    250 /* between two requests; the device demands 200 */

/* Talks to device->address (port 0: DIY_PORT) as device->id ("" where unknown). A device
 * that has answered before is asked in the form it answered to. The caller has called
 * http_open(). */
struct diy_client *diy_client_new(
	const struct device *device, const struct cancel *cancel);
void diy_client_free(struct diy_client *client);
DEFINE_OWN(diy_client)

/* No call goes on beyond this; without it each has its own patience. */
void diy_client_until(struct diy_client *client, struct deadline until);

/* The calls below return false with *err set:
 *   E-DEVICE-UNREACHABLE   nobody takes the connection
 *   E-DIY-SILENT           no answer, or an empty one, in time
 *   E-DIY-BROKEN           connections are reset again and again
 *   E-DIY-GARBLED          an answer, but not of this API
 *   E-DEVICE-OTHER         another device lives at the address
 *   a row of wire/diy_errors.c when it answered an error number; E-CANCELLED. */

/* Asks `info` and updates *device (lock, firmware, signal, states, dialect, id, kind). On
 * firmware 3.0-3.1, which has no `info`, the dialect is found out by signal_strength. The
 * calls after it use the form of request it found to work. */
bool diy_ask_info(struct diy_client *client, struct device *device, struct err *err);

/* The last answer of diy_ask_info() with what struct device has no room for. */
const struct diy_state *diy_last_state(const struct diy_client *client);

bool diy_ask_signal(struct diy_client *client, int *dbm, struct err *err);

/* Devices with a list of outlets get their own form of these three, for outlet 0. */
bool diy_switch(struct diy_client *client, bool on, struct err *err);
bool diy_startup(struct diy_client *client, const char *state, struct err *err);
bool diy_pulse(struct diy_client *client, bool on, unsigned width_ms, struct err *err);

/* Turns a dimmer on with this brightness, 1..100. */
bool diy_dim(struct diy_client *client, int brightness, struct err *err);
bool diy_led(struct diy_client *client, bool on, struct err *err);

/* E-USAGE when a text is not UTF-8. The device leaves this network to join the other. */
bool diy_wifi(struct diy_client *client, const char *ssid, const char *password,
	struct err *err);

extern const struct err_code err_device_unreachable; /* E-DEVICE-UNREACHABLE */
extern const struct err_code err_diy_silent; /* E-DIY-SILENT */

/* What a device makes of a request whose answer does not tell the whole truth. */
enum diy_reply {
	DIY_ACCEPTED, /* error 0: for ota_flash only "I will try" */
	DIY_PERHAPS, /* no answer, empty answer, reset: look at what it does */
	DIY_REFUSED /* *err says why in words; a number of 0: it never heard the request */
};

/* Up to DIY_UNLOCK_MS; the caller reads `info` again: only otaUnlock:true counts. *err
 * is set unless accepted; with DIY_PERHAPS it tells what was heard. */
enum diy_reply diy_unlock(struct diy_client *client, struct err *err);

/* Offers an image; the answer comes before the first byte is fetched. `*number` is the
 * device's error number when refused (403, 408, 413, 422, 424, 471, 500, 503). Sent once:
 * a broken connection is DIY_PERHAPS. */
enum diy_reply diy_offer(struct diy_client *client, const char *url, const char *sha256,
	int *number, struct err *err);

#endif
